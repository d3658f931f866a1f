//! What can go wrong between a job and its proof.

use assay_model::ModelError;
use assay_statement::StatementError;
use thiserror::Error;

/// Refusal to build, run or prove.
#[derive(Debug, Error)]
pub enum CircuitError {
    /// The model or the shape is invalid.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A word of the statement is invalid.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// The kind of statement is not one that a model circuit makes.
    #[error("a model circuit proves inferences, got a header of kind {got}")]
    WrongKind {
        /// Number of the kind found.
        got: u8,
    },
    /// The job's model has another shape than the circuit.
    #[error("the model's architecture is not the circuit's")]
    OtherArchitecture,
    /// A public value came with a salt.
    #[error("the {part} is public: its salt must be zero")]
    SaltedPublicValue {
        /// The value: model, input or output.
        part: &'static str,
    },
    /// A private value came without a salt.
    #[error("the {part} is private: its salt must not be zero")]
    UnsaltedPrivateValue {
        /// The value: model, input or output.
        part: &'static str,
    },
    /// The shape needs more rows than a circuit may have.
    #[error("too many rows: more than the limit of 2^{limit}, reached at {}", place(*.node))]
    TooLarge {
        /// Largest log2 of rows.
        limit: usize,
        /// The node whose rows, added to those before, were too many; none for what belongs to the whole circuit.
        node: Option<usize>,
    },
    /// The shape needs more kinds of gates than a circuit may have.
    #[error("too many kinds of gates: more than the limit of {limit}, reached at {}", place(*.node))]
    TooManyGates {
        /// Most kinds of custom gates.
        limit: usize,
        /// The node that brought one too many; none for what belongs to the whole circuit.
        node: Option<usize>,
    },
    /// Witness and evaluator disagree: a defect of this crate.
    #[error("public word {word} of the circuit is {got}, the evaluator says {expected}")]
    NotBitExact {
        /// Position of the word.
        word: usize,
        /// What the evaluator says.
        expected: u64,
        /// What the circuit's witness says.
        got: u64,
    },
    /// The proof system refused.
    #[error("plonky2 refused: {0}")]
    Plonky2(String),
}

fn place(node: Option<usize>) -> String {
    node.map_or_else(
        || "the commitments".to_owned(),
        |node| format!("node {node}"),
    )
}

impl CircuitError {
    pub(crate) fn plonky2(error: &anyhow::Error) -> Self {
        Self::Plonky2(error.to_string())
    }
}
