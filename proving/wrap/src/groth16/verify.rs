//! Verification with the verifying key alone.

use ark_bn254::{Bn254, Fr};
use ark_ff::{BigInt, PrimeField};
use ark_groth16::Groth16;
use assay_statement::U256Words;

use super::seal::{Seal, SealError};
use super::verifying_key::VerifyingKey;

/// Why a proof was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// The bytes are not a well-formed proof.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The number of inputs does not fit the verifying key.
    #[error("the verifying key takes {expected} public inputs, got {got}")]
    InputCount {
        /// The number the key takes.
        expected: usize,
        /// The number given.
        got: usize,
    },
    /// An input is not reduced modulo the scalar field's order.
    #[error("public input {index} is not below the field order")]
    InputNotInField {
        /// The position of the input.
        index: usize,
    },
    /// The pairing equation does not hold.
    #[error("the proof does not verify for these public inputs")]
    Rejected,
}

/// Checks that `seal` proves the statement with these public inputs.
pub fn verify(vk: &VerifyingKey, inputs: &[U256Words], seal: &[u8]) -> Result<(), VerifyError> {
    let seal = Seal::from_bytes(seal)?;
    verify_seal(vk, &field_inputs(vk, inputs)?, &seal)
}

/// Checks a parsed seal against parsed inputs.
pub(super) fn verify_seal(
    vk: &VerifyingKey,
    inputs: &[Fr],
    seal: &Seal,
) -> Result<(), VerifyError> {
    if inputs.len() != vk.num_public_inputs() {
        return Err(VerifyError::InputCount {
            expected: vk.num_public_inputs(),
            got: inputs.len(),
        });
    }
    match Groth16::<Bn254>::verify_proof(vk.prepared(), seal.proof(), inputs) {
        Ok(true) => Ok(()),
        Ok(false) | Err(_) => Err(VerifyError::Rejected),
    }
}

/// The inputs as field elements: rejected, never reduced, when one is out of range.
fn field_inputs(vk: &VerifyingKey, inputs: &[U256Words]) -> Result<Vec<Fr>, VerifyError> {
    if inputs.len() != vk.num_public_inputs() {
        return Err(VerifyError::InputCount {
            expected: vk.num_public_inputs(),
            got: inputs.len(),
        });
    }
    inputs
        .iter()
        .enumerate()
        .map(|(index, input)| {
            Fr::from_bigint(BigInt(input.0)).ok_or(VerifyError::InputNotInField { index })
        })
        .collect()
}
