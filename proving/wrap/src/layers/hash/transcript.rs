//! The duplex sponge behind Plonky2's challenger.

use ark_bn254::Fr;
use ark_ff::{PrimeField, Zero};
use assay_kernels::bn254::poseidon2::permute;
use plonky2::field::goldilocks_field::GoldilocksField;
use plonky2::field::types::Field;
use plonky2::hash::hashing::PlonkyPermutation;

use super::packing::{WORDS_PER_ELEMENT, domain, pack};

/// Domain tag of the transcript.
pub const TRANSCRIPT_DOMAIN: &str = "assay.transcript.v1";
/// Elements that one duplexing absorbs and gives.
pub const TRANSCRIPT_RATE: usize = 3;
/// Bits of one challenge word: below the order of Goldilocks, so that no reduction is needed.
pub const CHALLENGE_BITS: usize = 63;
/// Challenge words cut from one element.
pub const WORDS_PER_CHALLENGE: usize = 3;

const WORDS: usize = TRANSCRIPT_RATE * WORDS_PER_ELEMENT;

/// The state of the transcript between duplexings.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct TranscriptPermutation {
    state: [Fr; TRANSCRIPT_RATE + 1],
    /// Words set since the last permutation, zero beyond `filled`.
    input: [GoldilocksField; WORDS],
    filled: usize,
    /// The challenge words, last one first: the challenger takes them from the end.
    output: [GoldilocksField; WORDS],
}

impl TranscriptPermutation {
    /// Returns the state with the input words added: what the next duplexing permutes.
    pub(super) fn absorbed(&self) -> [Fr; TRANSCRIPT_RATE + 1] {
        let mut state = self.state;
        let used = &self.input[..self.filled];
        for (cell, words) in state.iter_mut().zip(used.chunks(WORDS_PER_ELEMENT)) {
            *cell += pack(words);
        }
        state[TRANSCRIPT_RATE] += Fr::from(self.filled as u64);
        state
    }
}

impl Default for TranscriptPermutation {
    fn default() -> Self {
        let mut state = [Fr::zero(); TRANSCRIPT_RATE + 1];
        state[TRANSCRIPT_RATE] = domain(TRANSCRIPT_DOMAIN, 0);
        Self {
            state,
            input: [GoldilocksField::ZERO; WORDS],
            filled: 0,
            output: [GoldilocksField::ZERO; WORDS],
        }
    }
}

impl AsRef<[GoldilocksField]> for TranscriptPermutation {
    fn as_ref(&self) -> &[GoldilocksField] {
        &self.output
    }
}

impl PlonkyPermutation<GoldilocksField> for TranscriptPermutation {
    const RATE: usize = WORDS;
    const WIDTH: usize = WORDS;

    /// The challenger starts from zeros: initial words are not absorbed.
    fn new<I: IntoIterator<Item = GoldilocksField>>(_: I) -> Self {
        Self::default()
    }

    fn set_elt(&mut self, word: GoldilocksField, index: usize) {
        self.input[index] = word;
        self.filled = self.filled.max(index + 1);
    }

    fn set_from_iter<I: IntoIterator<Item = GoldilocksField>>(&mut self, words: I, start: usize) {
        for (index, word) in (start..WORDS).zip(words) {
            self.set_elt(word, index);
        }
    }

    fn set_from_slice(&mut self, words: &[GoldilocksField], start: usize) {
        self.set_from_iter(words.iter().copied(), start);
    }

    fn permute(&mut self) {
        let mut state = self.absorbed();
        permute(&mut state);
        self.state = state;
        self.input = [GoldilocksField::ZERO; WORDS];
        self.filled = 0;
        let words = self.state[..TRANSCRIPT_RATE]
            .iter()
            .flat_map(challenge_words);
        for (slot, word) in self.output.iter_mut().rev().zip(words) {
            *slot = word;
        }
    }

    fn squeeze(&self) -> &[GoldilocksField] {
        &self.output
    }
}

/// Cuts the low 189 bits of an element into three words of 63 bits.
pub(super) fn challenge_words(element: &Fr) -> [GoldilocksField; WORDS_PER_CHALLENGE] {
    const MASK: u64 = (1 << CHALLENGE_BITS) - 1;
    let [low, middle, high, _] = element.into_bigint().0;
    [
        low & MASK,
        ((low >> 63) | (middle << 1)) & MASK,
        ((middle >> 62) | (high << 2)) & MASK,
    ]
    .map(GoldilocksField::from_canonical_u64)
}
