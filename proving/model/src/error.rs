//! What is refused, and why.

use thiserror::Error;

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
    /// A layer does not take what the layer before it gives.
    #[error("layer {layer} takes {got} lanes, but {expected} reach it")]
    LayerMismatch {
        /// The layer.
        layer: usize,
        /// Lanes that reach it.
        expected: usize,
        /// Lanes it takes.
        got: usize,
    },
    /// A layer's worst case does not fit the accumulator.
    #[error("layer {layer} can accumulate {bound}, the limit is {limit}")]
    AccumulatorTooWide {
        /// The layer.
        layer: usize,
        /// The accumulator's limit.
        limit: i64,
        /// The worst case.
        bound: u128,
    },
    /// ArgMax gives a class and not lanes.
    #[error("layer {layer} is an ArgMax, which can only be the last layer")]
    ArgMaxNotLast {
        /// The layer.
        layer: usize,
    },
    /// Data of the wrong size.
    #[error("layer {layer} has {got} {part}, expected {expected}")]
    WrongLength {
        /// The layer.
        layer: usize,
        /// Which data.
        part: &'static str,
        /// How many the shape asks for.
        expected: usize,
        /// How many there are.
        got: usize,
    },
    /// A number outside its width.
    #[error("layer {layer} has {got} among its {part}, expected {min} to {max}")]
    OutOfRange {
        /// The layer.
        layer: usize,
        /// Which data.
        part: &'static str,
        /// The smallest value allowed.
        min: i64,
        /// The largest value allowed.
        max: i64,
        /// The value found.
        got: i64,
    },
    /// A number that its integer type cannot hold.
    #[error("layer {layer} has {got} among its {part}, which their lanes cannot hold")]
    DoesNotFit {
        /// The layer.
        layer: usize,
        /// Which data.
        part: &'static str,
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
