//! A recorded proof of L2, its circuit, and the verifier of that circuit.

use crate::layers::hash::OuterConfig;
use crate::layers::{CommonData, OuterProof};
use crate::r1cs::verifier::{Synthesis, VerifierCircuit};
use plonky2::plonk::circuit_data::{VerifierCircuitData, VerifierOnlyCircuitData};
use plonky2::util::serialization::DefaultGateSerializer;
use serde::Deserialize;
use std::path::PathBuf;
use std::sync::OnceLock;

/// Everything that tests of the whole verifier share.
pub(crate) struct Fixture {
    pub(crate) data: VerifierCircuitData<crate::layers::F, OuterConfig, 2>,
    pub(crate) proof: OuterProof,
    pub(crate) circuit: VerifierCircuit,
}

/// `VerifierOnlyCircuitData` as the vectors hold it.
#[derive(Deserialize)]
struct Verifier {
    constants_sigmas_cap:
        plonky2::hash::merkle_tree::MerkleCap<crate::layers::F, crate::layers::hash::Bn254Hasher>,
    circuit_digest: crate::layers::hash::MerkleHash,
}

pub(crate) fn vector_path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("vectors")
        .join(name)
}

/// Loads the recorded proof, once for all tests.
pub(crate) fn fixture() -> &'static Fixture {
    static FIXTURE: OnceLock<Fixture> = OnceLock::new();
    FIXTURE.get_or_init(|| {
        let read = |name: &str| std::fs::read(vector_path(name)).unwrap();
        let common =
            CommonData::from_bytes(read("outer_common.bin"), &DefaultGateSerializer).unwrap();
        let verifier: Verifier = serde_json::from_slice(&read("outer_verifier.json")).unwrap();
        let verifier_only = VerifierOnlyCircuitData {
            constants_sigmas_cap: verifier.constants_sigmas_cap,
            circuit_digest: verifier.circuit_digest,
        };
        let circuit = VerifierCircuit::new(common.clone(), verifier_only.clone()).unwrap();
        Fixture {
            data: VerifierCircuitData {
                verifier_only,
                common,
            },
            proof: serde_json::from_slice(&read("outer_proof.json")).unwrap(),
            circuit,
        }
    })
}

/// The constraint system of the recorded circuit, synthesized once for all tests.
pub(crate) fn synthesis() -> &'static Synthesis {
    static SYNTHESIS: OnceLock<Synthesis> = OnceLock::new();
    SYNTHESIS.get_or_init(|| fixture().circuit.synthesize())
}

/// The honest assignment of the recorded proof.
pub(crate) fn honest() -> &'static [ark_bn254::Fr] {
    static HONEST: OnceLock<Vec<ark_bn254::Fr>> = OnceLock::new();
    HONEST.get_or_init(|| fixture().circuit.assign(&fixture().proof).unwrap())
}

#[test]
fn recorded_proof_is_valid() {
    fixture().data.verify(fixture().proof.clone()).unwrap();
}

/// The recorded circuit is the one that this build proves with; `bless_outer_vectors` records a new one.
#[test]
fn recorded_circuit_is_the_present_one() {
    let outer = crate::layers::Outer::load();
    assert_eq!(fixture().data.common, outer.circuit().common);
    assert_eq!(fixture().data.verifier_only, outer.circuit().verifier_only);
}

/// Records the vectors again when the outer circuit has changed: `make bless` runs it.
#[test]
#[ignore = "writes the vectors"]
fn bless_outer_vectors() {
    use crate::layers::{D, F, InnerConfig, Outer, Shaper, params};
    use plonky2::field::types::Field;
    use plonky2::hash::poseidon::PoseidonHash;
    use plonky2::iop::witness::{PartialWitness, WitnessWrite};
    use plonky2::plonk::circuit_builder::CircuitBuilder;

    let mut builder = CircuitBuilder::<F, D>::new(params::model());
    let inputs = builder.add_virtual_targets(assay_statement::MODEL_PUBLIC_INPUTS);
    builder.register_public_inputs(&inputs);
    while builder.num_gates() < 2100 {
        let row = builder.constant(F::from_canonical_usize(builder.num_gates()));
        builder.hash_n_to_hash_no_pad::<PoseidonHash>(vec![row, inputs[0]]);
    }
    let model = builder.build::<InnerConfig>();
    let mut witness = PartialWitness::new();
    for (k, &target) in inputs.iter().enumerate() {
        let word = if k == 0 { 1 } else { 1000 + k as u64 };
        witness
            .set_target(target, F::from_canonical_u64(word))
            .unwrap();
    }
    let proof = model.prove(witness).unwrap();
    let shaper = Shaper::for_circuit(&model.common, &model.verifier_only).unwrap();
    let outer = Outer::load();
    let shaped = shaper.shape(&proof, &mut |_| {}).unwrap();
    let proof = outer.prove(&shaped, &mut |_| {}).unwrap();
    let circuit = outer.circuit();
    let verifier = serde_json::json!({
        "constants_sigmas_cap": circuit.verifier_only.constants_sigmas_cap,
        "circuit_digest": circuit.verifier_only.circuit_digest,
    });
    std::fs::write(
        vector_path("outer_common.bin"),
        circuit.common.to_bytes(&DefaultGateSerializer).unwrap(),
    )
    .unwrap();
    std::fs::write(vector_path("outer_verifier.json"), verifier.to_string()).unwrap();
    std::fs::write(
        vector_path("outer_proof.json"),
        serde_json::to_string(&proof).unwrap(),
    )
    .unwrap();
}
