//! The whole verifier: statement words, transcript, vanishing polynomial, FRI.

use super::builder::{Builder, Mode, Unsatisfied};
use super::challenger::{ChallengeBits, Challenger};
use super::fri::Fri;
use super::goldilocks::Gl;
use super::lc::Lc;
use super::matrices::Matrices;
use super::merkle::Cap;
use super::poseidon;
use super::proof::{Challenges, Openings, Sent, Shape, ShapeError, cap_witness, elements_witness};
use super::vanishing::{Vanishing, VanishingError};
use crate::layers::hash::{MerkleHash, OuterConfig, WORDS_PER_ELEMENT, pack_words};
use crate::layers::{CommonData, F, OuterProof};
use ark_bn254::Fr;
use ark_ff::Field;
use plonky2::field::types::PrimeField64;
use plonky2::plonk::circuit_data::VerifierOnlyCircuitData;
use plonky2::plonk::config::GenericHashOut;
use std::collections::BTreeMap;

/// The verifier of one circuit, whose verifier data are constants.
pub struct VerifierCircuit {
    common: CommonData,
    verifier_only: VerifierOnlyCircuitData<OuterConfig, 2>,
    shape: Shape,
    fri: Fri,
    vanishing: Vanishing,
}

/// A synthesized verifier.
pub struct Synthesis {
    /// The constraint system.
    pub matrices: Matrices,
    /// Constraints by scope.
    pub counts: BTreeMap<String, usize>,
}

/// Why no assignment was made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssignError {
    /// The proof is not one of this circuit.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// The proof is not valid.
    #[error("proof does not verify: {0}")]
    Invalid(#[from] Unsatisfied),
}

impl VerifierCircuit {
    /// Prepares the verifier of a circuit.
    ///
    /// # Panics
    /// On circuits with zero-knowledge salts.
    pub fn new(
        common: CommonData,
        verifier_only: VerifierOnlyCircuitData<OuterConfig, 2>,
    ) -> Result<Self, VanishingError> {
        let vanishing = Vanishing::new(&common)?;
        let shape = Shape::of(&common);
        let fri = Fri::new(&shape, common.degree_bits());
        Ok(Self {
            common,
            verifier_only,
            shape,
            fri,
            vanishing,
        })
    }

    /// Returns the number of Groth16 inputs: three statement words each.
    pub fn num_public_inputs(&self) -> usize {
        self.shape.public_inputs.div_ceil(WORDS_PER_ELEMENT)
    }

    /// Records the constraints. They are the same for every proof.
    pub fn synthesize(&self) -> Synthesis {
        let b = self.build(Mode::Synthesize, &self.shape.dummy());
        Synthesis {
            counts: b.counts(),
            matrices: b.into_matrices(),
        }
    }

    /// Returns the full assignment `[1, inputs.., witness..]` for a valid proof.
    pub fn assign(&self, proof: &OuterProof) -> Result<Vec<Fr>, AssignError> {
        self.shape.check(proof)?;
        let b = self.build(Mode::Witness, proof);
        b.check()?;
        Ok(b.into_assignment())
    }

    /// Runs the verifier on a proof of the right shape, valid or not.
    pub(super) fn build(&self, mode: Mode, proof: &OuterProof) -> Builder {
        let inputs: Vec<Fr> = pack_words(&proof.public_inputs).collect();
        let mut b = Builder::new(mode, &inputs);
        self.verify(&mut b, proof);
        b
    }

    /// Runs the verifier with given public inputs and one hint bent: what a tampering prover would compute.
    #[cfg(test)]
    pub(super) fn build_bent(
        &self,
        proof: &OuterProof,
        inputs: &[Fr],
        hint: usize,
        delta: Fr,
    ) -> Builder {
        let mut b = Builder::new(Mode::Witness, inputs);
        b.bend_hint(hint, delta);
        self.verify(&mut b, proof);
        b
    }

    fn verify(&self, b: &mut Builder, proof: &OuterProof) {
        b.defer_reductions();
        let sent = self.read(b, proof);
        let (challenges, seed) = b.in_scope("transcript", |b| self.challenges(b, &sent));
        b.in_scope("vanishing", |b| {
            self.vanishing
                .enforce(b, &sent.openings, &challenges, &sent.public_inputs_hash);
        });
        b.in_scope("fri", |b| {
            let zeros = self.common.config.fri_config.proof_of_work_bits;
            Fri::verify_proof_of_work(b, &challenges.pow_response, zeros);
            let rounds = &proof.proof.opening_proof.query_round_proofs;
            self.fri.verify(
                b,
                &self.verifier_only.constants_sigmas_cap,
                &sent,
                &challenges,
                rounds,
            );
        });
        b.in_scope("reductions", |b| b.settle_reductions(&seed));
    }

