//! The development keys are those that the pin names.

use std::sync::Arc;

use crate::groth16::key_file::body_digest;
use crate::groth16::{InsecureDevSetup, Keys};
use crate::layers::Outer;
use crate::r1cs::verifier::VerifierCircuit;
use crate::{DEV_KEY_DIGEST, MATRICES_DIGEST};

/// Makes the keys of the present circuit: `make bless` runs it after whatever changes the matrices.
#[test]
#[ignore = "runs the real setup, which takes minutes"]
fn key_file_is_the_pinned() {
    let outer = Outer::load();
    let circuit = outer.circuit();
    let verifier = VerifierCircuit::new(circuit.common.clone(), circuit.verifier_only.clone());
    let matrices = Arc::new(verifier.unwrap().synthesize().matrices);
    let is_pinned_circuit = matrices.hash() == MATRICES_DIGEST;
    let pk = InsecureDevSetup::DEFAULT.run(&matrices).unwrap();
    let digest = body_digest(&Keys::new(pk, matrices).unwrap());
    if std::env::var_os("BLESS").is_some() {
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/dev_key.sha256");
        std::fs::write(path, hex + "\n").unwrap();
        return;
    }
    assert!(is_pinned_circuit, "the constraint system changed");
    assert_eq!(
        digest, DEV_KEY_DIGEST,
        "the development keys changed: pin them with `make bless`"
    );
}
