//! Goldilocks words to elements of `Fr`.

use ark_bn254::Fr;
use ark_ff::{BigInt, PrimeField};
use plonky2::field::goldilocks_field::GoldilocksField;
use plonky2::field::types::PrimeField64;

/// Goldilocks words in one packed element: three are 192 bits and a fourth would not fit.
pub const WORDS_PER_ELEMENT: usize = 3;

/// Returns `e0 + e1·2^64 + e2·2^128` of at most three words; missing words are zero.
pub fn pack(words: &[GoldilocksField]) -> Fr {
    debug_assert!(words.len() <= WORDS_PER_ELEMENT);
    let mut limbs = [0u64; 4];
    for (limb, word) in limbs.iter_mut().zip(words) {
        *limb = word.to_canonical_u64();
    }
    Fr::from_bigint(BigInt::new(limbs)).expect("192 bits are below the order of Fr")
}

/// Packs words three by three, the last element from what is left.
pub fn pack_words(words: &[GoldilocksField]) -> impl Iterator<Item = Fr> + '_ {
    words.chunks(WORDS_PER_ELEMENT).map(pack)
}

/// Returns `int(tag)·2^64 + number`, the big-endian integer of an ASCII tag beside a number.
///
/// # Panics
/// When the tag is longer than 23 bytes, which would not stay below the order of `Fr`.
pub fn domain(tag: &str, number: u64) -> Fr {
    assert!(tag.len() <= 23, "a domain tag has at most 23 bytes");
    let mut bytes = tag.as_bytes().to_vec();
    bytes.extend_from_slice(&number.to_be_bytes());
    Fr::from_be_bytes_mod_order(&bytes)
}
