//! Leaves, nodes and nonces of the 4-ary trees and of the transcript, many at a time in the kernels.

use ark_bn254::Fr;
use assay_kernels::Path;
use assay_kernels::bn254::poseidon2::{compress_many, permute_many, sponge_many};
use assay_plonk::TreeHasher;
use plonky2::field::goldilocks_field::GoldilocksField;
use plonky2::field::types::{Field, Field64, PrimeField64};
use plonky2::hash::hashing::PlonkyPermutation;
use plonky2::plonk::config::Hasher;
use rayon::prelude::*;

use super::config::Bn254Hasher;
use super::digest::MerkleHash;
use super::packing::WORDS_PER_ELEMENT;
use super::sponge::{LONG_LEAF_RATE, SHORT_LEAF_RATE, leaf_capacity};
use super::transcript::{TRANSCRIPT_RATE, TranscriptPermutation, challenge_words};

/// Nonces that are tried at once.
const WAVE: u64 = 1 << 11;

impl TreeHasher for Bn254Hasher {
    fn hash_leaves(path: Path, columns: &[&[u64]]) -> Vec<MerkleHash> {
        let leaves = columns.iter().map(|column| column.len()).min().unwrap_or(0);
        let words = columns.len();
        let length = words.div_ceil(WORDS_PER_ELEMENT);
        let capacity = leaf_capacity(words);
        let element = |leaf: usize, index: usize| {
            let mut packed = [0; WORDS_PER_ELEMENT];
            for (word, column) in packed.iter_mut().zip(&columns[index * WORDS_PER_ELEMENT..]) {
                *word = GoldilocksField::from_noncanonical_u64(column[leaf]).to_canonical_u64();
            }
            packed
        };
        let hashes = if length <= SHORT_LEAF_RATE {
            sponge_many::<{ SHORT_LEAF_RATE + 1 }>(path, leaves, length, capacity, element)
        } else {
            sponge_many::<{ LONG_LEAF_RATE + 1 }>(path, leaves, length, capacity, element)
        };
        hashes.into_iter().map(MerkleHash::One).collect()
    }

    fn compress_pairs(path: Path, digests: &[MerkleHash]) -> Vec<MerkleHash> {
        let (pairs, _) = digests.as_chunks::<2>();
        let four = |pair: &[MerkleHash; 2]| match *pair {
            [MerkleHash::Two(a, b), MerkleHash::Two(c, d)] => Some([a, b, c, d]),
            _ => None,
        };
        match pairs.iter().map(four).collect::<Option<Vec<[Fr; 4]>>>() {
            Some(children) => {
                let parents = compress_many(path, &children);
                parents.into_iter().map(MerkleHash::One).collect()
            }
            // The levels between, which only put two hashes side by side.
            None => pairs
                .iter()
                .map(|&[left, right]| Self::two_to_one(left, right))
                .collect(),
        }
    }

    fn grind(
        path: Path,
        transcript: &TranscriptPermutation,
        position: usize,
        leading_zeros: u32,
    ) -> Option<u64> {
        let order = GoldilocksField::ORDER;
        (0..order.div_ceil(WAVE)).find_map(|wave| {
            let first = wave * WAVE;
            let last = order.min(first.saturating_add(WAVE));
            let absorbed = |nonce| {
                let mut transcript = *transcript;
                transcript.set_elt(GoldilocksField::from_canonical_u64(nonce), position);
                transcript.absorbed()
            };
            let mut states: Vec<[Fr; TRANSCRIPT_RATE + 1]> =
                (first..last).into_par_iter().map(absorbed).collect();
            permute_many(path, &mut states);
            // The last squeezed word is the first challenge.
            let good = |state: &[Fr; TRANSCRIPT_RATE + 1]| {
                let [challenge, ..] = challenge_words(&state[0]);
                challenge.to_canonical_u64().leading_zeros() >= leading_zeros
            };
            let place = states.par_iter().position_first(good)?;
            Some(first + place as u64)
        })
    }
}

#[cfg(test)]
mod tests;
