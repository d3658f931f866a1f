use plonky2::gates::arithmetic_base::ArithmeticGate;
use plonky2::gates::arithmetic_extension::ArithmeticExtensionGate;
use plonky2::gates::multiplication_extension::MulExtensionGate;
use plonky2::gates::poseidon_mds::PoseidonMdsGate;
use plonky2::plonk::circuit_builder::CircuitBuilder;

use super::super::{InnerCircuit, InnerConfig};
use super::*;

/// Kinds that a verifying circuit may or may not need, by what the inner circuit contains.
fn optional_kinds() -> Vec<GateRef<F, D>> {
    let config = params::canonical();
    vec![
        GateRef::new(NoopGate),
        GateRef::new(ArithmeticGate::new_from_config(&config)),
        GateRef::new(ArithmeticExtensionGate::<D>::new_from_config(&config)),
        GateRef::new(MulExtensionGate::<D>::new_from_config(&config)),
        GateRef::new(PoseidonMdsGate::<F, D>::new()),
    ]
}

/// A circuit large enough to fold, so that L1 interpolates.
fn model() -> InnerCircuit {
    let mut builder = CircuitBuilder::<F, D>::new(params::model());
    for _ in 0..MODEL_PUBLIC_INPUTS {
        builder.add_virtual_public_input();
    }
    while builder.num_gates() < 1 << 11 {
        builder.add_gate(NoopGate, vec![]);
    }
    builder.build::<InnerConfig>()
}

#[test]
fn pinned_shape_is_fresh() {
    let model = model();
    let layer = build_unchecked(&model.common, &model.verifier_only, &optional_kinds()).unwrap();
    let common = &layer.circuit.common;
    let bytes = common.to_bytes(&DefaultGateSerializer).unwrap();
    if std::env::var_os("BLESS").is_some() {
        let path =
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/layers/canonical.bin");
        std::fs::write(path, &bytes).unwrap();
        return;
    }
    check_shape(common, &pinned()).unwrap();
    assert_eq!(bytes, PINNED);
}

/// Bends one field of a shape.
type Bend = fn(&mut CommonData);

const BENDS: [(&str, Bend); 11] = [
    ("config", |c| c.config.num_challenges -= 1),
    ("config", |c| c.config.fri_config.num_query_rounds -= 1),
    ("fri_params", |c| c.fri_params.degree_bits += 1),
    ("fri_params", |c| c.fri_params.config.proof_of_work_bits = 0),
    ("gates", |c| {
        c.gates.pop();
    }),
    ("quotient_degree_factor", |c| c.quotient_degree_factor -= 1),
    ("num_gate_constraints", |c| c.num_gate_constraints += 1),
    ("num_constants", |c| c.num_constants += 1),
    ("num_public_inputs", |c| c.num_public_inputs += 1),
    ("k_is", |c| c.k_is[1] += F::ONE),
    ("num_partial_products", |c| c.num_partial_products -= 1),
];

#[test]
fn shape_that_differs_in_any_field_is_refused_by_its_name() {
    check_shape(&pinned(), &pinned()).unwrap();
    for (expected_field, bend) in BENDS {
        let mut bent = pinned();
        bend(&mut bent);
        for (got, pin) in [(&bent, &pinned()), (&pinned(), &bent)] {
            match check_shape(got, pin) {
                Err(LayerError::Shape {
                    field,
                    expected,
                    got,
                }) => {
                    assert_eq!(field, expected_field);
                    assert_ne!(expected, got);
                }
                other => panic!("{expected_field}: {other:?}"),
            }
        }
    }
}

/// A layer that comes out in another shape is an error, never a layer: L2 would verify proofs of it as of the pinned one.
#[test]
fn layer_of_another_shape_is_not_built() {
    let model = model();
    let build = |pinned: &CommonData| build(&model.common, &model.verifier_only, pinned);
    assert!(build(&pinned()).unwrap().is_some());
    let mut other = pinned();
    other.config.security_bits += 1;
    match build(&other) {
        Err(LayerError::Shape { field, .. }) => assert_eq!(field, "config"),
        other => panic!("{:?}", other.map(|_| ())),
    }
}
