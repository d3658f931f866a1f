//! Digests of leaves and of pairs.

use rayon::prelude::*;

use super::{BLOCK, Block, Digest, Poseidon, RATE, WIDTH, digest_of, permute_block};
use crate::Path;
use crate::goldilocks::field::canonical;

/// Blocks of a rayon task: some tens of microseconds for the shortest leaves.
const BLOCKS_PER_TASK: usize = 8;

/// Columns of different lengths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("column {column} has {got} words, the first has {expected}")]
pub struct UnequalColumns {
    /// The column.
    pub column: usize,
    /// Words of the first column.
    pub expected: usize,
    /// Words of this one.
    pub got: usize,
}

impl Poseidon {
    /// Returns the digest of a pair.
    pub fn compress(&self, left: &Digest, right: &Digest) -> Digest {
        let mut state = [0; WIDTH];
        state[..4].copy_from_slice(left);
        state[4..8].copy_from_slice(right);
        self.permute(&mut state);
        [state[0], state[1], state[2], state[3]]
    }

    /// Returns the digest of each row of a table that lies in columns: row `i` is `columns[0][i], columns[1][i], ...`.
    /// As in `hash_or_noop`, a row of up to 4 words is its own digest.
    pub fn hash_columns<C: AsRef<[u64]> + Sync>(
        &self,
        path: Path,
        columns: &[C],
    ) -> Result<Vec<Digest>, UnequalColumns> {
        let Some(rows) = columns.first().map(|column| column.as_ref().len()) else {
            return Ok(Vec::new());
        };
        for (k, column) in columns.iter().enumerate() {
            if column.as_ref().len() != rows {
                return Err(UnequalColumns {
                    column: k,
                    expected: rows,
                    got: column.as_ref().len(),
                });
            }
        }
        if columns.len() <= 4 {
            return Ok((0..rows)
                .map(|i| copied(columns.iter().map(|column| column.as_ref()[i])))
                .collect());
        }
        Ok(self.hash_blocks(
            path,
            rows,
            columns.len(),
            |start, count, from, taken, block| {
                for (words, column) in block.iter_mut().zip(&columns[from..from + taken]) {
                    words[..count].copy_from_slice(&column.as_ref()[start..start + count]);
                }
            },
        ))
    }

    /// Returns the digest of each pair: pair `i` is `digests[2 i], digests[2 i + 1]`. A digest without a partner is
    /// left out.
    pub fn compress_pairs(&self, path: Path, digests: &[Digest]) -> Vec<Digest> {
        let (pairs, _) = digests.as_chunks::<2>();
        if let [[left, right]] = pairs {
            return vec![self.compress(left, right)];
        }
        self.hash_blocks(path, pairs.len(), RATE, |start, count, _, _, block| {
            for (k, [left, right]) in pairs[start..start + count].iter().enumerate() {
                for i in 0..4 {
                    block[i][k] = left[i];
                    block[4 + i][k] = right[i];
                }
            }
        })
    }

    /// The sponge over `rows` inputs of `width` words. `fill(start, count, from, taken, block)` writes words
    /// `from..from + taken` of rows `start..start + count` over the first elements of the block's states.
    fn hash_blocks(
        &self,
        path: Path,
        rows: usize,
        width: usize,
        fill: impl Fn(usize, usize, usize, usize, &mut Block) + Sync,
    ) -> Vec<Digest> {
        let mut digests = vec![[0; 4]; rows];
        let task = BLOCK * BLOCKS_PER_TASK;
        digests
            .par_chunks_mut(task)
            .enumerate()
            .for_each(|(t, digests)| {
                for (b, digests) in digests.chunks_mut(BLOCK).enumerate() {
                    let start = t * task + b * BLOCK;
                    let mut block: Block = [[0; BLOCK]; WIDTH];
                    for from in (0..width).step_by(RATE) {
                        fill(
                            start,
                            digests.len(),
                            from,
                            RATE.min(width - from),
                            &mut block,
                        );
                        permute_block(path, self, &mut block);
                    }
                    for (k, digest) in digests.iter_mut().enumerate() {
                        *digest = digest_of(&block, k);
                    }
                }
            });
        digests
    }
}

/// The digest of an input that is not hashed.
fn copied(input: impl Iterator<Item = u64>) -> Digest {
    let mut digest = [0; 4];
    for (to, from) in digest.iter_mut().zip(input) {
        *to = canonical(from);
    }
    digest
}
