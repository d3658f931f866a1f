//! A field element that writes down what is done with it.
//!
//! Plonky2's gates are generic over the field. Evaluated once over [`Symbol`], a gate leaves its constraints on a
//! [`Tape`] as straight-line code, which can then be run at many points at once. So no formula of a gate is stated a
//! second time.

mod field;
mod ops;
mod poseidon;
mod tape;

pub use tape::{Op, Tape};

use plonky2::field::types::{Field, PrimeField64};
use serde::{Deserialize, Serialize};

use crate::field::F;

/// A constant, or the result of an operation on the tape of this thread.
///
/// Arithmetic between constants is done at once. `==` compares where values come from, not the values: two equal
/// symbols have equal values; two others may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Symbol {
    /// A field element in canonical form.
    Constant(u64),
    /// Result of the operation with this number.
    Node(u32),
}

impl Symbol {
    /// Returns the symbol of a value.
    pub fn constant(value: F) -> Self {
        Self::Constant(value.to_canonical_u64())
    }

    /// Returns the value, if it is known while recording.
    pub fn value(self) -> Option<F> {
        match self {
            Self::Constant(word) => Some(F::from_canonical_u64(word)),
            Self::Node(_) => None,
        }
    }
}

#[cfg(test)]
mod tests;
