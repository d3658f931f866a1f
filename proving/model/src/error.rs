//! What is refused, and why.

use thiserror::Error;

use crate::quant::sections::Part;

/// A quantized model, its file or an input was refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ModelError {
    /// The integer semantics are of another version.
    #[error("model format {got} is not known, expected {expected}")]
    UnknownFormat {
        /// The known version.
        expected: u32,
        /// The version found.
        got: u32,
    },
    /// Something is larger than its limit.
    #[error("too many {what}: {got}, the limit is {limit}")]
    OverLimit {
        /// What was counted.
        what: &'static str,
        /// The largest count allowed.
        limit: usize,
        /// The count found.
        got: usize,
    },
    /// Something must not be empty.
    #[error("no {what}: at least one is needed")]
    Empty {
        /// What is missing.
        what: &'static str,
    },
    /// The model's input cannot be.
    #[error("model input: {reason}")]
    BadInput {
        /// What is wrong.
        reason: String,
    },
    /// The model's output cannot be.
    #[error("model output {reason}")]
    BadOutput {
        /// What is wrong.
        reason: String,
    },
    /// An operator does not fit what it reads.
    #[error("node {node} ({op}): {reason}")]
    BadNode {
        /// The node.
        node: usize,
        /// Its operator.
        op: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// A node's worst case does not fit the accumulator.
    #[error("node {node} can accumulate {bound}, the limit is {limit}")]
    AccumulatorTooWide {
        /// The node.
        node: usize,
        /// The accumulator's limit.
        limit: i64,
        /// The worst case.
        bound: u128,
    },
    /// A class is not a lane to compute with.
    #[error("node {node} gives a class, which can only be the output")]
    ArgMaxNotLast {
        /// The node.
        node: usize,
    },
    /// A result that nobody needs.
    #[error("node {node} has a result that no node reads and that is not the output")]
    Unread {
        /// The node.
        node: usize,
    },
    /// Data for another number of nodes.
    #[error("data of {got} nodes, expected {expected}")]
    WrongNodeCount {
        /// Nodes of the architecture.
        expected: usize,
        /// Nodes that there are data of.
        got: usize,
    },
    /// Data that are not the operator's parts in their order.
    #[error("the data of node {node} are not the parts of its operator")]
    WrongParts {
        /// The node.
        node: usize,
    },
    /// Data of the wrong size.
    #[error("node {node} has {got} values of {part}, expected {expected}")]
    WrongLength {
        /// The node.
        node: usize,
        /// Which data.
        part: Part,
        /// How many the shape asks for.
        expected: usize,
        /// How many there are.
        got: usize,
    },
    /// A number outside its width.
    #[error("node {node} has {got} among its {part}, expected {min} to {max}")]
    OutOfRange {
        /// The node.
        node: usize,
        /// Which data.
        part: Part,
        /// The smallest value allowed.
        min: i32,
        /// The largest value allowed.
        max: i32,
        /// The value found.
        got: i64,
    },
    /// A scale that is not a positive number of 32 significant bits.
    #[error("scale {got} is not a positive number in range")]
    BadScale {
        /// The number found.
        got: String,
    },
    /// An input of the wrong length.
    #[error("input has {got} lanes, the model takes {expected}")]
    WrongInputLength {
        /// Lanes the model takes.
        expected: usize,
        /// Lanes given.
        got: usize,
    },
    /// An input with a number that is none of its lanes, or none of the model's symbols.
    #[error("input lane {index} is {got}, expected {min} to {max}")]
    InputOutOfRange {
        /// Which lane.
        index: usize,
        /// The smallest value allowed.
        min: i64,
        /// The largest value allowed.
        max: i64,
        /// The value given.
        got: i32,
    },
    /// A model file that is damaged or not a model file.
    #[error("not a valid model file: {reason}")]
    BadFile {
        /// What is wrong.
        reason: String,
    },
    /// A model card that is damaged or contradicts itself.
    #[error("not a valid model card: {reason}")]
    BadCard {
        /// What is wrong.
        reason: String,
    },
}

/// Bytes of a reason: what is wrong may be as long as the file that has it.
const MAX_REASON_BYTES: usize = 400;

impl ModelError {
    /// Returns the refusal of an operator.
    pub(crate) fn bad_node(node: usize, op: &'static str, reason: String) -> Self {
        Self::BadNode {
            node,
            op,
            reason: brief(reason),
        }
    }
}

/// Returns a reason that is short enough to be read.
pub(crate) fn brief(mut reason: String) -> String {
    if reason.len() > MAX_REASON_BYTES {
        reason.truncate(reason.floor_char_boundary(MAX_REASON_BYTES));
        reason.push_str("...");
    }
    reason
}
