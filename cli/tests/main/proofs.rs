//! `assay proof verify` needs a verifying key and nothing else.

use std::path::Path;
use std::process::{Command, Output};

use assay_cli::commands::proof::read_verifying_key;
use assay_cli::root;
use assay_prover::{ProofFile, Seal};

fn verify(proof: &Path, key: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_assay"))
        .args(["proof", "verify", "--json"])
        .arg(proof)
        .arg("--verifying-key")
        .arg(key)
        .env_clear()
        .output()
        .unwrap()
}

/// Checks that a proof was refused and why.
fn refused(output: &Output, expected: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "not refused");
    assert!(said.contains(expected), "expected {expected:?} in: {said}");
}

#[test]
fn recorded_proof_verifies_and_no_bent_one_does() {
    let vectors = root::find().unwrap().join("contracts/test/vectors");
    let (proof, key) = (
        vectors.join("wrapped_proof.json"),
        vectors.join("verifying_key.json"),
    );
    let output = verify(&proof, &key);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(said["valid"], true);
    assert!(said["verification_ms"].is_u64(), "{said}");

    let dir = tempfile::tempdir().unwrap();
    let bent = dir.path().join("bent.json");
    let file: serde_json::Value = serde_json::from_slice(&std::fs::read(&proof).unwrap()).unwrap();
    let seal = hex::decode(file["seal"].as_str().unwrap().trim_start_matches("0x")).unwrap();
    assert_eq!(seal.len(), 256);
    // One byte in each of 32 places, all over the proof.
    for place in 0..32 {
        let mut bytes = seal.clone();
        bytes[place * 8 + place % 8] ^= 1 << (place % 8);
        let mut other = file.clone();
        other["seal"] = format!("0x{}", hex::encode(bytes)).into();
        std::fs::write(&bent, other.to_string()).unwrap();
        let output = verify(&bent, &key);
        assert!(
            !output.status.success(),
            "a proof bent at byte {} verifies",
            place * 8 + place % 8
        );
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            said.contains("error") && !said.contains("panicked"),
            "{said}"
        );
    }
    // A word of the statement, a byte too few, a byte too many.
    for (pointer, value, expected) in [
        (
            "words",
            {
                let mut words = file["words"].clone();
                words[17] = "9".into();
                words
            },
            "the inputs do not belong to the words",
        ),
        (
            "seal",
            format!("0x{}", hex::encode(&seal[..255])).into(),
            "a proof has 256 bytes, got 255",
        ),
        (
            "seal",
            format!("0x{}00", hex::encode(&seal)).into(),
            "a proof has 256 bytes, got 257",
        ),
    ] {
        let mut other = file.clone();
        other[pointer] = value;
        std::fs::write(&bent, other.to_string()).unwrap();
        refused(&verify(&bent, &key), expected);
    }

    // Another result, with the inputs that belong to it: nothing but the pairing says no.
    let vk = read_verifying_key(&key).unwrap();
    let honest = ProofFile::from_json(&std::fs::read(&proof).unwrap()).unwrap();
    let mut statement = honest.verify(&vk).unwrap();
    statement.result[0] += 1;
    let other = ProofFile::new(&statement, &Seal::from_bytes(&seal).unwrap(), &vk);
    std::fs::write(&bent, other.to_json()).unwrap();
    refused(
        &verify(&bent, &key),
        "the proof does not verify for these public inputs",
    );
}
