//! Every way to bend a seal or an input is refused, with its own error.

use ark_bn254::{Fq, Fr, G1Affine, G2Affine};
use ark_ff::{BigInt, PrimeField};
use assay_statement::{SEAL_BYTES, U256Words};

use super::toy::TOY;
use crate::groth16::points::g2_to_words;
use crate::groth16::verify::verify_seal;
use crate::groth16::{PointError, Seal, SealError, VerifyError, verify};

fn check(seal: &[u8], expected: &Result<(), VerifyError>) {
    assert_eq!(
        &verify(TOY.keys.verifying_key(), &TOY.inputs, seal),
        expected
    );
}

fn point(error: PointError) -> Result<(), VerifyError> {
    Err(VerifyError::Seal(SealError::Point(error)))
}

/// Adds a field's order to the number in a 32-byte word.
fn add_order(word: &mut [u8], order: BigInt<4>) {
    let mut carry = 0u64;
    for (byte, index) in word.iter_mut().rev().zip(0..) {
        let order_byte = (order.0[index / 8] >> (8 * (index % 8))) & 0xff;
        let sum = u64::from(*byte) + order_byte + carry;
        *byte = sum as u8;
        carry = sum >> 8;
    }
    assert_eq!(carry, 0, "the sum fits 256 bits");
}

#[test]
fn honest_seal_is_accepted_and_round_trips() {
    let bytes = TOY.seal.to_bytes();
    assert_eq!(bytes.len(), SEAL_BYTES);
    check(&bytes, &Ok(()));
}

#[test]
fn every_corrupted_byte_is_refused() {
    let seal = TOY.seal.to_bytes();
    for position in 0..SEAL_BYTES {
        let mut bent = seal;
        bent[position] ^= 1 << (position % 8);
        assert!(
            verify(TOY.keys.verifying_key(), &TOY.inputs, &bent).is_err(),
            "byte {position}"
        );
    }
}

#[test]
fn wrong_length_is_refused() {
    let mut seal = TOY.seal.to_bytes().to_vec();
    for got in [0, 32, 255, 257, 288] {
        seal.resize(got, 0);
        let expected = SEAL_BYTES;
        check(&seal, &Err(SealError::Length { expected, got }.into()));
    }
}

#[test]
fn coordinates_are_rejected_not_reduced() {
    let names = [
        ("A", "x"),
        ("A", "y"),
        ("B", "x.c1"),
        ("B", "x.c0"),
        ("B", "y.c1"),
        ("B", "y.c0"),
        ("C", "x"),
        ("C", "y"),
    ];
    for (index, (name, coordinate)) in names.into_iter().enumerate() {
        let mut bent = TOY.seal.to_bytes();
        add_order(&mut bent[32 * index..][..32], Fq::MODULUS);
        let error = PointError::NotCanonical {
            point: name,
            coordinate,
        };
        check(&bent, &point(error));
    }
}

#[test]
fn infinity_is_refused() {
    for (name, range) in [("A", 0..64), ("B", 64..192), ("C", 192..256)] {
        let mut bent = TOY.seal.to_bytes();
        bent[range].fill(0);
        check(&bent, &point(PointError::Infinity { point: name }));
    }
}

/// A prover that would make one makes no seal of it.
#[test]
fn infinity_is_not_sealed() {
    let honest = TOY.seal.proof();
    for name in ["A", "B", "C"] {
        let mut proof = honest.clone();
        match name {
            "A" => proof.a = G1Affine::identity(),
            "B" => proof.b = G2Affine::identity(),
            _ => proof.c = G1Affine::identity(),
        }
        let error = SealError::Point(PointError::Infinity { point: name });
        assert_eq!(Seal::try_from(proof), Err(error));
    }
    assert_eq!(Seal::try_from(honest.clone()).as_ref(), Ok(&TOY.seal));
}

#[test]
fn points_off_the_curve_are_refused() {
    for (name, byte) in [("A", 63), ("B", 191), ("C", 255)] {
        let mut bent = TOY.seal.to_bytes();
        bent[byte] ^= 1;
        check(&bent, &point(PointError::NotOnCurve { point: name }));
    }
}

#[test]
fn point_outside_the_subgroup_is_refused() {
    // The twist has a large cofactor: a random point on it is outside the subgroup.
    let outside = (1u64..)
        .filter_map(|x| G2Affine::get_point_from_x_unchecked(x.into(), false))
        .find(|p| !p.is_in_correct_subgroup_assuming_on_curve())
        .unwrap();
    assert!(outside.is_on_curve());
    let mut bent = TOY.seal.to_bytes();
    bent[64..192].copy_from_slice(g2_to_words(&outside).as_flattened());
    check(&bent, &point(PointError::NotInSubgroup { point: "B" }));
}

#[test]
fn negated_point_is_well_formed_but_rejected() {
    let mut bent = TOY.seal.to_bytes();
    let y: Fq = Fq::from_be_bytes_mod_order(&bent[32..64]);
    bent[32..64].copy_from_slice(&crate::groth16::points::field_to_word(&-y));
    check(&bent, &Err(VerifyError::Rejected));
}

#[test]
fn each_input_is_bound_and_in_range() {
    let seal = TOY.seal.to_bytes();
    let vk = TOY.keys.verifying_key();
    for index in 0..TOY.inputs.len() {
        let mut bent = TOY.inputs;
        bent[index].0[0] ^= 1;
        assert_eq!(verify(vk, &bent, &seal), Err(VerifyError::Rejected));

        let mut word = TOY.inputs[index].to_be_bytes();
        add_order(&mut word, Fr::MODULUS);
        bent[index] = U256Words::from_be_bytes(&word);
        let expected = Err(VerifyError::InputNotInField { index });
        assert_eq!(verify(vk, &bent, &seal), expected);
    }
    let expected = Err(VerifyError::InputCount {
        expected: 8,
        got: 7,
    });
    assert_eq!(verify(vk, &TOY.inputs[..7], &seal), expected); // The same of inputs that a prover has parsed.
    assert_eq!(verify_seal(vk, &[Fr::from(1u64); 7], &TOY.seal), expected);
}
