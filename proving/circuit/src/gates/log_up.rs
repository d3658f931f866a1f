//! Terms of a logarithmic derivative: the sum by which a lookup is checked.

use plonky2::field::extension::quadratic::QuadraticExtension;
use plonky2::field::types::Field;

use super::extension::{pair_mul, pair_scale_add, read_pair, write_pair};
use super::formula::{Algebra, Formula};
use crate::field::F;

/// Adds 24 terms: `after = before + Σ count_i / (point - key_i - mix·value_i)`.
///
/// # Constraints
/// `inverse_i·(point - key_i - mix·value_i) = 1`, and the sum of `count_i·inverse_i`.
///
/// # Assumes
/// Nothing: the relations are ones of field elements. A denominator of zero has no witness.
///
/// # Costs
/// 1/24 row a term.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogUp;

impl LogUp {
    /// Terms of a row.
    pub const TERMS: usize = 24;

    /// Wire of the point, two wires.
    pub const POINT: usize = 0;
    /// Wire of what mixes values with keys, two wires.
    pub const MIX: usize = 2;
    /// Wire of the sum before, two wires.
    pub const BEFORE: usize = 4;
    /// Wire of the sum after, two wires.
    pub const AFTER: usize = 6;

    /// Returns the wire of a term's key.
    #[must_use]
    pub const fn key(term: usize) -> usize {
        8 + 3 * term
    }

    /// Returns the wire of a term's value.
    #[must_use]
    pub const fn value(term: usize) -> usize {
        Self::key(term) + 1
    }

    /// Returns the wire of a term's count.
    #[must_use]
    pub const fn count(term: usize) -> usize {
        Self::key(term) + 2
    }

    const fn inverse(term: usize) -> usize {
        Self::key(Self::TERMS) + 2 * term
    }
}

impl Formula for LogUp {
    fn routed(&self) -> usize {
        Self::key(Self::TERMS)
    }

    fn hints(&self) -> usize {
        2 * Self::TERMS
    }

    fn degree(&self) -> usize {
        3
    }

    fn constraints(&self) -> usize {
        2 * Self::TERMS + 2
    }

    fn constrain<A: Algebra>(
        &self,
        a: &mut A,
        wires: &[A::V],
        _: &[A::V],
        mut emit: impl FnMut(A::V),
    ) {
        let pair = |wire: usize| [wires[wire], wires[wire + 1]];
        let (zero, one) = (a.constant(F::ZERO), a.constant(F::ONE));
        let less_mix = pair(Self::MIX).map(|part| a.scaled(F::NEG_ONE, part, zero));
        let point = pair(Self::POINT);
        let mut sum = pair(Self::BEFORE);
        for term in 0..Self::TERMS {
            let inverse = pair(Self::inverse(term));
            let less_key = [a.sub(point[0], wires[Self::key(term)]), point[1]];
            let denominator = pair_scale_add(a, less_mix, wires[Self::value(term)], less_key);
            let [low, high] = pair_mul(a, inverse, denominator);
            emit(a.sub(low, one));
            emit(high);
            sum = pair_scale_add(a, inverse, wires[Self::count(term)], sum);
        }
        for (sum, after) in sum.into_iter().zip(pair(Self::AFTER)) {
            emit(a.sub(sum, after));
        }
    }

    fn inputs(&self) -> Vec<usize> {
        (0..Self::AFTER)
            .chain(Self::key(0)..self.routed())
            .collect()
    }

    fn fill(&self, read: impl Fn(usize) -> F, _: &[F], mut write: impl FnMut(usize, F)) {
        let base = |wire: usize| QuadraticExtension::from(read(wire));
        let (point, mix) = (read_pair(&read, Self::POINT), read_pair(&read, Self::MIX));
        let mut sum = read_pair(&read, Self::BEFORE);
        for term in 0..Self::TERMS {
            let denominator = point - base(Self::key(term)) - mix * base(Self::value(term));
            let inverse = denominator
                .try_inverse()
                .unwrap_or(QuadraticExtension::ZERO);
            write_pair(&mut write, Self::inverse(term), inverse);
            sum += inverse * base(Self::count(term));
        }
        write_pair(&mut write, Self::AFTER, sum);
    }
}
