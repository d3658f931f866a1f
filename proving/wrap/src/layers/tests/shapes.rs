use std::collections::HashSet;

use plonky2::field::types::PrimeField64;
use plonky2::fri::FriParams;
use plonky2::fri::reduction_strategies::FriReductionStrategy;
use plonky2::plonk::circuit_builder::CircuitBuilder;
use plonky2::plonk::circuit_data::{CircuitConfig, VerifierCircuitData};

use super::super::hash::{DIGEST_WORDS, WORDS_PER_ELEMENT};
use super::super::{
    CommonData, D, F, InnerCircuit, InnerConfig, InnerVerifier, Layer, LayerError, Shaper,
    canonical, params,
};
use super::sample::{Sample, outer};

/// Rows as a power of two, and tables.
const SHAPES: [(usize, usize); 6] = [(12, 0), (12, 3), (14, 0), (14, 1), (16, 0), (16, 3)];

#[test]
fn circuits_of_every_size_take_one_shape() {
    let pinned = canonical::pinned();
    let mut ids = HashSet::new();
    for (degree_bits, tables) in SHAPES {
        let sample = Sample::build(degree_bits, tables, 0);
        let shaper = sample.shaper();
        assert_eq!(
            shaper.canonical_common(),
            &pinned,
            "2^{degree_bits}, {tables} tables"
        );
        assert!(
            ids.insert(shaper.circuit_id()),
            "each circuit has its own identity"
        );
        let mut layers = Vec::new();
        let shaped = shaper
            .shape(&sample.prove(1000), &mut |time| layers.push(time.layer))
            .unwrap();
        assert_eq!(layers.len(), shaper.shrink_steps() + 1);
        assert!(
            shaper.shrink_steps() <= 1,
            "L1 fits over a shrink step of 2^13 rows"
        );
        assert_eq!(layers.last(), Some(&Layer::Canonical));
        let words: Vec<u64> = shaped
            .proof
            .public_inputs
            .iter()
            .map(F::to_canonical_u64)
            .collect();
        assert_eq!(words, (1000..1020).collect::<Vec<_>>());
        VerifierCircuitData {
            verifier_only: shaped.verifier,
            common: pinned.clone(),
        }
        .verify(shaped.proof)
        .unwrap();
    }
}

#[test]
fn circuit_identity_is_reproducible_and_tells_circuits_of_one_shape_apart() {
    let card = Sample::build(12, 0, 1);
    let again = Sample::build(12, 0, 1);
    let rogue = Sample::build(12, 0, 2);
    assert_eq!(card.circuit.common, rogue.circuit.common, "same shape");
    assert_eq!(card.shaper().circuit_id(), again.shaper().circuit_id());
    assert_ne!(card.shaper().circuit_id(), rogue.shaper().circuit_id());
}

#[test]
fn circuit_without_a_statement_is_refused() {
    let circuit = CircuitBuilder::<F, D>::new(params::model()).build::<InnerConfig>();
    let error = Shaper::for_circuit(&circuit.common, &circuit.verifier_only).err();
    assert!(
        matches!(
            error,
            Some(LayerError::PublicInputs {
                expected: 20,
                got: 0
            })
        ),
        "{error:?}"
    );
}

/// A circuit that exposes 20 words, in a given configuration.
fn statement_circuit(config: CircuitConfig) -> InnerCircuit {
    let mut builder = CircuitBuilder::<F, D>::new(config);
    let inputs = builder.add_virtual_targets(20);
    builder.register_public_inputs(&inputs);
    builder.build::<InnerConfig>()
}

fn refusal(common: &CommonData, verifier: &InnerVerifier) -> LayerError {
    match Shaper::for_circuit(common, verifier) {
        Ok(_) => panic!("a circuit of other parameters is shaped"),
        Err(error) => error,
    }
}

/// Whatever makes proofs of a circuit worth less, or more, than those of every other.
#[test]
fn circuit_of_other_parameters_is_refused() {
    type Change = fn(&mut CircuitConfig);
    let cases: [(&str, Change); 8] = [
        ("num_challenges", |c| c.num_challenges = 2),
        ("security_bits", |c| c.security_bits = 1),
        ("num_routed_wires", |c| c.num_routed_wires = 78),
        ("fri_config", |c| c.fri_config.num_query_rounds = 1),
        ("fri_config", |c| c.fri_config.proof_of_work_bits = 0),
        ("fri_config", |c| c.fri_config.rate_bits = 4),
        ("fri_config", |c| c.fri_config.cap_height = 3),
        ("fri_config", |c| {
            c.fri_config.reduction_strategy = FriReductionStrategy::ConstantArityBits(3, 5)
        }),
    ];
    for (expected, change) in cases {
        let mut config = params::model();
        change(&mut config);
        // Plonky2 builds no circuit that promises more than its own count of bits.
        config.security_bits = config.security_bits.min(1);
        let circuit = statement_circuit(config);
        let mut common = circuit.common.clone();
        if expected != "security_bits" {
            common.config.security_bits = params::SECURITY_BITS;
        }
        match refusal(&common, &circuit.verifier_only) {
            LayerError::Parameters { field, .. } => assert_eq!(field, expected),
            other => panic!("{expected}: {other}"),
        }
    }
}

/// The second copy of the parameters, which verifiers go by.
#[test]
fn circuit_of_other_fri_parameters_is_refused() {
    type Change = fn(&mut FriParams);
    let cases: [(&str, Change); 4] = [
        ("config", |p| p.config.num_query_rounds = 1),
        ("config", |p| p.config.proof_of_work_bits = 0),
        ("hiding", |p| p.hiding = true),
        ("reduction_arity_bits", |p| p.reduction_arity_bits.push(1)),
    ];
    let circuit = statement_circuit(params::model());
    for (expected, change) in cases {
        let mut common = circuit.common.clone();
        change(&mut common.fri_params);
        match refusal(&common, &circuit.verifier_only) {
            LayerError::Parameters { field, .. } => assert_eq!(field, expected),
            other => panic!("{expected}: {other}"),
        }
    }
}

#[test]
fn circuit_of_more_rows_than_the_claim_is_made_for_is_refused() {
    let circuit = statement_circuit(params::model());
    let limit = params::MAX_MODEL_DEGREE_BITS;
    let of_size = |degree_bits: usize| {
        let mut common = circuit.common.clone();
        common.fri_params = common.config.fri_config.fri_params(degree_bits, false);
        common
    };
    canonical::check_model(&of_size(limit)).unwrap();
    let error = refusal(&of_size(limit + 1), &circuit.verifier_only);
    assert!(
        matches!(error, LayerError::TooManyRows { limit: 20, got: 21 }),
        "{error:?}"
    );
}

/// The R1CS has a cost by this shape and reads digests at aligned words of the transcript.
#[test]
fn outer_circuit_has_the_shape_that_the_r1cs_verifies() {
    let common = &outer().circuit().common;
    assert_eq!(common.config, params::outer());
    assert_eq!(common.degree_bits(), params::DEGREE_BITS);
    assert_eq!(common.num_public_inputs, 24);
    assert_eq!(common.num_constants, 6);
    assert_eq!(common.fri_params.reduction_arity_bits, [3, 3]);
    assert_eq!(common.gates.len(), 13);

    let fri = &common.fri_params;
    let observed_parameters = 4
        + fri.config.reduction_strategy.serialize::<F>().len()
        + 2
        + fri.reduction_arity_bits.len();
    let public_inputs_hash = 4;
    let before_wires_cap = observed_parameters + DIGEST_WORDS + public_inputs_hash;
    assert_eq!(before_wires_cap % WORDS_PER_ELEMENT, 0);
}
