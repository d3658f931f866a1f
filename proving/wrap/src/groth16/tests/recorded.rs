//! The recorded proof under the real verifying key, as the Solidity tests and the independent verifier read it.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::groth16::{ProofFile, VerifyingKey, solidity_verifier, verify};

/// A verification must take less than this with the verifying key alone.
const LIMIT: Duration = Duration::from_secs(1);

fn read(path: &str) -> Vec<u8> {
    let contracts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contracts");
    std::fs::read(contracts.join(path)).expect("`assay setup --export contracts` has written it")
}

fn recorded() -> (VerifyingKey, ProofFile) {
    let vk = serde_json::from_slice(&read("test/vectors/verifying_key.json")).unwrap();
    let vk = VerifyingKey::from_json(&vk).unwrap();
    let file = ProofFile::from_json(&read("test/vectors/wrapped_proof.json")).unwrap();
    (vk, file)
}

#[test]
fn recorded_proof_is_accepted_in_time() {
    let start = Instant::now();
    let (vk, file) = recorded();
    file.verify(&vk).unwrap();
    assert!(start.elapsed() < LIMIT);
}

#[test]
fn thirty_two_single_byte_corruptions_are_rejected() {
    let (vk, file) = recorded();
    let inputs = file.statement().unwrap().to_inputs();
    let seal = file.seal_bytes().unwrap();
    for k in 0..32 {
        let mut bent = seal.clone();
        bent[8 * k + k % 8] ^= 1 << (k % 8);
        assert!(
            verify(&vk, &inputs, &bent).is_err(),
            "byte {}",
            8 * k + k % 8
        );
    }
}

#[test]
fn exported_contract_is_that_of_the_recorded_key() {
    let (vk, _) = recorded();
    let committed = read("src/generated/Groth16Verifier.sol");
    assert!(
        committed == solidity_verifier(&vk).as_bytes(),
        "refresh with `make bless`"
    );
}

/// Runs the verifier on noble-curves, which shares no code with this crate, on the recorded proof, the same 32
/// corruptions and every changed word.
#[test]
fn independent_implementation_agrees() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("independent");
    assert!(
        folder.join("node_modules").exists(),
        "`make prepare` installs the independent verifier's packages"
    );
    let output = std::process::Command::new("node")
        .args(["--test", "--test-reporter=tap"])
        .current_dir(&folder)
        .output()
        .expect("Node.js is installed");
    let report = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{report}");
    assert!(report.contains("# pass 3"), "{report}");
}
