//! L1, the canonical layer: every circuit ends in this one shape.

use assay_statement::{Digest, MODEL_PUBLIC_INPUTS, tags};
use plonky2::field::types::{Field, PrimeField64};
use plonky2::gates::gate::GateRef;
use plonky2::gates::noop::NoopGate;
use plonky2::hash::hash_types::HashOutTarget;
use plonky2::hash::poseidon::PoseidonHash;
use plonky2::plonk::circuit_builder::CircuitBuilder;
use plonky2::plonk::circuit_data::VerifierCircuitTarget;
use plonky2::plonk::config::Hasher;
use plonky2::util::serialization::DefaultGateSerializer;
use serde::Serialize;
use serde_json::Value;

use super::recurse::{Recursion, RecursionBuilder};
use super::{CommonData, D, F, InnerVerifier, LayerError, params};

/// The whole common data of L1, in Plonky2's encoding. Every circuit of L1 must equal it, because L2 verifies
/// proofs of this shape only. The test `pinned_shape_is_fresh` writes it.
const PINNED: &[u8] = include_bytes!("canonical.bin");

/// Returns the pinned shape.
pub(super) fn pinned() -> CommonData {
    CommonData::from_bytes(PINNED.to_vec(), &DefaultGateSerializer)
        .expect("the pinned shape is part of this crate and a test reads it")
}

/// Builds L1 over a circuit, or returns `None` when that takes more rows than the pinned shape has.
pub(super) fn build(
    common: &CommonData,
    verifier: &InnerVerifier,
    pinned: &CommonData,
) -> Result<Option<Recursion>, LayerError> {
    let Some(layer) = build_unchecked(common, verifier, &pinned.gates) else {
        return Ok(None);
    };
    check_shape(&layer.circuit.common, pinned)?;
    Ok(Some(layer))
}

/// Builds L1 over a circuit without comparing its shape. `kinds` are the gates to instantiate, needed or not: the set
/// of gates decides on the selectors.
fn build_unchecked(
    common: &CommonData,
    verifier: &InnerVerifier,
    kinds: &[GateRef<F, D>],
) -> Option<Recursion> {
    let rows = 1 << params::DEGREE_BITS;
    let mut step = RecursionBuilder::new(params::canonical(), common, verifier);
    if step.builder.num_gates() > rows {
        return None;
    }
    for gate in kinds {
        step.builder.add_gate_to_gate_set(gate.clone());
    }
    // More than half of the rows, so that the circuit is padded to exactly the pinned degree.
    while step.builder.num_gates() <= rows / 2 {
        step.builder.add_gate(NoopGate, vec![]);
    }
    let layer = step.build();
    (layer.circuit.common.degree_bits() == params::DEGREE_BITS).then_some(layer)
}

/// Compares a shape with the pinned one and names the first field that differs.
fn check_shape(got: &CommonData, pinned: &CommonData) -> Result<(), LayerError> {
    if got == pinned {
        return Ok(());
    }
    let (field, expected, got) = first_difference(pinned, got);
    Err(LayerError::Shape {
        field,
        expected,
        got,
    })
}

/// Returns the name of the first field in which two values of a type differ, and both its values as JSON.
fn first_difference<T: Serialize>(expected: &T, got: &T) -> (String, String, String) {
    let json = |data: &T| serde_json::to_value(data).unwrap_or(Value::Null);
    let (expected, got) = (json(expected), json(got));
    let field = expected
        .as_object()
        .and_then(|fields| fields.keys().find(|key| expected[*key] != got[*key]))
        .cloned()
        .unwrap_or_default();
    (
        field.clone(),
        expected[&field].to_string(),
        got[&field].to_string(),
    )
}

/// Returns the identity of a circuit: the hash of all that names its canonical form to a verifier.
///
/// Digest *and* constants cap go in, since Plonky2's recursive verifier does not tie one to the other.
pub fn circuit_id(canonical: &InnerVerifier) -> Digest {
    let mut preimage = vec![F::from_canonical_u64(tags::CIRCUIT)];
    preimage.extend(canonical.circuit_digest.elements);
    preimage.extend(canonical.constants_sigmas_cap.flatten());
    let hash = PoseidonHash::hash_no_pad(&preimage);
    Digest::new(hash.elements.map(|word| word.to_canonical_u64()))
        .expect("canonical words are below the modulus")
}

/// [`circuit_id`] in L2, of the verifier data it verified with.
pub(super) fn circuit_id_target(
    builder: &mut CircuitBuilder<F, D>,
    canonical: &VerifierCircuitTarget,
) -> HashOutTarget {
    let mut preimage = vec![builder.constant(F::from_canonical_u64(tags::CIRCUIT))];
    preimage.extend(canonical.circuit_digest.elements);
    let cap = canonical.constants_sigmas_cap.0.iter();
    preimage.extend(cap.flat_map(|hash| hash.elements));
    builder.hash_n_to_hash_no_pad::<PoseidonHash>(preimage)
}

/// Checks that a circuit exposes a statement and that its proofs are worth what is claimed: its parameters are those of
/// every model circuit, and its rows not more than the claim is made for.
pub(super) fn check_model(common: &CommonData) -> Result<(), LayerError> {
    if common.num_public_inputs != MODEL_PUBLIC_INPUTS {
        return Err(LayerError::PublicInputs {
            expected: MODEL_PUBLIC_INPUTS,
            got: common.num_public_inputs,
        });
    }
    let config = params::model();
    same(&config, &common.config)?;
    let degree_bits = common.fri_params.degree_bits;
    if degree_bits > params::MAX_MODEL_DEGREE_BITS {
        return Err(LayerError::TooManyRows {
            limit: params::MAX_MODEL_DEGREE_BITS,
            got: degree_bits,
        });
    }
    // What a verifier goes by is this copy of the parameters.
    let fri = config
        .fri_config
        .fri_params(degree_bits, config.zero_knowledge);
    same(&fri, &common.fri_params)
}

/// Compares parameters of a model circuit with those that every one has.
fn same<T: Serialize + PartialEq>(expected: &T, got: &T) -> Result<(), LayerError> {
    if got == expected {
        return Ok(());
    }
    let (field, expected, got) = first_difference(expected, got);
    Err(LayerError::Parameters {
        field,
        expected,
        got,
    })
}

#[cfg(test)]
mod tests;
