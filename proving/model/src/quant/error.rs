//! Why a float model could not be quantized.

use thiserror::Error;

use crate::{ImportError, ModelError};

/// A float model or its calibration data was refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum QuantizeError {
    /// The float runtime refused the model or a sample.
    #[error(transparent)]
    Float(#[from] ImportError),
    /// An operator in a place where no integer operator can take it in.
    #[error("node `{node}` cannot be quantized: {reason}")]
    CannotFuse {
        /// The node.
        node: String,
        /// What would be right.
        reason: &'static str,
    },
    /// No calibration data, or too much.
    #[error("{got} calibration samples, expected 1 to {limit}")]
    SampleCount {
        /// The most samples allowed.
        limit: usize,
        /// How many were given.
        got: usize,
    },
    /// A calibration sample that is not an input of the model.
    #[error("calibration sample {sample}: {reason}")]
    BadSample {
        /// Index of the sample.
        sample: usize,
        /// What is wrong.
        reason: String,
    },
    /// Numbers too large or too small for any scale.
    #[error("node `{node}`: {reason}")]
    Range {
        /// The node.
        node: String,
        /// What is wrong.
        reason: String,
    },
    /// The quantized model breaks a limit.
    #[error(transparent)]
    Model(#[from] ModelError),
}
