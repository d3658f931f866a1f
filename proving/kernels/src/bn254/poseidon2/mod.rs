//! The Poseidon2 permutations over `Fr` (eprint 2023/323; x⁵; widths 4, 8 and 16), many at a time.
//!
//! They are those of the crate `taceo-poseidon2`. Both paths put the round constants behind the linear layer before
//! them, where a reduction follows anyway, and take the diagonal of the partial rounds as precomputed factors.

#[cfg(target_arch = "x86_64")]
mod lanes;
mod parameters;
mod portable;
mod sponge;

pub use parameters::Parameters;
pub use sponge::sponge_many;

use crate::Path;
use ark_bn254::Fr;
use rayon::prelude::*;

/// States that one task permutes.
const TASK: usize = 32;

/// Permutes each state. `T` is 4, 8 or 16; another width does not compile.
pub fn permute_many<const T: usize>(path: Path, states: &mut [[Fr; T]]) {
    const { assert!(T == 4 || T == 8 || T == 16, "widths are 4, 8 and 16") };
    states
        .par_chunks_mut(TASK)
        .for_each(|states| permute_some(path, states));
}

/// Permutes one state, on the portable path.
pub fn permute<const T: usize>(state: &mut [Fr; T]) {
    const { assert!(T == 4 || T == 8 || T == 16, "widths are 4, 8 and 16") };
    let mut words = state.map(|element| element.0.0);
    portable::permute(&mut words);
    *state = words.map(portable::element);
}

/// Compresses four children to their parent, for each four: `P4(a, b, c, d)[0] + a`.
pub fn compress_many(path: Path, children: &[[Fr; 4]]) -> Vec<Fr> {
    let mut states = children.to_vec();
    permute_many(path, &mut states);
    states
        .iter()
        .zip(children)
        .map(|(state, children)| state[0] + children[0])
        .collect()
}

fn permute_some<const T: usize>(path: Path, states: &mut [[Fr; T]]) {
    #[cfg(target_arch = "x86_64")]
    if path == Path::Avx512 && path.is_available() {
        // SAFETY: the processor has the instructions of the path.
        return unsafe { lanes::permute_all(states) };
    }
    let _ = path;
    states.iter_mut().for_each(permute);
}

#[cfg(test)]
mod tests;
