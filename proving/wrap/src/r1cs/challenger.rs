//! The Fiat-Shamir transcript in constraints: twin of `layers::hash`'s transcript behind Plonky2's `Challenger`.

use super::builder::Builder;
use super::extension::Ext;
use super::goldilocks::Gl;
use super::lc::Lc;
use super::poseidon2::Poseidon2;
use super::uint::U256;
use crate::layers::hash::{
    CHALLENGE_BITS, TRANSCRIPT_DOMAIN, TRANSCRIPT_RATE, WORDS_PER_CHALLENGE, WORDS_PER_ELEMENT,
    domain,
};
use ark_bn254::Fr;
use ark_ff::{Field, PrimeField, Zero};
use assay_kernels::bn254::poseidon2::permute;
use std::collections::VecDeque;

const RATE_WORDS: usize = TRANSCRIPT_RATE * WORDS_PER_ELEMENT;
/// Bits of a state element that become challenge words.
const USED_BITS: u32 = (CHALLENGE_BITS * WORDS_PER_CHALLENGE) as u32;
/// Bits of a state element above those.
const SPARE_BITS: u32 = Fr::MODULUS_BIT_SIZE - USED_BITS;

/// What one position of the input holds.
#[derive(Clone)]
enum Input {
    Constant(u64),
    Word(Gl),
    /// A packed cell that stands for three words, at the first of them.
    Cell(Lc),
    /// The second and third word of a cell.
    InCell,
}

/// The state is constant until something the prover chose is absorbed, and costs nothing until then.
enum State {
    Constant([Fr; TRANSCRIPT_RATE + 1]),
    Variable(Vec<Lc>),
}

/// A challenge word of 63 bits, lowest first.
pub struct ChallengeBits(pub Vec<Lc>);

/// The transcript.
pub struct Challenger {
    state: State,
    input: Vec<Input>,
    /// Elements of the state whose words were not taken yet.
    elements: VecDeque<Lc>,
    words: VecDeque<ChallengeBits>,
}

impl Default for Challenger {
    fn default() -> Self {
        Self::new()
    }
}

impl Challenger {
    /// Returns the transcript before anything is observed.
    pub fn new() -> Self {
        let mut state = [Fr::zero(); TRANSCRIPT_RATE + 1];
        state[TRANSCRIPT_RATE] = domain(TRANSCRIPT_DOMAIN, 0);
        Self {
            state: State::Constant(state),
            input: Vec::new(),
            elements: VecDeque::new(),
            words: VecDeque::new(),
        }
    }

    /// Observes a word that is the same in every proof.
    pub fn observe_constant(&mut self, b: &mut Builder, word: u64) {
        self.push(b, Input::Constant(word));
    }

    /// Observes a word that is range-checked to 64 bits. It need not be below `p`: what is absorbed determines
    /// the field element, which is what Fiat-Shamir needs.
    pub fn observe(&mut self, b: &mut Builder, word: &Gl) {
        assert!(
            word.bits() <= 64 && *word.interval().0 == U256::ZERO,
            "words are range-checked to 64 bits"
        );
        self.push(b, Input::Word(word.clone()));
    }

    /// Observes an extension element.
    pub fn observe_extension(&mut self, b: &mut Builder, element: &Ext) {
        self.observe(b, &element.c0);
        self.observe(b, &element.c1);
    }

    /// Observes a digest `d` as two free cells under `d = c0 + 2^192 * c1`. No constraint: the cells determine `d`
    /// (see `layers::hash`, "Digests as words").
    pub fn observe_digest(&mut self, b: &mut Builder, digest: &Lc) {
        assert!(
            self.input.len().is_multiple_of(WORDS_PER_ELEMENT),
            "digests are aligned to whole cells"
        );
        let words = crate::layers::hash::MerkleHash::One(digest.value());
        let words = plonky2::plonk::config::GenericHashOut::to_vec(&words);
        let high = b.witness(crate::layers::hash::pack(&words[WORDS_PER_ELEMENT..]));
        let low = digest - &high.scale(Fr::from(2u64).pow([192]));
        for cell in [low, high] {
            self.push(b, Input::Cell(cell));
            self.push(b, Input::InCell);
            self.push(b, Input::InCell);
        }
    }

    fn push(&mut self, b: &mut Builder, input: Input) {
        self.elements.clear();
        self.words.clear();
        self.input.push(input);
        if self.input.len() == RATE_WORDS {
            self.duplex(b);
        }
    }

