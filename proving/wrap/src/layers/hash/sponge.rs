//! Leaf sponges and node compression on Poseidon2.

use ark_bn254::Fr;
use ark_ff::Zero;
use assay_kernels::bn254::poseidon2::permute;
use plonky2::field::goldilocks_field::GoldilocksField;

use super::digest::MerkleHash;
use super::packing::{WORDS_PER_ELEMENT, domain, pack, pack_words};

/// Domain tag of leaf hashes.
pub const LEAF_DOMAIN: &str = "assay.leaf.v1";
/// Domain tag of the node over siblings of different heights.
const MISMATCH_DOMAIN: &str = "assay.mismatch.v1";
/// Rate of the sponge for leaves of at most this many elements (one permutation of eight).
pub const SHORT_LEAF_RATE: usize = 7;
/// Rate of the sponge for longer leaves (a permutation of sixteen).
pub const LONG_LEAF_RATE: usize = 15;

/// Returns the capacity that a leaf of `words` words starts with.
pub fn leaf_capacity(words: usize) -> Fr {
    domain(LEAF_DOMAIN, words as u64)
}

/// Hashes a leaf of any length.
pub fn hash_leaf(words: &[GoldilocksField]) -> Fr {
    if words.len() <= SHORT_LEAF_RATE * WORDS_PER_ELEMENT {
        return hash_short_leaf(words);
    }
    let mut state = [Fr::zero(); LONG_LEAF_RATE + 1];
    state[LONG_LEAF_RATE] = leaf_capacity(words.len());
    for block in words.chunks(LONG_LEAF_RATE * WORDS_PER_ELEMENT) {
        for (cell, words) in state.iter_mut().zip(block.chunks(WORDS_PER_ELEMENT)) {
            *cell += pack(words);
        }
        permute(&mut state);
    }
    state[0]
}

fn hash_short_leaf(words: &[GoldilocksField]) -> Fr {
    let mut state = [Fr::zero(); SHORT_LEAF_RATE + 1];
    state[SHORT_LEAF_RATE] = leaf_capacity(words.len());
    for (cell, element) in state.iter_mut().zip(pack_words(words)) {
        *cell = element;
    }
    permute(&mut state);
    state[0]
}

/// Compresses four children to their parent: `P4(a, b, c, d)[0] + a`.
pub fn compress(children: &[Fr; 4]) -> Fr {
    let mut state = *children;
    permute(&mut state);
    state[0] + children[0]
}

/// Hashes siblings of different heights, three elements of both, together with which of them is the higher.
pub(super) fn hash_mismatch(left: &MerkleHash, right: &MerkleHash) -> Fr {
    let mut state = [Fr::zero(); SHORT_LEAF_RATE + 1];
    state[SHORT_LEAF_RATE] = domain(MISMATCH_DOMAIN, left.elements().count() as u64);
    for (cell, element) in state
        .iter_mut()
        .zip(left.elements().chain(right.elements()))
    {
        *cell = element;
    }
    permute(&mut state);
    state[0]
}
