//! A field element that writes down what is done with it.
//!
//! Plonky2's gates are generic over the field. Evaluated once over [`Symbol`], a gate leaves its constraints in a
//! recording as straight-line code, which can then be run at many points at once. So no formula of a gate is stated a
//! second time.

mod field;
mod ops;
mod poseidon;
mod recording;

pub(crate) use recording::record;

use assay_kernels::goldilocks::program::Value;
use plonky2::field::types::{Field, PrimeField64};

use crate::field::F;

/// A constant, or the result of an operation of this thread's recording.
///
/// Arithmetic between constants is done at once. `==` compares where values come from, not the values: two equal
/// symbols have equal values; two others may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Symbol {
    /// A field element in canonical form.
    Constant(u64),
    /// Something that is known only when the recording is run.
    Recorded(Value),
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
            Self::Recorded(_) => None,
        }
    }
}

#[cfg(test)]
mod tests;
