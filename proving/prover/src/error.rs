//! What can go wrong on the way to a seal.

use assay_circuit::CircuitError;
use assay_statement::{Digest, StatementError};
use assay_wrap::groth16::{KeyError, ProveError};
use assay_wrap::layers::LayerError;
use assay_wrap::r1cs::verifier::AssignError;

/// Why there is no proof.
#[derive(Debug, thiserror::Error)]
pub enum ProverError {
    /// The circuit cannot be built, or the job does not fit it.
    #[error(transparent)]
    Circuit(#[from] CircuitError),
    /// A Plonky2 layer failed.
    #[error(transparent)]
    Layer(#[from] LayerError),
    /// The Groth16 keys are not to be had.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The outer proof does not fit the constraint system.
    #[error(transparent)]
    Assign(#[from] AssignError),
    /// Groth16 failed.
    #[error(transparent)]
    Groth16(#[from] ProveError),
    /// What was proved is not a statement: a defect of this stack.
    #[error("the outer proof exposes no statement: {0}")]
    Statement(#[from] StatementError),
    /// A card's circuits are too large together.
    #[error("too many rows of all circuits of a card: {got}, the limit is {limit}")]
    TooManyRows {
        /// The most rows allowed.
        limit: usize,
        /// Those of the circuits built so far, and of one more.
        got: usize,
    },
    /// A kept proof cannot be read.
    #[error("the kept proof is unreadable or of another circuit")]
    KeptProof,
    /// The proof is one of another circuit.
    #[error("the proof is for circuit {got}, expected {expected}")]
    OtherCircuit {
        /// The circuit of this prover.
        expected: Digest,
        /// The circuit in the statement.
        got: Digest,
    },
}
