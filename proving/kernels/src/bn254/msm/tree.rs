//! Sums of groups of points: rounds that add the points of each group pairwise.

use super::batch::{IN_POOL, Pairs, load};
use super::group::Group;
use crate::Path;

/// Adds the points of each group.
pub(super) struct Tree<'a, G: Group> {
    path: Path,
    bases: &'a [G::Point],
    pool: Vec<G::Point>,
    pairs: Vec<[u32; 2]>,
}

impl<'a, G: Group> Tree<'a, G> {
    pub(super) fn new(path: Path, bases: &'a [G::Point]) -> Self {
        Self {
            path,
            bases,
            pool: Vec::new(),
            pairs: Vec::new(),
        }
    }

    /// Returns the sum of each group. `references` holds the groups one after another, `lengths` says how long each is;
    /// none is empty.
    pub(super) fn sum_groups(
        mut self,
        references: &[u32],
        mut lengths: Vec<usize>,
    ) -> Vec<G::Point> {
        let mut references = references.to_vec();
        loop {
            // Sums and what was left over of each group, in the place of the group's points.
            let (mut read, mut write) = (0, 0);
            self.pairs.clear();
            for length in &mut lengths {
                let group = read..read + *length;
                read = group.end;
                for at in group.clone().step_by(2) {
                    references[write] = if at + 1 < group.end {
                        let sum = self.pool.len() + self.pairs.len();
                        self.pairs.push([references[at], references[at + 1]]);
                        IN_POOL | (sum as u32) << 1
                    } else {
                        references[at]
                    };
                    write += 1;
                }
                *length = length.div_ceil(2);
            }
            references.truncate(write);
            if self.pairs.is_empty() {
                break;
            }
            self.add_round();
        }
        let pairs = self.view(&[]);
        let sums = references.iter().map(|&reference| {
            let (x, y) = load::<G>(&pairs, reference);
            G::point(x, y)
        });
        sums.collect()
    }

    fn add_round(&mut self) {
        let known = self.pool.len();
        self.pool.resize(known + self.pairs.len(), G::INFINITY);
        let (pool, out) = self.pool.split_at_mut(known);
        let pairs = Pairs {
            bases: self.bases,
            pool,
            references: &self.pairs,
        };
        G::add_pairs(self.path, &pairs, out);
    }

    fn view<'b>(&'b self, references: &'b [[u32; 2]]) -> Pairs<'b, G::Point> {
        Pairs {
            bases: self.bases,
            pool: &self.pool,
            references,
        }
    }
}
