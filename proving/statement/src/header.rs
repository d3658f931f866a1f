//! The first word of a statement: what kind of claim it is and what it hides.

use serde::{Deserialize, Serialize};

use crate::StatementError;

/// The version of the statement that this crate encodes.
pub const VERSION: u8 = 1;

const KIND_SHIFT: u32 = 8;
const INPUT_PRIVATE: u64 = 1 << 16;
const WEIGHTS_PRIVATE: u64 = 1 << 17;
const OUTPUT_PRIVATE: u64 = 1 << 18;
const KNOWN_BITS: u64 = 0xffff | INPUT_PRIVATE | WEIGHTS_PRIVATE | OUTPUT_PRIVATE;

/// What a statement claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The output of one model on one input.
    Inference = 1,
    /// The score of a model on a data set.
    Accuracy = 2,
    /// The encryption of a model's weights to a buyer.
    WeightDelivery = 3,
}

impl Kind {
    /// Returns the kind's number, as headers and contexts carry it.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }
}

impl TryFrom<u64> for Kind {
    type Error = StatementError;

    fn try_from(number: u64) -> Result<Self, Self::Error> {
        match number {
            1 => Ok(Self::Inference),
            2 => Ok(Self::Accuracy),
            3 => Ok(Self::WeightDelivery),
            got => Err(StatementError::UnknownKind { got }),
        }
    }
}

impl TryFrom<u8> for Kind {
    type Error = StatementError;

    fn try_from(number: u8) -> Result<Self, Self::Error> {
        Self::try_from(u64::from(number))
    }
}

/// Whether a commitment's opening is published (salt zero) or kept (salted).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Privacy {
    /// Anyone may open the commitment: its salt is zero.
    Public,
    /// The commitment is salted.
    Private,
}

impl Privacy {
    /// Returns true for [`Privacy::Private`].
    #[must_use]
    pub const fn is_private(self) -> bool {
        matches!(self, Self::Private)
    }

    const fn from_bit(set: bool) -> Self {
        if set { Self::Private } else { Self::Public }
    }
}

/// The header of a statement: a constant of each circuit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Header {
    /// What is claimed.
    pub kind: Kind,
    /// Privacy of the input.
    pub input: Privacy,
    /// Privacy of the weights.
    pub weights: Privacy,
    /// Privacy of the output.
    pub output: Privacy,
}

impl Header {
    /// Returns the header of an inference with the given privacies.
    #[must_use]
    pub const fn inference(input: Privacy, weights: Privacy, output: Privacy) -> Self {
        Self {
            kind: Kind::Inference,
            input,
            weights,
            output,
        }
    }

    /// Returns version | kind << 8 | private input << 16 | private weights << 17 | private output << 18.
    #[must_use]
    pub fn to_word(self) -> u64 {
        let flag = |privacy: Privacy, bit: u64| if privacy.is_private() { bit } else { 0 };
        u64::from(VERSION)
            | u64::from(self.kind.number()) << KIND_SHIFT
            | flag(self.input, INPUT_PRIVATE)
            | flag(self.weights, WEIGHTS_PRIVATE)
            | flag(self.output, OUTPUT_PRIVATE)
    }

    /// Reads a header word; refuses other versions, unknown kinds and unknown bits.
    pub fn from_word(word: u64) -> Result<Self, StatementError> {
        let [version, kind, ..] = word.to_le_bytes();
        if version != VERSION {
            return Err(StatementError::UnknownVersion {
                expected: VERSION,
                got: version,
            });
        }
        if word & !KNOWN_BITS != 0 {
            return Err(StatementError::UnknownHeaderBits { got: word });
        }
        Ok(Self {
            kind: Kind::try_from(u64::from(kind))?,
            input: Privacy::from_bit(word & INPUT_PRIVATE != 0),
            weights: Privacy::from_bit(word & WEIGHTS_PRIVATE != 0),
            output: Privacy::from_bit(word & OUTPUT_PRIVATE != 0),
        })
    }
}
