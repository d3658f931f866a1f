//! One window of a sum: `Σ dᵢ·Pᵢ` for digits `dᵢ`.

use ark_ff::AdditiveGroup;
use rayon::prelude::*;

use super::Sum;
use super::group::Group;
use super::tree::Tree;
use crate::Path;

/// References that are added in one go: their sums and the lists of pairs fit in a core's cache.
const PART: usize = 1 << 14;

/// References in the order of their groups.
struct Groups {
    references: Vec<u32>,
    /// Where each group ends.
    ends: Vec<u32>,
}

impl Groups {
    /// Sorts (group, reference) by group.
    fn new(num_groups: usize, items: impl Iterator<Item = (u32, u32)>) -> Self {
        let items: Vec<(u32, u32)> = items.collect();
        let mut ends = vec![0u32; num_groups];
        for &(group, _) in &items {
            ends[group as usize] += 1;
        }
        let mut total = 0;
        for end in &mut ends {
            // For now where the group starts; filling moves it to the end.
            total += std::mem::replace(end, total);
        }
        let mut references = vec![0; items.len()];
        for (group, reference) in items {
            let next = &mut ends[group as usize];
            references[*next as usize] = reference;
            *next += 1;
        }
        Self { references, ends }
    }

    /// Sums the groups. A group that lies across the border of two parts appears twice.
    fn sum<G: Group>(&self, path: Path, bases: &[G::Point]) -> Vec<(u32, G::Point)> {
        let parts: Vec<_> = self
            .references
            .par_chunks(PART)
            .enumerate()
            .map(|(part, references)| {
                let (ids, lengths) = self.groups_within(part * PART, references.len());
                let sums = Tree::<G>::new(path, bases).sum_groups(references, lengths);
                ids.into_iter().zip(sums).collect::<Vec<_>>()
            })
            .collect();
        parts.concat()
    }

    /// The groups of a range of references, and how many references each has within it.
    fn groups_within(&self, start: usize, length: usize) -> (Vec<u32>, Vec<usize>) {
        let (mut ids, mut lengths) = (Vec::new(), Vec::new());
        let mut at = start;
        let mut group = self.ends.partition_point(|&end| end as usize <= start);
        while at < start + length {
            let end = (self.ends[group] as usize).min(start + length);
            if end > at {
                ids.push(group as u32);
                lengths.push(end - at);
                at = end;
            }
            group += 1;
        }
        (ids, lengths)
    }
}

/// Computes one window's total.
pub(super) fn total<G: Group>(path: Path, sum: &Sum<'_, G>, window: usize) -> G::Total {
    let num_buckets = sum.scalars.num_buckets();
    let digits = sum.scalars.digits(window);
    let digits = digits.map(|digit| (digit.bucket, digit.reference));
    let sums = Groups::new(num_buckets, digits).sum::<G>(path, sum.bases);
    weigh::<G>(path, num_buckets, &sums)
}

/// Returns `Σ (b + 1)·sum_b`.
///
/// Seen as a square, bucket `b = 2^k·row + column`: `Σ (b + 1)·sum_b = 2^k·Σ row·R_row + Σ (column + 1)·C_column` with
/// the sums of the rows and of the columns, which are sums of groups again.
fn weigh<G: Group>(path: Path, num_buckets: usize, sums: &[(u32, G::Point)]) -> G::Total {
    let (ids, points): (Vec<u32>, Vec<G::Point>) = sums.iter().copied().unzip();
    let column_bits = num_buckets.ilog2() / 2;
    let num_columns = 1usize << column_bits;
    let num_rows = num_buckets / num_columns;
    let items = |group: fn(u32, u32) -> u32| {
        let ids = ids.iter().zip(0u32..);
        ids.map(move |(&id, index)| (group(id, column_bits), index << 1))
    };
    let row = |id: u32, column_bits: u32| id >> column_bits;
    let column = |id: u32, column_bits: u32| id & ((1 << column_bits) - 1);
    let rows = Groups::new(num_rows, items(row)).sum::<G>(path, &points);
    let columns = Groups::new(num_columns, items(column)).sum::<G>(path, &points);

    let mut total = running_sum::<G>(&rows, num_rows, 0);
    for _ in 0..column_bits {
        total.double_in_place();
    }
    total + running_sum::<G>(&columns, num_columns, 1)
}

/// Returns `Σ (id + first)·point` over ids below `count`, for `first` zero or one.
fn running_sum<G: Group>(points: &[(u32, G::Point)], count: usize, first: usize) -> G::Total {
    let mut sums = vec![G::Total::default(); count];
    for (id, point) in points {
        sums[*id as usize] += G::affine(point);
    }
    let (mut above, mut total) = (G::Total::default(), G::Total::default());
    for sum in sums[1 - first..].iter().rev() {
        above += sum;
        total += &above;
    }
    total
}
