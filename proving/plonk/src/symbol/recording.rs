//! The recording that symbols write to: one a thread.

use std::cell::RefCell;

use assay_kernels::goldilocks::program::{ProgramBuilder, Value};

use super::Symbol;

thread_local! {
    static CURRENT: RefCell<ProgramBuilder> = RefCell::default();
}

/// Runs something that computes with symbols, and returns the recording with its result.
pub(crate) fn record<R>(recording: impl FnOnce() -> R) -> (ProgramBuilder, R) {
    let outer = CURRENT.take();
    let result = recording();
    (CURRENT.replace(outer), result)
}

impl Symbol {
    /// Returns input `index` of the recording.
    pub(crate) fn input(index: usize) -> Self {
        let index = u32::try_from(index).expect("inputs are fewer than 2^32");
        Self::emit(|builder| builder.input(index))
    }

    /// Returns parameter `index` of the recording.
    pub(crate) fn parameter(index: usize) -> Self {
        let index = u32::try_from(index).expect("parameters are fewer than 2^32");
        Self::emit(|builder| builder.parameter(index))
    }

    /// Records an operation.
    pub(super) fn emit(operation: impl FnOnce(&mut ProgramBuilder) -> Value) -> Self {
        Self::Recorded(CURRENT.with_borrow_mut(operation))
    }

    /// Returns the symbol as a value of a recording.
    pub(crate) fn in_builder(self, builder: &mut ProgramBuilder) -> Value {
        match self {
            Self::Constant(word) => builder.constant(word),
            Self::Recorded(value) => value,
        }
    }
}
