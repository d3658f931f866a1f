//! Both forms of the verifying key round-trip and refuse bent points.

use ark_bn254::{Bn254, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use serde_json::json;

use super::toy::TOY;
use crate::groth16::{VerifyingKey, VerifyingKeyError, solidity_verifier};

#[test]
fn binary_form_round_trips_and_refuses_damage() {
    let vk = TOY.keys.verifying_key();
    let bytes = vk.to_bytes();
    let read = VerifyingKey::from_bytes(&bytes).unwrap();
    assert_eq!(&read, vk);
    assert_eq!(read.digest(), vk.digest());
    let length = bytes.len();
    for length in [0, 7, 8, length - 64, length - 32, length - 1, length + 1] {
        let mut bent = bytes.clone();
        bent.resize(length, 0);
        let differs = VerifyingKey::from_bytes(&bent).map_or(true, |other| other != *vk);
        assert!(differs, "length {length}");
    }
    for position in (0..bytes.len()).step_by(37) {
        let mut bent = bytes.clone();
        bent[position] ^= 1;
        assert!(VerifyingKey::from_bytes(&bent).is_err(), "byte {position}");
    }
}

#[test]
fn json_form_round_trips_and_refuses_damage() {
    let vk = TOY.keys.verifying_key();
    let json = vk.to_json();
    assert_eq!(&VerifyingKey::from_json(&json).unwrap(), vk);
    let text = |pointer: &str| json.pointer(pointer).and_then(|v| v.as_str()).unwrap();
    let x = text("/vk_alpha_1/0");
    let bends: [(&str, serde_json::Value); 13] = [
        ("/protocol", json!("plonk")),
        ("/curve", json!("bls12381")),
        ("/nPublic", json!(7)),
        ("/vk_alpha_1/0", json!("1")),
        ("/vk_alpha_1/2", json!("2")),
        ("/vk_alpha_1/0", json!(format!("+{x}"))),
        ("/vk_alpha_1/0", json!(format!("0{x}"))),
        ("/vk_alpha_1/0", json!(format!("{x}_"))),
        ("/vk_alpha_1/0", json!(format!(" {x}"))),
        ("/vk_alpha_1/0", json!("")),
        ("/vk_beta_2/0/0", json!("-1")),
        ("/vk_gamma_2/2/0", json!("2")),
        ("/IC/3/1", json!("9".repeat(78))),
    ];
    for (pointer, value) in bends {
        let mut bent = json.clone();
        *bent.pointer_mut(pointer).unwrap() = value;
        assert!(VerifyingKey::from_json(&bent).is_err(), "{pointer}");
    }
}

/// From one input to as many as are ever read.
#[test]
fn key_of_no_or_of_too_many_inputs_is_refused() {
    let key = TOY.keys.verifying_key().key();
    let of = |points: usize| {
        let mut key = key.clone();
        key.gamma_abc_g1 = (0..points).map(|k| key.gamma_abc_g1[k % 9]).collect();
        VerifyingKey::new(&key)
    };
    assert!(matches!(
        of(0),
        Err(VerifyingKeyError::Unsafe {
            reason: "it has no input points"
        })
    ));
    for (points, accepted) in [(1, false), (2, true), (65, true), (66, false)] {
        let key = of(points).unwrap();
        let read = VerifyingKey::from_bytes(&key.to_bytes());
        assert_eq!(read.is_ok(), accepted, "{points} points");
        let read = VerifyingKey::from_json(&key.to_json());
        assert_eq!(read.is_ok(), accepted, "{points} points in JSON");
    }
}

#[test]
fn key_without_a_contribution_is_refused() {
    let mut key = TOY.keys.verifying_key().key().clone();
    key.delta_g2 = key.gamma_g2;
    let reason = "gamma equals delta";
    let error = VerifyingKey::new(&key).unwrap_err();
    assert!(
        matches!(error, VerifyingKeyError::Unsafe { reason: r } if r == reason),
        "{error}"
    );

    // As a phase 2 leaves it that began with one and never went on; gamma is not the generator here.
    key.delta_g2 = G2Affine::generator();
    assert_ne!(key.gamma_g2, key.delta_g2);
    let reason = "delta is the generator";
    let error = VerifyingKey::new(&key).unwrap_err();
    assert!(
        matches!(error, VerifyingKeyError::Unsafe { reason: r } if r == reason),
        "{error}"
    );
}

#[test]
fn key_with_a_point_at_infinity_is_refused() {
    type Bend = fn(&mut ark_groth16::VerifyingKey<Bn254>);
    let bends: [Bend; 4] = [
        |key| key.alpha_g1 = G1Affine::identity(),
        |key| key.beta_g2 = G2Affine::identity(),
        |key| key.gamma_g2 = G2Affine::identity(),
        |key| key.delta_g2 = G2Affine::identity(),
    ];
    for (k, bend) in bends.into_iter().enumerate() {
        let mut key = TOY.keys.verifying_key().key().clone();
        bend(&mut key);
        let error = VerifyingKey::new(&key).unwrap_err();
        assert!(
            matches!(error, VerifyingKeyError::Unsafe { .. }),
            "{k}: {error}"
        );
    }
}

#[test]
fn exported_contract_has_the_key_and_no_marks_left() {
    let source = solidity_verifier(TOY.keys.verifying_key());
    assert!(!source.contains("{{"));
    assert_eq!(source.matches("INPUT_8_X").count(), 2);
    assert_eq!(source.matches("ok := accumulate(").count(), 8);
}
