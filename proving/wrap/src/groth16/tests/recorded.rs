//! The recorded proof under the real verifying key, as the Solidity tests and the independent verifier read it.

use std::path::Path;

use assay_statement::Statement;
use serde_json::Value;

use crate::groth16::{ProofFile, VerifyError, VerifyingKey, solidity_verifier, verify};

const PROOF: &str = "test/vectors/wrapped_proof.json";
const KEY: &str = "test/vectors/verifying_key.json";

fn read(path: &str) -> Vec<u8> {
    let contracts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contracts");
    std::fs::read(contracts.join(path)).expect("`assay setup --export contracts` has written it")
}

fn recorded() -> (VerifyingKey, ProofFile) {
    let vk = serde_json::from_slice(&read(KEY)).unwrap();
    let vk = VerifyingKey::from_json(&vk).unwrap();
    let file = ProofFile::from_json(&read(PROOF)).unwrap();
    (vk, file)
}

#[test]
fn recorded_proof_is_accepted() {
    let (vk, file) = recorded();
    file.verify(&vk).unwrap();
}

#[test]
fn each_of_the_24_words_is_bound() {
    let (vk, file) = recorded();
    let (words, seal) = (
        file.statement().unwrap().to_words(),
        file.seal_bytes().unwrap(),
    );
    let bent = (0..words.len()).map(|word| {
        let mut bent = words;
        // Of the header the flag of a private input, which leaves it a header; of other words the lowest bit.
        bent[word] ^= if word == 0 { 1 << 16 } else { 1 };
        Statement::from_words(&bent).unwrap()
    });
    let answers: Vec<_> = bent
        .map(|statement| verify(&vk, &statement.to_inputs(), &seal))
        .collect();
    assert_eq!(answers, vec![Err(VerifyError::Rejected); 24]);
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

/// Names, words, inputs, seal, key and all between them: no byte of the file can differ. (Bit 0, as bit 5 would only
/// change the case of a hexadecimal digit.)
#[test]
fn every_corrupted_byte_of_the_file_is_rejected() {
    let (vk, _) = recorded();
    let file = read(PROOF);
    for position in 0..file.len() {
        let mut bent = file.clone();
        bent[position] ^= 1;
        let accepted = ProofFile::from_json(&bent).and_then(|file| file.verify(&vk));
        assert!(accepted.is_err(), "byte {position}");
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

/// Makes an edit of `refused_edits.json`, which says what an edit is.
fn apply(file: &mut Value, edit: &Value) {
    let at = edit["at"].as_str().expect("an edit says where");
    let (parent, last) = at.rsplit_once('/').expect("a JSON pointer");
    let text = |name: &str| edit[name].as_str().map(str::to_owned);
    let old = file.pointer(at).and_then(Value::as_str).unwrap_or_default();
    let new = if let Some(value) = edit.get("set") {
        Some(value.clone())
    } else if let Some(addend) = text("add") {
        // Words have 64 bits, and no edit adds more than 126.
        let sum = old.parse::<i128>().unwrap() + addend.parse::<i128>().unwrap();
        Some(sum.to_string().into())
    } else if let Some(before) = text("before") {
        Some(format!("{before}{old}").into())
    } else if let Some(after) = text("after") {
        Some(format!("{old}{after}").into())
    } else if let Some(cut) = edit["cut"].as_u64() {
        Some(old.chars().skip(cut as usize).collect::<String>().into())
    } else {
        assert_eq!(edit["remove"], true, "an unknown edit of {at}");
        None
    };
    match (file.pointer_mut(parent).expect("the place exists"), new) {
        (Value::Array(list), Some(new)) => {
            let index: usize = last.parse().unwrap();
            list.splice(index..list.len().min(index + 1), [new]);
        }
        (Value::Array(list), None) => drop(list.remove(last.parse().unwrap())),
        (Value::Object(fields), Some(new)) => drop(fields.insert(last.to_owned(), new)),
        (Value::Object(fields), None) => drop(fields.remove(last)),
        (other, _) => panic!("nothing is within {other}"),
    }
}

/// The independent verifier makes the same edits: both take exactly one form of a proof file.
#[test]
fn every_edit_that_must_be_refused_is_refused() {
    let (vk, _) = recorded();
    let good: Value = serde_json::from_slice(&read(PROOF)).unwrap();
    for (about, file) in refused_edits("cases", &good) {
        let bytes = serde_json::to_vec(&file).unwrap();
        let accepted = ProofFile::from_json(&bytes).and_then(|file| file.verify(&vk));
        assert!(accepted.is_err(), "{about}");
    }
}

/// So do keys have one form.
#[test]
fn every_edit_of_the_key_that_must_be_refused_is_refused() {
    let good: Value = serde_json::from_slice(&read(KEY)).unwrap();
    for (about, key) in refused_edits("key_cases", &good) {
        assert!(VerifyingKey::from_json(&key).is_err(), "{about}");
    }
}

/// The files that a list of `refused_edits.json` makes of a good one.
fn refused_edits(list: &str, good: &Value) -> Vec<(String, Value)> {
    let edits = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors/refused_edits.json");
    let edits: Value = serde_json::from_slice(&std::fs::read(edits).unwrap()).unwrap();
    let cases = edits[list].as_array().unwrap();
    assert!(cases.len() > 15, "got {} {list}", cases.len());
    let bent = |case: &Value| {
        let mut file = good.clone();
        for edit in case["edits"].as_array().unwrap() {
            apply(&mut file, edit);
        }
        assert_ne!(&file, good, "{}", case["about"]);
        (case["about"].to_string(), file)
    };
    cases.iter().map(bent).collect()
}

/// Runs the verifier on noble-curves, which shares no code with this crate, on the recorded proof, the same 32
/// corruptions, every changed word and the same edits.
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
    assert!(report.contains("# pass 9"), "{report}");
}
