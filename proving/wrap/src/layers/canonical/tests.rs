use plonky2::gates::arithmetic_base::ArithmeticGate;
use plonky2::gates::arithmetic_extension::ArithmeticExtensionGate;
use plonky2::gates::multiplication_extension::MulExtensionGate;
use plonky2::gates::poseidon_mds::PoseidonMdsGate;
use plonky2::plonk::circuit_builder::CircuitBuilder;

use super::super::InnerConfig;
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

#[test]
fn pinned_shape_is_fresh() {
    let mut builder = CircuitBuilder::<F, D>::new(params::model());
    for _ in 0..MODEL_PUBLIC_INPUTS {
        builder.add_virtual_public_input();
    }
    // Large enough to fold, so that L1 interpolates.
    while builder.num_gates() < 1 << 11 {
        builder.add_gate(NoopGate, vec![]);
    }
    let model = builder.build::<InnerConfig>();
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
