//! Sums of values and of their squares.

use super::formula::{Algebra, Formula, ROUTED_WIRES};
use crate::field::F;

/// Adds 76 values and their squares to two sums.
///
/// # Constraints
/// `sum' = sum + Σ x`, `squares' = squares + Σ x²`.
///
/// # Assumes
/// Nothing: the relations are ones of field elements.
///
/// # Costs
/// One row for 76 values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moments;

impl Moments {
    /// Values of a row.
    pub const VALUES: usize = ROUTED_WIRES - Self::value(0);

    /// Wire of the sum before.
    pub const SUM_BEFORE: usize = 0;
    /// Wire of the sum of squares before.
    pub const SQUARES_BEFORE: usize = 1;
    /// Wire of the sum after.
    pub const SUM_AFTER: usize = 2;
    /// Wire of the sum of squares after.
    pub const SQUARES_AFTER: usize = 3;

    /// Returns the wire of a value.
    #[must_use]
    pub const fn value(index: usize) -> usize {
        4 + index
    }
}

impl Formula for Moments {
    fn routed(&self) -> usize {
        Self::value(Self::VALUES)
    }

    fn hints(&self) -> usize {
        0
    }

    fn degree(&self) -> usize {
        2
    }

    fn constraints(&self) -> usize {
        2
    }

    fn constrain<A: Algebra>(
        &self,
        a: &mut A,
        wires: &[A::V],
        _: &[A::V],
        mut emit: impl FnMut(A::V),
    ) {
        let (mut sum, mut squares) = (wires[Self::SUM_BEFORE], wires[Self::SQUARES_BEFORE]);
        for &value in &wires[Self::value(0)..] {
            sum = a.add(sum, value);
            squares = a.mul_add(value, value, squares);
        }
        emit(a.sub(sum, wires[Self::SUM_AFTER]));
        emit(a.sub(squares, wires[Self::SQUARES_AFTER]));
    }

    fn inputs(&self) -> Vec<usize> {
        (0..Self::SUM_AFTER)
            .chain(Self::value(0)..self.routed())
            .collect()
    }

    fn fill(&self, read: impl Fn(usize) -> F, _: &[F], mut write: impl FnMut(usize, F)) {
        let (mut sum, mut squares) = (read(Self::SUM_BEFORE), read(Self::SQUARES_BEFORE));
        for index in 0..Self::VALUES {
            let value = read(Self::value(index));
            sum += value;
            squares += value * value;
        }
        write(Self::SUM_AFTER, sum);
        write(Self::SQUARES_AFTER, squares);
    }
}
