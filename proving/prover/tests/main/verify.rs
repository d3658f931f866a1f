//! A seal against a statement, with the recorded proof that the contracts' tests read too.

use std::path::Path;

use assay_prover::{ProofFile, VerifyError, VerifyingKey, verify};
use assay_statement::{STATEMENT_WORDS, Statement};

fn read(name: &str) -> Vec<u8> {
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contracts/test/vectors");
    std::fs::read(vectors.join(name)).unwrap()
}

#[test]
fn recorded_seal_is_for_its_statement_and_no_other() {
    let vk = serde_json::from_slice(&read("verifying_key.json")).unwrap();
    let vk = VerifyingKey::from_json(&vk).unwrap();
    let file = ProofFile::from_json(&read("wrapped_proof.json")).unwrap();
    let (statement, seal) = (file.statement().unwrap(), file.seal_bytes().unwrap());
    verify(&vk, &statement, &seal).unwrap();
    for word in 0..STATEMENT_WORDS {
        let mut words = statement.to_words();
        // Of the header the flag of a private input, which leaves it a header.
        words[word] ^= if word == 0 { 1 << 16 } else { 1 };
        let other = Statement::from_words(&words).unwrap();
        let answer = verify(&vk, &other, &seal);
        assert_eq!(answer, Err(VerifyError::Rejected), "word {word}");
    }
    let mut bent = seal.clone();
    bent[31] ^= 1;
    verify(&vk, &statement, &bent).unwrap_err();
    verify(&vk, &statement, &seal[1..]).unwrap_err();
}
