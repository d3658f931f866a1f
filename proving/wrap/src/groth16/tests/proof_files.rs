//! A proof file says what it proves; anything inconsistent in it has its own error.

use std::array::from_fn;

use ark_bn254::Fr;
use ark_ff::Field;
use assay_statement::{Digest, Header, Kind, Privacy, Statement};
use serde_json::{Value, json};

use crate::groth16::{InsecureDevSetup, Keys, ProofFile, ProofFileError, VerifyError, prove};
use crate::r1cs::{Builder, Mode};

fn statement() -> Statement {
    let digest = |base: u64| Digest::new(from_fn(|limb| base + limb as u64)).unwrap();
    Statement {
        header: Header {
            kind: Kind::Inference,
            input: Privacy::Public,
            weights: Privacy::Private,
            output: Privacy::Public,
        },
        circuit: digest(10),
        model: digest(20),
        input: digest(30),
        output: digest(40),
        result: [7, 0, 0],
        context: digest(u64::MAX / 2),
    }
}

/// Proves any eight inputs: each equals a witness.
fn keys_and_file() -> (Keys, ProofFile) {
    let inputs = statement().to_inputs().map(|input| {
        let two64 = Fr::from(2u64).pow([64]);
        let limbs = input.0;
        Fr::from(limbs[0]) + two64 * (Fr::from(limbs[1]) + two64 * Fr::from(limbs[2]))
    });
    let mut b = Builder::new(Mode::Synthesize, &inputs);
    for (index, input) in inputs.into_iter().enumerate() {
        let copy = b.witness(input);
        let input = b.input(index);
        b.enforce_equal(&input, &copy);
    }
    let assignment = b.assignment().to_vec();
    let matrices = std::sync::Arc::new(b.into_matrices());
    let pk = InsecureDevSetup::DEFAULT.run(&matrices).unwrap();
    let keys = Keys::new(pk, matrices).unwrap();
    let seal = prove(&keys, &assignment).unwrap();
    let file = ProofFile::new(&statement(), &seal, keys.verifying_key());
    (keys, file)
}

#[test]
fn proof_file_round_trips_and_names_each_damage() {
    let (keys, file) = keys_and_file();
    let vk = keys.verifying_key();
    let text = file.to_json();
    let read = ProofFile::from_json(text.as_bytes()).unwrap();
    assert_eq!(read, file);
    assert_eq!(read.verify(vk).unwrap(), statement());

    let verify = |pointer: &str, value: Value| {
        let mut json: Value = serde_json::from_str(&text).unwrap();
        *json.pointer_mut(pointer).unwrap() = value;
        let bytes = serde_json::to_vec(&json).unwrap();
        ProofFile::from_json(&bytes).and_then(|file| file.verify(vk))
    };
    use ProofFileError as E;
    let seal = format!("0x{}", "00".repeat(255));
    assert!(matches!(
        verify("/format", json!("x")),
        Err(E::Version { .. })
    ));
    assert!(matches!(
        verify("/version", json!(2)),
        Err(E::Version { .. })
    ));
    assert!(matches!(
        verify("/seal", json!(seal)),
        Err(E::Verify(VerifyError::Seal(_)))
    ));
    assert!(matches!(
        verify("/seal", json!("12")),
        Err(E::Field { field: "seal", .. })
    ));
    assert!(matches!(
        verify("/inputs", json!([])),
        Err(E::Field {
            field: "inputs",
            ..
        })
    ));
    assert!(matches!(
        verify("/inputs/0", json!("0x00")),
        Err(E::Field { .. })
    ));
    assert!(matches!(
        verify("/words/0", json!("01")),
        Err(E::Field { field: "words", .. })
    ));
    assert!(matches!(
        verify("/words/0", json!("0")),
        Err(E::Statement(_))
    ));
    assert!(matches!(
        verify("/words/17", json!("8")),
        Err(E::InputsDiffer)
    ));
    assert!(matches!(
        verify("/verifying_key", json!("00")),
        Err(E::OtherKey { .. })
    ));
    let too_long = vec![b' '; 100_000];
    assert!(matches!(
        ProofFile::from_json(&too_long),
        Err(E::TooLong { .. })
    ));
    assert!(matches!(ProofFile::from_json(b"{"), Err(E::Json(_))));
}

#[test]
fn each_of_the_24_words_is_bound() {
    let (keys, file) = keys_and_file();
    let seal = crate::groth16::Seal::from_bytes(&file.seal_bytes().unwrap()).unwrap();
    for word in 0..24 {
        let mut words = statement().to_words();
        // Bit 16 of the header is the input's privacy, so the bent header still parses.
        words[word] ^= 1 << 16;
        let bent = Statement::from_words(&words).unwrap();
        let error = ProofFile::new(&bent, &seal, keys.verifying_key())
            .verify(keys.verifying_key())
            .unwrap_err();
        assert!(
            matches!(error, ProofFileError::Verify(VerifyError::Rejected)),
            "{word}"
        );
    }
}
