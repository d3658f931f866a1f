use super::*;
use crate::layers::Outer;
use crate::r1cs::verifier::VerifierCircuit;

/// What a wrapped proof may cost at most; measured values are in `bench/results`.
const MAX_CONSTRAINTS: usize = 1 << 21;

#[test]
fn synthesized_matrices_are_the_pinned_ones() {
    let outer = Outer::load();
    let circuit = outer.circuit();
    let verifier = VerifierCircuit::new(circuit.common.clone(), circuit.verifier_only.clone());
    let matrices = verifier.unwrap().synthesize().matrices;
    assert!(matrices.num_constraints() <= MAX_CONSTRAINTS);
    let digest = matrices.hash();
    if std::env::var_os("BLESS").is_some() {
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/matrices.sha256");
        std::fs::write(path, hex + "\n").unwrap();
        return;
    }
    assert_eq!(
        digest, MATRICES_DIGEST,
        "the constraint system changed: new keys, new verifier"
    );
}
