//! Moves windowed sums on by one position.

use super::extension::{pair_mul_add, read_pair, write_pair};
use super::formula::{Algebra, Formula};
use crate::field::F;
use plonky2::field::types::Field;

/// Nine sums over windows of `n` values, `Σ v_i·base^(n-1-i)`, each moved on by one value:
/// `after = before·base - power·leaving + entering`, where the caller gives `power = base^n`.
///
/// The nine share base and power. All values are of the challenge field; those of the base field have a zero
/// as second wire.
///
/// # Constraints
/// The equation above, for each sum.
///
/// # Assumes
/// Nothing: the relation is one of field elements.
///
/// # Costs
/// 1/9 row a sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slide;

impl Slide {
    /// Sums that a row moves.
    pub const SUMS: usize = 9;

    /// Wire of the base, two wires.
    pub const BASE: usize = 0;
    /// Wire of the base to the power of the window's length, two wires.
    pub const POWER: usize = 2;

    /// Returns the wire of a sum before it moves, two wires.
    #[must_use]
    pub const fn before(sum: usize) -> usize {
        4 + 8 * sum
    }

    /// Returns the wire of the first value of the window, two wires.
    #[must_use]
    pub const fn leaving(sum: usize) -> usize {
        Self::before(sum) + 2
    }

    /// Returns the wire of the value after the window, two wires.
    #[must_use]
    pub const fn entering(sum: usize) -> usize {
        Self::before(sum) + 4
    }

    /// Returns the wire of the sum after it moved, two wires.
    #[must_use]
    pub const fn after(sum: usize) -> usize {
        Self::before(sum) + 6
    }
}

impl Formula for Slide {
    fn routed(&self) -> usize {
        Self::before(Self::SUMS)
    }

    fn hints(&self) -> usize {
        0
    }

    fn degree(&self) -> usize {
        2
    }

    fn constraints(&self) -> usize {
        2 * Self::SUMS
    }

    fn constrain<A: Algebra>(
        &self,
        a: &mut A,
        wires: &[A::V],
        _: &[A::V],
        mut emit: impl FnMut(A::V),
    ) {
        let pair = |wire: usize| [wires[wire], wires[wire + 1]];
        let zero = a.constant(F::ZERO);
        let lost = pair(Self::POWER).map(|part| a.scaled(F::NEG_ONE, part, zero));
        for sum in 0..Self::SUMS {
            let kept = pair_mul_add(a, lost, pair(Self::leaving(sum)), pair(Self::entering(sum)));
            let moved = pair_mul_add(a, pair(Self::before(sum)), pair(Self::BASE), kept);
            for (moved, after) in moved.into_iter().zip(pair(Self::after(sum))) {
                emit(a.sub(moved, after));
            }
        }
    }

    fn inputs(&self) -> Vec<usize> {
        (0..Self::before(0))
            .chain((0..Self::SUMS).flat_map(|sum| Self::before(sum)..Self::after(sum)))
            .collect()
    }

    fn fill(&self, read: impl Fn(usize) -> F, _: &[F], mut write: impl FnMut(usize, F)) {
        let pair = |wire: usize| read_pair(&read, wire);
        for sum in 0..Self::SUMS {
            let moved = pair(Self::before(sum)) * pair(Self::BASE)
                - pair(Self::POWER) * pair(Self::leaving(sum))
                + pair(Self::entering(sum));
            write_pair(&mut write, Self::after(sum), moved);
        }
    }
}
