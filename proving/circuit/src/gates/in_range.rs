//! A range that is no power of two of values.

use plonky2::field::types::PrimeField64;

use super::formula::{Algebra, Formula, ROUTED_WIRES, ROW_WIRES};
use super::limbs::{last_limb, limb_check, limbs, split};
use crate::field::{F, assert_no_wrap};

/// Checks `min <= value <= max`, constants of a row, for as many values as fit in it.
///
/// # Constraints
/// `value - min` and `max - value` are in [0, 2^bits). They sum to `max - min`, far below the modulus, so neither is
/// negative.
///
/// # Assumes
/// `max - min < 2^bits`; else some values of the range have no witness.
///
/// # Costs
/// Nine values of 16 bits a row, four of 32.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InRange {
    bits: u32,
}

impl InRange {
    /// Constant of the smallest value.
    const MIN: usize = 0;
    /// Constant of the largest value.
    const MAX: usize = 1;

    /// Returns the gate for ranges of up to 2^`bits` values.
    ///
    /// # Panics
    /// If a range could wrap around the field.
    #[must_use]
    pub fn new(bits: u32) -> Self {
        assert_no_wrap("a range", 1 << (bits + 1), 1 << bits);
        Self { bits }
    }

    /// Returns how many values a row has, from wire 0.
    #[must_use]
    pub fn values(&self) -> usize {
        (ROW_WIRES / (1 + self.hints_of_value())).min(ROUTED_WIRES)
    }

    fn hints_of_value(&self) -> usize {
        2 * (limbs(self.bits) - 1)
    }

    /// Returns the limbs but the last of the distance of a value from the smallest, and from the largest.
    fn limb_wires(&self, value: usize) -> [std::ops::Range<usize>; 2] {
        let start = self.values() + value * self.hints_of_value();
        let half = self.hints_of_value() / 2;
        [start..start + half, start + half..start + 2 * half]
    }
}

impl Formula for InRange {
    fn routed(&self) -> usize {
        self.values()
    }

    fn hints(&self) -> usize {
        self.values() * self.hints_of_value()
    }

    fn ops(&self) -> usize {
        1
    }

    fn constants(&self) -> usize {
        2
    }

    fn degree(&self) -> usize {
        4
    }

    fn constraints(&self) -> usize {
        self.values() * 2 * limbs(self.bits)
    }

    fn constrain<A: Algebra>(
        &self,
        a: &mut A,
        wires: &[A::V],
        constants: &[A::V],
        mut emit: impl FnMut(A::V),
    ) {
        for (value, &wire) in wires[..self.values()].iter().enumerate() {
            let [of_low, of_high] = self.limb_wires(value);
            let low = a.sub(wire, constants[Self::MIN]);
            let high = a.sub(constants[Self::MAX], wire);
            for (distance, known) in [(low, &wires[of_low]), (high, &wires[of_high])] {
                let last = last_limb(a, distance, known);
                for &limb in known.iter().chain([&last]) {
                    emit(limb_check(a, limb));
                }
            }
        }
    }

    fn inputs(&self) -> Vec<usize> {
        (0..self.values()).collect()
    }

    fn fill(&self, read: impl Fn(usize) -> F, constants: &[F], mut write: impl FnMut(usize, F)) {
        for value in 0..self.values() {
            let wire = read(value);
            let distances = [wire - constants[Self::MIN], constants[Self::MAX] - wire];
            for (wires, distance) in self.limb_wires(value).into_iter().zip(distances) {
                let count = wires.len();
                for (wire, limb) in wires.zip(split(distance.to_canonical_u64(), count)) {
                    write(wire, limb);
                }
            }
        }
    }
}
