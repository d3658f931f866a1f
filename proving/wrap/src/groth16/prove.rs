//! Making a proof from keys and an assignment.

use ark_bn254::{Bn254, Fr};
use ark_ff::{Field, PrimeField};
use ark_groth16::Groth16;
use rand::RngCore;
use rand::rngs::OsRng;

use super::keys::Keys;
use super::reduction::{CompactReduction, QuotientError, quotient};
use super::seal::{Seal, SealError};
use super::verify::{VerifyError, verify_seal};

/// Why no proof was made.
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
    /// The assignment does not fit the matrices.
    #[error("the constraint system has {expected} variables, got values for {got}")]
    AssignmentLength {
        /// The number of variables.
        expected: usize,
        /// The number of values.
        got: usize,
    },
    /// The first variable is the constant one.
    #[error("the first value of an assignment is the constant one")]
    FirstValueNotOne,
    /// The assignment breaks a constraint.
    #[error("constraint {row} is not satisfied")]
    Unsatisfied {
        /// The number of the first broken constraint.
        row: usize,
    },
    /// The constraint system is too large for the field.
    #[error("the constraint system has more constraints than the field's domain")]
    TooLarge,
    /// The operating system's generator failed; a proof without fresh randomness would leak the witness.
    #[error("the operating system's random generator failed: {0}")]
    Randomness(#[from] rand::Error),
    /// `ark-groth16` failed.
    #[error("proof generation failed: {0}")]
    Synthesis(#[from] ark_relations::gr1cs::SynthesisError),
    /// The proof has a point at infinity.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The finished proof does not verify: the keys belong to other matrices, or memory failed.
    #[error("the finished proof was refused by its own verifier: {0}")]
    SelfCheck(#[source] VerifyError),
}

/// Proves a full assignment `(1, public inputs, witness)` and verifies the proof before returning it.
///
/// The blinding factors come from the operating system's generator, afresh for every proof.
pub fn prove(keys: &Keys, assignment: &[Fr]) -> Result<Seal, ProveError> {
    let matrices = keys.matrices();
    let expected = matrices.num_inputs + matrices.num_witness;
    if assignment.len() != expected {
        return Err(ProveError::AssignmentLength {
            expected,
            got: assignment.len(),
        });
    }
    if assignment[0] != Fr::ONE {
        return Err(ProveError::FirstValueNotOne);
    }
    let h = quotient(matrices, assignment).map_err(|error| match error {
        QuotientError::Unsatisfied { row } => ProveError::Unsatisfied { row },
        QuotientError::TooLarge => ProveError::TooLarge,
    })?;
    let quotient_row = vec![vec![h.into_iter().map(|value| (value, 0)).collect()]];
    let proof = Groth16::<Bn254, CompactReduction>::create_proof_with_reduction_and_matrices(
        keys.proving_key(),
        random_scalar()?,
        random_scalar()?,
        &quotient_row,
        matrices.num_inputs,
        matrices.num_constraints(),
        assignment,
    )?;
    let seal = Seal::try_from(proof)?;
    let inputs = &assignment[1..matrices.num_inputs];
    verify_seal(keys.verifying_key(), inputs, &seal).map_err(ProveError::SelfCheck)?;
    Ok(seal)
}

/// A uniform scalar: 512 random bits make the bias of the reduction negligible.
fn random_scalar() -> Result<Fr, rand::Error> {
    let mut bytes = [0u8; 64];
    OsRng.try_fill_bytes(&mut bytes)?;
    Ok(Fr::from_le_bytes_mod_order(&bytes))
}
