//! A constraint system with eight public inputs: input k is the cube of witness k plus witness k.

use std::array::from_fn;
use std::sync::{Arc, LazyLock};

use ark_bn254::Fr;
use ark_ff::{BigInteger, Field, PrimeField, Zero};
use assay_statement::{GROTH16_INPUTS, U256Words};

use crate::groth16::{InsecureDevSetup, Keys, Matrices, MatricesBuilder, Seal, prove};

/// Rows that make the system larger than its inputs: squares of squares.
const CHAIN: usize = 40;

pub(super) fn matrices(chain: usize) -> Arc<Matrices> {
    let one = Fr::ONE;
    let inputs = 1..=GROTH16_INPUTS;
    let mut builder = MatricesBuilder::new(GROTH16_INPUTS, 2 * GROTH16_INPUTS + chain);
    for input in inputs {
        let (root, square) = (input + GROTH16_INPUTS, input + 2 * GROTH16_INPUTS);
        builder
            .push([(root, one)], [(root, one)], [(square, one)])
            .unwrap();
        builder
            .push([(square, one), (0, one)], [(root, one)], [(input, one)])
            .unwrap();
    }
    for step in 0..chain {
        let from = 3 * GROTH16_INPUTS + step;
        let side = [(from, one), (0, Fr::from(step as u64))];
        builder.push(side, side, [(from + 1, one)]).unwrap();
    }
    Arc::new(builder.finish())
}

pub(super) fn assignment(roots: [Fr; GROTH16_INPUTS], chain: usize) -> Vec<Fr> {
    let mut z = vec![Fr::ONE];
    z.extend(roots.map(|root| root * root * root + root));
    z.extend(roots);
    z.extend(roots.map(|root| root * root));
    for step in 0..chain {
        let side = z[z.len() - 1] + Fr::from(step as u64);
        z.push(side * side);
    }
    z
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
fn digest_names_the_constraints() {
    let digest = matrices(CHAIN).digest();
    assert_eq!(digest, matrices(CHAIN).digest());
    assert_ne!(digest, matrices(CHAIN + 1).digest());
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
    assert!(prove(&TOY.keys, &bent).is_err());
    assert!(prove(&TOY.keys, &good[..good.len() - 1]).is_err());
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
