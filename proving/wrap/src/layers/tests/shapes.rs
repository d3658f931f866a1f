use std::collections::HashSet;

use plonky2::field::types::PrimeField64;
use plonky2::plonk::circuit_builder::CircuitBuilder;
use plonky2::plonk::circuit_data::{CircuitConfig, VerifierCircuitData};

use super::super::hash::{DIGEST_WORDS, WORDS_PER_ELEMENT};
use super::super::{D, F, InnerConfig, Layer, LayerError, Shaper, canonical, params};
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

#[test]
fn circuit_with_two_challenges_is_refused() {
    let mut builder = CircuitBuilder::<F, D>::new(CircuitConfig::standard_recursion_config());
    let inputs = builder.add_virtual_targets(20);
    builder.register_public_inputs(&inputs);
    let circuit = builder.build::<InnerConfig>();
    let error = Shaper::for_circuit(&circuit.common, &circuit.verifier_only).err();
    assert!(
        matches!(
            error,
            Some(LayerError::Challenges {
                expected: 3,
                got: 2
            })
        ),
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
    assert_eq!(common.gates.len(), 14);

    let fri = &common.fri_params;
    let observed_parameters = 4
        + fri.config.reduction_strategy.serialize::<F>().len()
        + 2
        + fri.reduction_arity_bits.len();
    let public_inputs_hash = 4;
    let before_wires_cap = observed_parameters + DIGEST_WORDS + public_inputs_hash;
    assert_eq!(before_wires_cap % WORDS_PER_ELEMENT, 0);
}
