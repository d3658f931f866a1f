//! Proofs equal those of ark-groth16 for the same blinding factors.

use std::array::from_fn;

use ark_bn254::{Bn254, Fr};
use ark_ff::{Field, UniformRand, Zero};
use ark_groth16::Groth16;
use ark_groth16::r1cs_to_qap::LibsnarkReduction;
use assay_kernels::Path;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use super::toy::{TOY, assignment, matrices};
use crate::groth16::prove::{Blinding, prove_on};
use crate::groth16::{InsecureDevSetup, Keys};
use crate::r1cs::Matrices;
use crate::r1cs::matrices::SparseMatrix;

/// The matrices as arkworks keeps them.
fn rows(matrices: &Matrices) -> Vec<Vec<Vec<(Fr, usize)>>> {
    let rows = |matrix: &SparseMatrix| {
        let row = |row| matrices.row(matrix, row).collect();
        (0..matrices.num_constraints()).map(row).collect()
    };
    [&matrices.a, &matrices.b, &matrices.c].map(rows).to_vec()
}

#[test]
fn proofs_equal_those_of_ark_groth16() {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    for chain in [1, 40, 200] {
        let matrices = matrices(chain);
        let pk = InsecureDevSetup::DEFAULT.run(&matrices).unwrap();
        let keys = Keys::new(pk.clone(), matrices.clone()).unwrap();
        let assignment = assignment(from_fn(|_| Fr::rand(&mut rng)), chain);
        for (r, s) in [
            (Fr::rand(&mut rng), Fr::rand(&mut rng)),
            (Fr::ONE, Fr::zero()),
            (Fr::zero(), Fr::rand(&mut rng)),
        ] {
            let expected =
                Groth16::<Bn254, LibsnarkReduction>::create_proof_with_reduction_and_matrices(
                    &pk,
                    r,
                    s,
                    &rows(&matrices),
                    matrices.num_inputs,
                    matrices.num_constraints(),
                    &assignment,
                )
                .unwrap();
            for path in Path::available() {
                let got = prove_on(path, &keys, &assignment, &Blinding { r, s }).unwrap();
                assert_eq!(got, expected, "{path}");
            }
        }
    }
}

#[test]
fn key_of_the_toy_has_variables_without_entries() {
    // Without them no test would see sums with infinite bases.
    let infinite = |points: &[assay_kernels::bn254::msm::G1Point]| {
        points.iter().filter(|point| point.is_infinity()).count()
    };
    let pk = TOY.keys.proving_key();
    assert!(infinite(&pk.b_g1) > 0 && infinite(&pk.l) > 0);
}