    /// Allocates what the prover sends before the queries.
    pub(super) fn read(&self, b: &mut Builder, proof: &OuterProof) -> Sent {
        let statement = b.in_scope("statement", |b| statement_words(b, &proof.public_inputs));
        let public_inputs_hash = b.in_scope("public inputs hash", |b| {
            poseidon::hash_no_pad(b, &statement)
        });
        let plonk = &proof.proof;
        let fri = &plonk.opening_proof;
        let oracles = [
            &plonk.wires_cap,
            &plonk.plonk_zs_partial_products_cap,
            &plonk.quotient_polys_cap,
        ];
        let steps = fri.commit_phase_merkle_caps.iter().enumerate();
        Sent {
            public_inputs_hash,
            oracle_caps: oracles.map(|cap| cap_witness(b, cap, self.shape.tree_depth(0))),
            openings: b.in_scope("openings", |b| Openings::witness(b, &plonk.openings)),
            step_caps: steps
                .map(|(k, cap)| cap_witness(b, cap, self.shape.tree_depth(k + 1)))
                .collect(),
            final_poly: b.in_scope("openings", |b| elements_witness(b, &fri.final_poly.coeffs)),
            pow_witness: Gl::committed_witness(b, fri.pow_witness.to_canonical_u64()),
        }
    }

    /// Draws every challenge, in Plonky2's order. Returns the transcript's last state beside them.
    pub(super) fn challenges(&self, b: &mut Builder, sent: &Sent) -> (Challenges, Vec<Lc>) {
        let mut transcript = Challenger::new();
        for word in self.instance_words() {
            transcript.observe_constant(b, word.to_canonical_u64());
        }
        for word in &sent.public_inputs_hash {
            transcript.observe(b, word);
        }
        let [wires, zs, quotients] = &sent.oracle_caps;
        let count = self.common.config.num_challenges;
        observe_cap(b, &mut transcript, wires);
        let betas = transcript.challenges(b, count);
        let gammas = transcript.challenges(b, count);
        observe_cap(b, &mut transcript, zs);
        let alphas = transcript.challenges(b, count);
        observe_cap(b, &mut transcript, quotients);
        let zeta = transcript.extension_challenge(b);
        for element in sent.openings.at_zeta().chain(&sent.openings.zs_next) {
            transcript.observe_extension(b, element);
        }
        let fri_alpha = transcript.extension_challenge(b);
        let mut fri_betas = Vec::new();
        for cap in &sent.step_caps {
            observe_cap(b, &mut transcript, cap);
            fri_betas.push(transcript.extension_challenge(b));
        }
        for coefficient in &sent.final_poly {
            transcript.observe_extension(b, coefficient);
        }
        transcript.observe(b, &sent.pow_witness);
        let ChallengeBits(pow_response) = transcript.challenge_bits(b);
        let query_bits = (0..self.shape.queries)
            .map(|_| transcript.challenge_bits(b).0)
            .collect();
        let challenges = Challenges {
            betas,
            gammas,
            alphas,
            zeta,
            fri_alpha,
            fri_betas,
            pow_response,
            query_bits,
        };
        (challenges, transcript.state())
    }

    /// The words that every transcript of this circuit starts with: FRI parameters and circuit digest.
    fn instance_words(&self) -> Vec<F> {
        let params = &self.common.fri_params;
        let config = &params.config;
        let word = |value: usize| <F as plonky2::field::types::Field>::from_canonical_usize(value);
        let mut words = vec![
            word(config.rate_bits),
            word(config.cap_height),
            word(config.proof_of_work_bits as usize),
        ];
        words.extend(config.reduction_strategy.serialize::<F>());
        words.extend([
            word(config.num_query_rounds),
            word(usize::from(params.hiding)),
            word(params.degree_bits),
        ]);
        words.extend(params.reduction_arity_bits.iter().map(|bits| word(*bits)));
        let digest: &MerkleHash = &self.verifier_only.circuit_digest;
        words.extend(digest.to_vec());
        words
    }
}

fn observe_cap(b: &mut Builder, transcript: &mut Challenger, cap: &Cap) {
    let Cap::Variable(entries) = cap else {
        panic!("only caps of the proof are observed")
    };
    for element in entries.iter().flat_map(|node| &node.0) {
        transcript.observe_digest(b, element);
    }
}

/// Unpacks the public inputs of the constraint system into statement words, each below `p`.
///
/// A word at or above `p` would denote the same statement as another input: the contract would see two encodings of
/// one claim. So canonicity is enforced here, where words leave the emulated field.
///
/// The words are bound before deferred reductions are drawn: the transcript holds only their hash, and that hash
/// is itself computed with deferred reductions. A prover free to choose words afterwards could solve for them.
pub(super) fn statement_words(b: &mut Builder, words: &[F]) -> Vec<Gl> {
    let all: Vec<Gl> = words
        .iter()
        .map(|word| Gl::witness(b, word.to_canonical_u64()).assert_canonical(b))
        .collect();
    for (k, group) in all.chunks(WORDS_PER_ELEMENT).enumerate() {
        let weights = (0u64..).map(|i| Fr::from(2u64).pow([64 * i]));
        let packed = Lc::weighted(group.iter().map(Gl::lc).zip(weights));
        let input = b.input(k);
        b.enforce_equal(&packed, &input);
    }
    all
}
