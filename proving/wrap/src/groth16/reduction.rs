//! The QAP reduction of libsnark over compact matrices.
//!
//! `ark-groth16` reads matrices through the [`R1CSToQAP`] trait. Its own implementation needs them in a form
//! that takes five times the memory and a copy of the whole constraint system; this one computes the same
//! polynomials from [`Matrices`]. Key generation stays that of `ark-groth16`; `prove` assembles proofs.

use std::any::{Any, TypeId};
use std::sync::Arc;

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, One, PrimeField, Zero};
use ark_groth16::r1cs_to_qap::{LibsnarkReduction, R1CSToQAP};
use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};
use ark_relations::gr1cs::{
    ConstraintSynthesizer, ConstraintSystemRef, Matrix, Result as SynthesisResult, SynthesisError,
};
use assay_kernels::Path;
use assay_kernels::bn254::fft;
use rayon::prelude::*;

use crate::r1cs::Matrices;
use crate::r1cs::matrices::SparseMatrix;

/// The reduction over compact matrices.
pub(super) struct CompactReduction;

/// Declares the variables of compact matrices and leaves the matrices where [`CompactReduction`] finds them.
pub(super) struct CompactSynthesizer(pub(super) Arc<Matrices>);

impl ConstraintSynthesizer<Fr> for CompactSynthesizer {
    fn generate_constraints(self, cs: ConstraintSystemRef<Fr>) -> SynthesisResult<()> {
        for _ in 1..self.0.num_inputs {
            let _variable = cs.new_input_variable(|| Err(SynthesisError::AssignmentMissing))?;
        }
        for _ in self.0.num_inputs..num_variables(&self.0) {
            let _variable = cs.new_witness_variable(|| Err(SynthesisError::AssignmentMissing))?;
        }
        let system = cs.borrow().ok_or(SynthesisError::MissingCS)?;
        let key = TypeId::of::<Arc<Matrices>>();
        system.cache_map.borrow_mut().insert(key, Box::new(self.0));
        Ok(())
    }
}

impl R1CSToQAP for CompactReduction {
    fn instance_map_with_evaluation<F: PrimeField, D: EvaluationDomain<F>>(
        cs: ConstraintSystemRef<F>,
        t: &F,
    ) -> SynthesisResult<(Vec<F>, Vec<F>, Vec<F>, F, usize, usize)> {
        let system = cs.borrow().ok_or(SynthesisError::MissingCS)?;
        let cache = system.cache_map.borrow();
        let matrices = cache
            .get(&TypeId::of::<Arc<Matrices>>())
            .and_then(|any| any.downcast_ref::<Arc<Matrices>>())
            .ok_or(SynthesisError::MissingCS)?;
        let instance = evaluate_columns(matrices, same_type(*t)?)?;
        Ok((
            same_type(instance.a)?,
            same_type(instance.b)?,
            same_type(instance.c)?,
            same_type(instance.vanishing)?,
            num_variables(matrices) - 1,
            instance.domain_size,
        ))
    }

    /// Returns the quotient that the caller computed with [`quotient`]: the only row of the only matrix.
    fn witness_map_from_matrices<F: PrimeField, D: EvaluationDomain<F>>(
        matrices: &[Matrix<F>],
        _num_inputs: usize,
        _num_constraints: usize,
        _full_assignment: &[F],
    ) -> SynthesisResult<Vec<F>> {
        let row = matrices
            .first()
            .and_then(|matrix| matrix.first())
            .ok_or(SynthesisError::AssignmentMissing)?;
        Ok(row.iter().map(|(value, _)| *value).collect())
    }

    fn h_query_scalars<F: PrimeField, D: EvaluationDomain<F>>(
        max_power: usize,
        t: F,
        zt: F,
        delta_inverse: F,
    ) -> SynthesisResult<Vec<F>> {
        LibsnarkReduction::h_query_scalars::<F, D>(max_power, t, zt, delta_inverse)
    }
}

/// The value as the same type under another name: the trait is generic over fields, the matrices are over one.
fn same_type<A: 'static, B: 'static>(value: A) -> SynthesisResult<B> {
    let any: Box<dyn Any> = Box::new(value);
    let value = any.downcast().map_err(|_| SynthesisError::MissingCS)?;
    Ok(*value)
}

