//! plonky2's Poseidon over Goldilocks: width 12, rate 8, 8 full and 22 partial rounds, seventh powers.
//!
//! The constants come from the caller: a [`Poseidon`] is made once from what plonky2 publishes. All functions spread
//! over rayon's threads, and give the same result on every path and with any number of threads. Words may be any
//! `u64` going in; digests and permuted states are canonical.
//!
//! | function | plonky2's |
//! |---|---|
//! | [`Poseidon::permute`], [`Poseidon::permute_many`] | `Poseidon::poseidon` |
//! | [`Poseidon::hash_columns`] | `hash_or_noop` |
//! | [`Poseidon::compress`], [`Poseidon::compress_pairs`] | `two_to_one` |
//! | [`Poseidon::grind`] | the search of `fri_proof_of_work` |

mod constants;
mod grind;
mod hash;
mod permutation;
#[cfg(test)]
mod tests;

pub use constants::{Poseidon, PoseidonConstants, PoseidonConstantsError};
pub use hash::UnequalColumns;

use rayon::prelude::*;

use super::field::canonical;
use crate::Path;
use permutation::{Block, permute_block, permute_one};

/// Elements of a state.
pub const WIDTH: usize = 12;

/// Elements of a state that take input.
pub const RATE: usize = 8;

/// Rounds in which every element is raised to its power; half of them come first, half last.
pub const FULL_ROUNDS: usize = 8;

/// Rounds in which the first element is.
pub const PARTIAL_ROUNDS: usize = 22;

/// States that are permuted side by side.
const BLOCK: usize = 16;

/// A digest: four words, canonical.
pub type Digest = [u64; 4];

impl Poseidon {
    /// Permutes one state, in scalar code. Canonical words come out.
    pub fn permute(&self, state: &mut [u64; WIDTH]) {
        permute_one(self, state);
        *state = state.map(canonical);
    }

    /// Permutes every state. Canonical words come out.
    pub fn permute_many(&self, path: Path, states: &mut [[u64; WIDTH]]) {
        states.par_chunks_mut(BLOCK).for_each(|states| {
            if let [state] = states {
                return self.permute(state);
            }
            let mut block: Block = [[0; BLOCK]; WIDTH];
            for (k, state) in states.iter().enumerate() {
                for (words, word) in block.iter_mut().zip(state) {
                    words[k] = *word;
                }
            }
            permute_block(path, self, &mut block);
            for (k, state) in states.iter_mut().enumerate() {
                *state = std::array::from_fn(|i| canonical(block[i][k]));
            }
        });
    }
}

/// Returns the digest of state `k` of a block.
fn digest_of(block: &Block, k: usize) -> Digest {
    std::array::from_fn(|i| canonical(block[i][k]))
}
