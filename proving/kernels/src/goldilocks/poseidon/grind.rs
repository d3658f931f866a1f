//! The search for a proof of work.

use rayon::prelude::*;

use super::{BLOCK, Block, Poseidon, RATE, WIDTH, permute_block};
use crate::Path;
use crate::goldilocks::field::{ORDER, canonical};

/// Nonces of a rayon task.
const TASK: u64 = 64 * BLOCK as u64;

impl Poseidon {
    /// Returns the smallest nonce that, put into element `position` of `state`, gives after the permutation a last
    /// element of the rate (the one that plonky2's challenger hands out first) with at least `leading_zeros` zero bits
    /// in front, as a canonical word of 64 bits. `None` if no element of the field does, or if `position` is outside
    /// the state.
    ///
    /// plonky2's `fri_proof_of_work` takes any such nonce; its `leading_zeros` are `proof_of_work_bits` (`p` has 64
    /// bits) and its `state` is the challenger's with its input buffer written over the first `position` elements.
    pub fn grind(
        &self,
        path: Path,
        state: &[u64; WIDTH],
        position: usize,
        leading_zeros: u32,
    ) -> Option<u64> {
        if position >= WIDTH || leading_zeros > u64::BITS {
            return None;
        }
        let wave = TASK * rayon::current_num_threads().max(1) as u64 * 4;
        let mut start = 0;
        // Waves, so that the smallest nonce is found without a search far beyond it.
        while start < ORDER {
            let end = ORDER.min(start.saturating_add(wave));
            let tasks = (end - start).div_ceil(TASK);
            let found = (0..tasks).into_par_iter().find_map_first(|t| {
                let from = start + t * TASK;
                let to = end.min(from.saturating_add(TASK));
                self.grind_range(path, state, position, leading_zeros, from..to)
            });
            if found.is_some() {
                return found;
            }
            start = end;
        }
        None
    }

    fn grind_range(
        &self,
        path: Path,
        state: &[u64; WIDTH],
        position: usize,
        leading_zeros: u32,
        nonces: std::ops::Range<u64>,
    ) -> Option<u64> {
        let mut from = nonces.start;
        while from < nonces.end {
            let mut block: Block = std::array::from_fn(|i| [state[i]; BLOCK]);
            // A nonce past the end is not looked at; only the last block of the field has one, and it wraps harmlessly.
            block[position] = std::array::from_fn(|k| from.wrapping_add(k as u64));
            permute_block(path, self, &mut block);
            let found = (0..BLOCK as u64)
                .take_while(|k| from + k < nonces.end)
                .find(|k| canonical(block[RATE - 1][*k as usize]).leading_zeros() >= leading_zeros);
            if let Some(k) = found {
                return Some(from + k);
            }
            from += BLOCK as u64;
        }
        None
    }
}
