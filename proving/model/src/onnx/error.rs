//! Why an ONNX file was refused.

use thiserror::Error;

/// An ONNX file was refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ImportError {
    /// Something is larger than its limit.
    #[error("{what}: {got}, the limit is {limit}")]
    OverLimit {
        /// What was counted.
        what: &'static str,
        /// The largest count allowed.
        limit: usize,
        /// The count found.
        got: usize,
    },
    /// The bytes are no protobuf message of an ONNX model.
    #[error("not an ONNX file: {reason}")]
    NotOnnx {
        /// What is wrong.
        reason: String,
    },
    /// A part of ONNX that no supported model needs.
    #[error("the model uses {what}, which is not supported; {advice}")]
    UnsupportedFeature {
        /// The feature.
        what: String,
        /// What to do instead.
        advice: &'static str,
    },
    /// An operator that is not supported.
    #[error(
        "node `{node}` uses operator {operator}, which is not supported (supported: {supported}); {advice}"
    )]
    UnsupportedOperator {
        /// The node.
        node: String,
        /// Its operator.
        operator: String,
        /// The operators that are.
        supported: &'static str,
        /// What to do instead.
        advice: &'static str,
    },
    /// A supported operator used in a way that is not.
    #[error("node `{node}` ({operator}): {reason}")]
    BadNode {
        /// The node.
        node: String,
        /// Its operator.
        operator: String,
        /// What is wrong and what would be right.
        reason: String,
    },
    /// A constant tensor that cannot be read.
    #[error("tensor `{tensor}`: {reason}")]
    BadTensor {
        /// The tensor.
        tensor: String,
        /// What is wrong and what would be right.
        reason: String,
    },
    /// The graph's inputs, outputs or wiring.
    #[error("graph: {reason}")]
    BadGraph {
        /// What is wrong and what would be right.
        reason: String,
    },
    /// The float runtime refused a graph that passed every other check.
    #[error("the float runtime refused the model: {reason}")]
    Runtime {
        /// What it said.
        reason: String,
    },
}
