//! Plonky2's duplex sponge, with a state that the search for the proof of work can start from.

use assay_kernels::Path;
use plonky2::field::extension::quadratic::QuadraticExtension;
use plonky2::field::types::{Field, PrimeField64};
use plonky2::fri::FriParams;
use plonky2::hash::hashing::PlonkyPermutation;
use plonky2::hash::merkle_tree::MerkleCap;
use plonky2::plonk::config::{GenericHashOut, Hasher};

use crate::field::{Extension, F};
use crate::tree::TreeHasher;

/// Observes the prover's messages and gives challenges, as Plonky2's `Challenger` does.
#[derive(Clone, Debug)]
pub(crate) struct Transcript<H: Hasher<F>> {
    state: H::Permutation,
    input: Vec<F>,
    output: Vec<F>,
}

impl<H: TreeHasher> Transcript<H> {
    pub(crate) fn new() -> Self {
        Self {
            state: H::Permutation::new(std::iter::repeat(F::ZERO)),
            input: Vec::with_capacity(H::Permutation::RATE),
            output: Vec::with_capacity(H::Permutation::RATE),
        }
    }

    pub(crate) fn observe(&mut self, element: F) {
        self.output.clear();
        self.input.push(element);
        if self.input.len() == H::Permutation::RATE {
            self.duplex();
        }
    }

    pub(crate) fn observe_all(&mut self, elements: impl IntoIterator<Item = F>) {
        elements
            .into_iter()
            .for_each(|element| self.observe(element));
    }

    pub(crate) fn observe_extension(&mut self, elements: &[Extension]) {
        self.observe_all(elements.iter().flat_map(|element| element.0));
    }

    pub(crate) fn observe_hash(&mut self, hash: &impl GenericHashOut<F>) {
        self.observe_all(hash.to_vec());
    }

    pub(crate) fn observe_cap(&mut self, cap: &MerkleCap<F, H>) {
        cap.0.iter().for_each(|hash| self.observe_hash(hash));
    }

    /// Observes what `FriParams::observe` does.
    pub(crate) fn observe_params(&mut self, params: &FriParams) {
        let config = &params.config;
        self.observe(F::from_canonical_usize(config.rate_bits));
        self.observe(F::from_canonical_usize(config.cap_height));
        self.observe(F::from_canonical_u32(config.proof_of_work_bits));
        self.observe_all(config.reduction_strategy.serialize());
        self.observe(F::from_canonical_usize(config.num_query_rounds));
        self.observe(F::from_bool(params.hiding));
        self.observe(F::from_canonical_usize(params.degree_bits));
        let arities = params.reduction_arity_bits.iter();
        self.observe_all(arities.map(|&bits| F::from_canonical_usize(bits)));
    }

    pub(crate) fn challenge(&mut self) -> F {
        if !self.input.is_empty() || self.output.is_empty() {
            self.duplex();
        }
        self.output.pop().expect("a permutation has a rate")
    }

    pub(crate) fn challenges(&mut self, count: usize) -> Vec<F> {
        (0..count).map(|_| self.challenge()).collect()
    }

    pub(crate) fn extension_challenge(&mut self) -> Extension {
        let first = self.challenge();
        QuadraticExtension([first, self.challenge()])
    }

    /// Returns the smallest nonce whose observation gives a challenge with `zeros` zero bits in front.
    pub(crate) fn grind(&self, path: Path, zeros: u32) -> Option<F> {
        let mut state = self.state;
        state.set_from_slice(&self.input, 0);
        H::grind(path, &state, self.input.len(), zeros).map(F::from_canonical_u64)
    }

    /// Observes a nonce and says whether the next challenge has `zeros` zero bits in front.
    pub(crate) fn observe_nonce(&mut self, nonce: F, zeros: u32) -> bool {
        self.observe(nonce);
        self.challenge().to_canonical_u64().leading_zeros() >= zeros
    }

    fn duplex(&mut self) {
        self.state.set_from_slice(&self.input, 0);
        self.input.clear();
        self.state.permute();
        self.output.clear();
        self.output.extend_from_slice(self.state.squeeze());
    }
}
