//! Making a proof from keys and an assignment (Groth 2016, section 3.2).

use ark_bn254::{Bn254, Fr};
use ark_ec::CurveGroup;
use ark_ff::{Field, PrimeField};
use ark_groth16::Proof;
use assay_kernels::Path;
use assay_kernels::bn254::msm::{Scalars, Sum, sums};
use rand::RngCore;
use rand::rngs::OsRng;

use super::keys::Keys;
use super::proving_key::ProvingKey;
use super::reduction::{QuotientError, quotient};
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
    /// The proving key is of other matrices.
    #[error(
        "the list {list} of the proving key has {got} points, the constraint system needs {expected}"
    )]
    OtherKey {
        /// The list.
        list: &'static str,
        /// How many points the constraint system needs.
        expected: usize,
        /// How many there are.
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
    let blinding = Blinding::random()?;
    let proof = prove_on(Path::current(), keys, assignment, &blinding)?;
    let seal = Seal::try_from(proof)?;
    let inputs = &assignment[1..matrices.num_inputs];
    verify_seal(keys.verifying_key(), inputs, &seal).map_err(ProveError::SelfCheck)?;
    Ok(seal)
}

/// What hides the witness.
pub(super) struct Blinding {
    pub(super) r: Fr,
    pub(super) s: Fr,
}

impl Blinding {
    fn random() -> Result<Self, rand::Error> {
        Ok(Self {
            r: random_scalar()?,
            s: random_scalar()?,
        })
    }
}

/// A uniform scalar: 512 random bits make the bias of the reduction negligible.
fn random_scalar() -> Result<Fr, rand::Error> {
    let mut bytes = [0u8; 64];
    OsRng.try_fill_bytes(&mut bytes)?;
    Ok(Fr::from_le_bytes_mod_order(&bytes))
}

/// Checks the assignment and makes the proof that these blinding factors give.
pub(super) fn prove_on(
    path: Path,
    keys: &Keys,
    assignment: &[Fr],
    blinding: &Blinding,
) -> Result<Proof<Bn254>, ProveError> {
    let matrices = keys.matrices();
    if let Some((list, got, expected)) = keys.proving_key().misfit(matrices) {
        return Err(ProveError::OtherKey {
            list,
            expected,
            got,
        });
    }
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
    let mut h = quotient(path, matrices, assignment).map_err(|error| match error {
        QuotientError::Unsatisfied { row } => ProveError::Unsatisfied { row },
        QuotientError::TooLarge => ProveError::TooLarge,
    })?;
    // The quotient's degree is two below the domain's size: the last coefficient is zero and has no point.
    h.truncate(keys.proving_key().h.len());
    Ok(assemble(path, keys.proving_key(), assignment, &h, blinding))
}

/// `A = alpha + Σ zᵢ·Aᵢ + r·delta`, `B = beta + Σ zᵢ·Bᵢ + s·delta`,
/// `C = Σ zᵢ·Lᵢ + Σ hᵢ·Hᵢ + s·A + r·B - r·s·delta`.
fn assemble(
    path: Path,
    pk: &ProvingKey,
    assignment: &[Fr],
    h: &[Fr],
    &Blinding { r, s }: &Blinding,
) -> Proof<Bn254> {
    let (z, h) = (Scalars::new(assignment), Scalars::new(h));
    let of_z = |bases| Sum { bases, scalars: &z };
    let of_h = Sum {
        bases: &pk.h[..],
        scalars: &h,
    };
    let of_z_g2 = Sum {
        bases: &pk.b_g2[..],
        scalars: &z,
    };
    let g1 = [of_h, of_z(&pk.a[..]), of_z(&pk.b_g1), of_z(&pk.l)];
    let ([h, a, b_g1, l], [b_g2]) = sums(path, g1, [of_z_g2]);

    let a = a + pk.vk.alpha_g1 + pk.delta_g1 * r;
    let b_g1 = b_g1 + pk.beta_g1 + pk.delta_g1 * s;
    let b_g2 = b_g2 + pk.vk.beta_g2 + pk.vk.delta_g2 * s;
    let c = l + h + a * s + b_g1 * r - pk.delta_g1 * (r * s);
    Proof {
        a: a.into_affine(),
        b: b_g2.into_affine(),
        c: c.into_affine(),
    }
}
