//! A polynomial of base-field values at a point of the challenge field.

use plonky2::field::extension::quadratic::QuadraticExtension;
use plonky2::field::types::Field;

use super::extension::{pair_mul, pair_mul_add, pair_scale_add, read_pair, write_pair};
use super::formula::{Algebra, Formula, ROUTED_WIRES};
use crate::field::F;

/// Horner's rule over a run of values: `after = before·base^n + Σ x_i·base^(n-1-i)`.
///
/// # Constraints
/// The rule three values at a time, with the results between as hints.
///
/// # Assumes
/// Nothing: the relation is one of field elements.
///
/// # Costs
/// One row for 74 values, half a row for 34, a fifth for 10.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Horner {
    values: usize,
}

/// Values between two hints; the degree is one more.
const STEP: usize = 3;

impl Horner {
    /// The most values of one operation.
    pub const MAX_VALUES: usize = ROUTED_WIRES - Self::value(0);

    /// Wire of the base, two wires.
    pub const BASE: usize = 0;
    /// Wire of the sum before, two wires.
    pub const BEFORE: usize = 2;
    /// Wire of the sum after, two wires.
    pub const AFTER: usize = 4;

    /// Returns the wire of a value, the one of the highest power first.
    #[must_use]
    pub const fn value(index: usize) -> usize {
        6 + index
    }

    /// Returns the gate for runs of `values` values.
    ///
    /// # Panics
    /// If there is none, or more than fit in a row.
    #[must_use]
    pub fn new(values: usize) -> Self {
        assert!(
            (1..=Self::MAX_VALUES).contains(&values),
            "a row has no room for {values} values"
        );
        Self { values }
    }

    /// Returns how many values an operation takes.
    #[must_use]
    pub fn values(&self) -> usize {
        self.values
    }

    fn steps(&self) -> usize {
        self.values.div_ceil(STEP)
    }

    /// Returns the first wire of the sum after a step.
    fn sum_wire(&self, step: usize) -> usize {
        if step + 1 == self.steps() {
            Self::AFTER
        } else {
            self.routed() + 2 * step
        }
    }
}

impl Formula for Horner {
    fn routed(&self) -> usize {
        Self::value(self.values)
    }

    fn hints(&self) -> usize {
        2 * (self.steps() - 1)
    }

    fn degree(&self) -> usize {
        1 + self.values.min(STEP)
    }

    fn constraints(&self) -> usize {
        2 * self.steps()
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
        let mut powers = [[one, zero]; STEP + 1];
        for i in 0..STEP {
            powers[i + 1] = if i == 0 {
                pair(Self::BASE)
            } else {
                pair_mul(a, powers[i], pair(Self::BASE))
            };
        }
        let mut sum = pair(Self::BEFORE);
        for (step, values) in wires[Self::value(0)..self.routed()]
            .chunks(STEP)
            .enumerate()
        {
            let (&last, rest) = values.split_last().expect("chunks are not empty");
            let mut next = pair_mul_add(a, sum, powers[values.len()], [last, zero]);
            for (i, &value) in rest.iter().enumerate() {
                next = pair_scale_add(a, powers[values.len() - 1 - i], value, next);
            }
            sum = pair(self.sum_wire(step));
            for (next, sum) in next.into_iter().zip(sum) {
                emit(a.sub(next, sum));
            }
        }
    }

    fn inputs(&self) -> Vec<usize> {
        (Self::BASE..Self::AFTER)
            .chain(Self::value(0)..self.routed())
            .collect()
    }

    fn fill(&self, read: impl Fn(usize) -> F, _: &[F], mut write: impl FnMut(usize, F)) {
        let base = read_pair(&read, Self::BASE);
        let mut sum = read_pair(&read, Self::BEFORE);
        for step in 0..self.steps() {
            for index in step * STEP..((step + 1) * STEP).min(self.values) {
                let value = QuadraticExtension::from(read(Self::value(index)));
                sum = sum * base + value;
            }
            write_pair(&mut write, self.sum_wire(step), sum);
        }
    }
}
