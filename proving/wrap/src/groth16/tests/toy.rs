//! A constraint system with eight public inputs: input k is the cube of witness k plus witness k.

use std::array::from_fn;
use std::sync::{Arc, LazyLock};

use ark_bn254::Fr;
use ark_ff::{BigInteger, Field, PrimeField, Zero};
use assay_statement::{GROTH16_INPUTS, U256Words};

use crate::groth16::{InsecureDevSetup, Keys, ProveError, Seal, prove};
use crate::r1cs::{Builder, Matrices, Mode};

/// Rows that make the system larger than its inputs: squares of squares.
const CHAIN: usize = 40;

/// Synthesizes the system; its structure does not depend on the roots.
fn build(roots: [Fr; GROTH16_INPUTS], chain: usize) -> Builder {
    let inputs = roots.map(|root| root * root * root + root);
    let mut b = Builder::new(Mode::Synthesize, &inputs);
    for (index, root) in roots.into_iter().enumerate() {
        let root = b.witness(root);
        let square = b.mul(&root, &root);
        let input = b.input(index);
        b.enforce(&square.plus(Fr::ONE), &root, &input);
    }
    let mut last = b.input(0);
    for step in 0..chain {
        let side = last.plus(Fr::from(step as u64));
        last = b.mul(&side, &side);
    }
    b
}

pub(super) fn matrices(chain: usize) -> Arc<Matrices> {
    Arc::new(build([Fr::ONE; GROTH16_INPUTS], chain).into_matrices())
}

pub(super) fn assignment(roots: [Fr; GROTH16_INPUTS], chain: usize) -> Vec<Fr> {
    build(roots, chain).into_assignment()
}

pub(super) struct Toy {
    pub(super) keys: Keys,
    pub(super) inputs: [U256Words; GROTH16_INPUTS],
    pub(super) seal: Seal,
}

pub(super) fn words(value: &Fr) -> U256Words {
    U256Words(value.into_bigint().0)
}

/// One proof of the toy system, shared by the tests.
pub(super) static TOY: LazyLock<Toy> = LazyLock::new(|| {
    let matrices = matrices(CHAIN);
    let pk = InsecureDevSetup::DEFAULT.run(&matrices).unwrap();
    let keys = Keys::new(pk, matrices).unwrap();
    let assignment = assignment(from_fn(|k| Fr::from(1000 + k as u64)), CHAIN);
    let seal = prove(&keys, &assignment).unwrap();
    let inputs = from_fn(|k| words(&assignment[1 + k]));
    Toy { keys, inputs, seal }
});

#[test]
fn hash_names_the_constraints() {
    let digest = matrices(CHAIN).hash();
    assert_eq!(digest, matrices(CHAIN).hash());
    assert_ne!(digest, matrices(CHAIN + 1).hash());
}

#[test]
fn assignment_that_breaks_a_constraint_is_refused() {
    let good = assignment(from_fn(|k| Fr::from(1000 + k as u64)), CHAIN);
    for position in 1..good.len() {
        let mut bent = good.clone();
        bent[position] += Fr::ONE;
        let error = prove(&TOY.keys, &bent).unwrap_err().to_string();
        assert!(error.contains("is not satisfied"), "{position}: {error}");
    }
    let mut bent = good.clone();
    bent[0] = Fr::zero();
    let error = prove(&TOY.keys, &bent).unwrap_err();
    assert!(matches!(error, ProveError::FirstValueNotOne), "{error}");
    let error = prove(&TOY.keys, &good[..good.len() - 1]).unwrap_err();
    let (expected, got) = (good.len(), good.len() - 1);
    assert!(
        matches!(error, ProveError::AssignmentLength { expected: e, got: g } if (e, g) == (expected, got)),
        "{error}"
    );
}

#[test]
fn key_of_another_constraint_system_makes_no_proof() {
    let other = InsecureDevSetup::DEFAULT
        .run(&matrices(CHAIN + 30))
        .unwrap();
    let keys = Keys::new(other, matrices(CHAIN)).unwrap();
    let assignment = assignment(from_fn(|k| Fr::from(1000 + k as u64)), CHAIN);
    let error = prove(&keys, &assignment).unwrap_err();
    let expected = assignment.len();
    assert!(
        matches!(error, ProveError::OtherKey { list: "A", expected: e, got } if e == expected && got > e),
        "{error}"
    );
}

/// As a key that memory or a disk has changed: the proof is well formed and says nothing.
#[test]
fn proof_that_does_not_verify_is_not_returned() {
    let other = InsecureDevSetup { seed: [9; 32] }
        .run(&matrices(CHAIN))
        .unwrap();
    let keys = Keys::unchecked(other.into(), TOY.keys.proving_key(), matrices(CHAIN));
    let assignment = assignment(from_fn(|k| Fr::from(1000 + k as u64)), CHAIN);
    let error = prove(&keys, &assignment).unwrap_err();
    assert!(matches!(error, ProveError::SelfCheck(_)), "{error}");
}

#[test]
fn two_proofs_of_one_assignment_differ() {
    let assignment = assignment(from_fn(|k| Fr::from(1000 + k as u64)), CHAIN);
    let again = prove(&TOY.keys, &assignment).unwrap();
    assert_ne!(again.to_bytes(), TOY.seal.to_bytes());
}

#[test]
fn limbs_of_a_field_element_are_little_endian() {
    let value = Fr::from(7u64) + Fr::from(2u64).pow([64]);
    assert_eq!(words(&value).0, [7, 1, 0, 0]);
    assert_eq!(
        words(&value).to_be_bytes().to_vec(),
        value.into_bigint().to_bytes_be()
    );
}
