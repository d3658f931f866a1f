//! What can be wrong with bytes or words that claim to be part of a statement.

use thiserror::Error;

/// Refusal of an encoding.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StatementError {
    /// A limb of a digest is not a canonical field element.
    #[error("limb {limb} of the digest is {got:#018x}: expected less than the Goldilocks modulus")]
    NonCanonicalLimb {
        /// Index of the limb, 0 the least significant.
        limb: usize,
        /// The value found.
        got: u64,
    },
    /// A word of a statement is not a canonical field element.
    #[error("statement word {word} is {got:#018x}: expected less than the Goldilocks modulus")]
    NonCanonicalWord {
        /// Position of the word.
        word: usize,
        /// The value found.
        got: u64,
    },
    /// The header names another version of the statement.
    #[error("statement version: expected {expected}, got {got}")]
    UnknownVersion {
        /// The version this code knows.
        expected: u8,
        /// The version found.
        got: u8,
    },
    /// The header names no known kind.
    #[error("statement kind: expected 1, 2 or 3, got {got}")]
    UnknownKind {
        /// The kind found.
        got: u64,
    },
    /// The header has bits that mean nothing.
    #[error("header {got:#x} has unknown bits")]
    UnknownHeaderBits {
        /// The header word found.
        got: u64,
    },
    /// A private output shows something in the public result.
    #[error("result word {word} of a private output: expected 0, got {got}")]
    ResultOfPrivateOutput {
        /// Index of the result word.
        word: usize,
        /// The value found.
        got: u64,
    },
    /// A Groth16 input is not three packed words.
    #[error("groth16 input {input} does not fit in 192 bits")]
    InputTooWide {
        /// Index of the input.
        input: usize,
    },
    /// A text is not 32 bytes of hexadecimal digits.
    #[error("expected 32 bytes as 0x and 64 hexadecimal digits, got {got:?}")]
    NotBytes32 {
        /// The beginning of the text found.
        got: String,
    },
    /// A value does not fit in its lane.
    #[error("lane {index} is {got}: expected {min} to {max}")]
    LaneOutOfRange {
        /// Index of the value.
        index: usize,
        /// The value found.
        got: i64,
        /// Smallest value of the lane type.
        min: i64,
        /// Largest value of the lane type.
        max: i64,
    },
    /// Packed elements have the wrong count, or bits beyond their lanes.
    #[error("packed element {element} does not hold the lanes it should")]
    BadPacking {
        /// Index of the element.
        element: usize,
    },
    /// Bytes are no whole number of lanes.
    #[error("expected lanes of {width} bytes, got {got} bytes in all")]
    PartialLane {
        /// Bytes of a lane.
        width: usize,
        /// Bytes found.
        got: usize,
    },
}