    fn duplex(&mut self, b: &mut Builder) {
        let input = std::mem::take(&mut self.input);
        let count = Fr::from(input.len() as u64);
        let constants: Option<Vec<u64>> = input
            .iter()
            .map(|i| {
                if let Input::Constant(word) = i {
                    Some(*word)
                } else {
                    None
                }
            })
            .collect();
        if let (State::Constant(state), Some(words)) = (&mut self.state, &constants) {
            for (cell, words) in state.iter_mut().zip(words.chunks(WORDS_PER_ELEMENT)) {
                *cell += words
                    .iter()
                    .rev()
                    .fold(Fr::zero(), |sum, word| sum * two_to_64() + Fr::from(*word));
            }
            state[TRANSCRIPT_RATE] += count;
            permute(state);
        } else {
            let mut state = match &self.state {
                State::Constant(state) => state.iter().map(|v| Lc::constant(*v)).collect(),
                State::Variable(state) => state.clone(),
            };
            for (cell, inputs) in state.iter_mut().zip(input.chunks(WORDS_PER_ELEMENT)) {
                *cell += &packed(inputs);
            }
            state[TRANSCRIPT_RATE] = state[TRANSCRIPT_RATE].plus(count);
            Poseidon2::of_width(TRANSCRIPT_RATE + 1).permute(b, &mut state);
            self.state = State::Variable(state);
        }
        self.words.clear();
        self.elements = match &self.state {
            State::Constant(state) => state[..TRANSCRIPT_RATE]
                .iter()
                .map(|v| Lc::constant(*v))
                .collect(),
            State::Variable(state) => state[..TRANSCRIPT_RATE].iter().cloned().collect(),
        };
    }

    /// Returns the state, once all is observed and drawn: a function of everything observed.
    ///
    /// # Panics
    /// When observed words wait for a duplexing.
    pub fn state(&self) -> Vec<Lc> {
        assert!(
            self.input.is_empty(),
            "the state depends on everything observed"
        );
        match &self.state {
            State::Constant(state) => state.iter().map(|v| Lc::constant(*v)).collect(),
            State::Variable(state) => state.clone(),
        }
    }

    /// Takes a challenge word as bits.
    pub fn challenge_bits(&mut self, b: &mut Builder) -> ChallengeBits {
        if !self.input.is_empty() || (self.words.is_empty() && self.elements.is_empty()) {
            self.duplex(b);
        }
        if self.words.is_empty() {
            let element = self
                .elements
                .pop_front()
                .expect("a duplexing leaves elements");
            self.words = squeeze(b, &element)
                .chunks(CHALLENGE_BITS)
                .map(|word| ChallengeBits(word.to_vec()))
                .collect();
        }
        self.words.pop_front().expect("an element gives words")
    }

    /// Takes a challenge.
    pub fn challenge(&mut self, b: &mut Builder) -> Gl {
        let ChallengeBits(bits) = self.challenge_bits(b);
        Gl::from_range_checked(b.materialize(&Lc::from_bits(&bits)), CHALLENGE_BITS as u32)
    }

    /// Takes several challenges.
    pub fn challenges(&mut self, b: &mut Builder, count: usize) -> Vec<Gl> {
        (0..count).map(|_| self.challenge(b)).collect()
    }

    /// Takes an extension challenge.
    pub fn extension_challenge(&mut self, b: &mut Builder) -> Ext {
        let c0 = self.challenge(b);
        Ext {
            c0,
            c1: self.challenge(b),
        }
    }
}

fn two_to_64() -> Fr {
    Fr::from(1u128 << 64)
}

/// Returns what up to three inputs add to an element of the state.
fn packed(inputs: &[Input]) -> Lc {
    let mut weight = Fr::from(1u64);
    let mut parts: Vec<(Lc, Fr)> = Vec::new();
    for input in inputs {
        match input {
            Input::Constant(word) => parts.push((Lc::constant(Fr::from(*word)), weight)),
            Input::Word(word) => parts.push((word.lc().clone(), weight)),
            Input::Cell(cell) => parts.push((cell.clone(), weight)),
            Input::InCell => {}
        }
        weight *= two_to_64();
    }
    Lc::weighted(parts.iter().map(|(lc, weight)| (lc, *weight)))
}

/// Returns the low 189 bits of an element's canonical integer, lowest first.
///
/// # Constraints
/// The bits are boolean; what they leave over is `top * 2^189` with `top < 2^65` and `top < r >> 189`. So the
/// integer is below `r` and the decomposition unique: a prover that could choose between `s` and `s + r` would
/// choose its challenges. An honest element with `top = r >> 189` would be refused: probability 2^-64.
///
/// # Costs
/// 189 + 65 + 65 constraints.
pub(super) fn squeeze(b: &mut Builder, element: &Lc) -> Vec<Lc> {
    let bits = b.bit_hints(element, USED_BITS);
    enforce_low_bits(b, element, &bits);
    bits
}

/// Enforces that bits are the lowest of an element's canonical integer.
pub(super) fn enforce_low_bits(b: &mut Builder, element: &Lc, bits: &[Lc]) {
    let scale = Fr::from(2u64)
        .pow([u64::from(USED_BITS)])
        .inverse()
        .expect("a power of two is not zero");
    let top = (element - &Lc::from_bits(bits)).scale(scale);
    b.range_check(&top, SPARE_BITS);
    b.range_check(&(-&top).plus(top_limit() - Fr::from(1u64)), SPARE_BITS);
}

/// `r >> 189`.
fn top_limit() -> Fr {
    let modulus = U256::modulus().0;
    let shift = USED_BITS - 128;
    let value = (u128::from(modulus[3]) << 64 | u128::from(modulus[2])) >> shift;
    Fr::from(value)
}