/// The column polynomials at the setup's secret point.
struct Instance {
    a: Vec<Fr>,
    b: Vec<Fr>,
    c: Vec<Fr>,
    vanishing: Fr,
    domain_size: usize,
}

fn evaluate_columns(matrices: &Matrices, t: Fr) -> SynthesisResult<Instance> {
    let num_constraints = matrices.num_constraints();
    let domain = domain_of(matrices)?;
    let vanishing = domain.evaluate_vanishing_polynomial(t);
    if vanishing.is_zero() {
        return Err(SynthesisError::Unsatisfiable);
    }
    let lagrange = domain.evaluate_all_lagrange_coefficients(t);
    let evaluate = |matrix| {
        let mut column_sums = vec![Fr::ZERO; num_variables(matrices)];
        for (row, weight) in lagrange.iter().enumerate().take(num_constraints) {
            for (coefficient, column) in matrices.row(matrix, row) {
                column_sums[column] += *weight * coefficient;
            }
        }
        column_sums
    };
    let ((mut a, b), c) = rayon::join(
        || rayon::join(|| evaluate(&matrices.a), || evaluate(&matrices.b)),
        || evaluate(&matrices.c),
    );
    // One extra row per public input keeps the inputs' polynomials linearly independent (libsnark).
    for (input, sum) in a.iter_mut().enumerate().take(matrices.num_inputs) {
        *sum += lagrange[num_constraints + input];
    }
    let domain_size = domain.size();
    Ok(Instance {
        a,
        b,
        c,
        vanishing,
        domain_size,
    })
}

fn num_variables(matrices: &Matrices) -> usize {
    matrices.num_inputs + matrices.num_witness
}

fn domain_of(matrices: &Matrices) -> SynthesisResult<Radix2EvaluationDomain<Fr>> {
    Radix2EvaluationDomain::new(matrices.num_constraints() + matrices.num_inputs)
        .ok_or(SynthesisError::PolynomialDegreeTooLarge)
}

/// The inner product of one row with an assignment.
fn evaluate_row(matrices: &Matrices, matrix: &SparseMatrix, row: usize, z: &[Fr]) -> Fr {
    let mut sum = Fr::ZERO;
    for (coefficient, column) in matrices.row(matrix, row) {
        let value = z[column];
        // Most variables are bits and many coefficients are one: both skip a multiplication.
        if value.is_zero() {
            continue;
        } else if value.is_one() {
            sum += coefficient;
        } else if coefficient.is_one() {
            sum += value;
        } else {
            sum += value * coefficient;
        }
    }
    sum
}

/// Why no quotient exists.
#[derive(Debug)]
pub(super) enum QuotientError {
    /// The assignment breaks this constraint.
    Unsatisfied { row: usize },
    /// The constraint system is larger than the field's two-adic subgroup.
    TooLarge,
}

/// The coefficients of `(A·B − C) / Z` for a full assignment, as many as the domain has points.
pub(super) fn quotient(
    path: Path,
    matrices: &Matrices,
    z: &[Fr],
) -> Result<Vec<Fr>, QuotientError> {
    let num_constraints = matrices.num_constraints();
    let size = domain_of(matrices)
        .map_err(|_| QuotientError::TooLarge)?
        .size();
    let evaluate = |matrix| {
        let mut values = vec![Fr::ZERO; size];
        values[..num_constraints]
            .par_iter_mut()
            .enumerate()
            .for_each(|(row, value)| *value = evaluate_row(matrices, matrix, row, z));
        values
    };
    let mut a = evaluate(&matrices.a);
    let b = evaluate(&matrices.b);
    let c = evaluate(&matrices.c);
    let broken = (0..num_constraints)
        .into_par_iter()
        .find_first(|&row| a[row] * b[row] != c[row]);
    if let Some(row) = broken {
        return Err(QuotientError::Unsatisfied { row });
    }
    // In the rows of the inputs b and c are zero: the product holds there too.
    a[num_constraints..][..matrices.num_inputs].copy_from_slice(&z[..matrices.num_inputs]);
    Ok(fft::quotient(path, a, b, c))
}
