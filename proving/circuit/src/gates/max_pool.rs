//! The largest of four, for as many windows as fit in a row.

use plonky2::field::types::{Field, PrimeField64};

use super::formula::{Algebra, Formula, ROUTED_WIRES, ROW_WIRES};
use super::limbs::{LIMB_BITS, last_limb, limb_check, limbs, split};
use crate::field::{F, assert_no_wrap, to_signed};

/// Takes the largest of the four values of each window. With `packed` it also packs all differences
/// `largest - value`, so that the largest values and the packed differences stand for every value in a
/// transcript: `value = largest - difference`, and the range check of a difference is the gate's own.
///
/// A window of fewer values repeats one of them; a wider one takes several operations.
///
/// # Constraints
/// For each window, `largest - value` has `bits / 2` base-4 limbs for each of the four, the last one implicit,
/// so no value is larger; and the product of the four differences is zero, so one is as large. Each packed
/// element is `Σ difference_i·2^(bits·i)` over as many differences as stay below 2^62.
///
/// # Assumes
/// The values of a window differ by less than 2^`bits` and are far below half of the modulus. For the packing
/// nothing is assumed: whatever the values are, largest and differences are what the wires say.
///
/// # Costs
/// 1/7 row a window of int8, 1/3 of 20-bit differences, 1/2 of 24-bit differences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaxPool {
    bits: u32,
    packed: bool,
    windows: usize,
}

/// Bits of a packed element: below the modulus with a margin.
const ELEMENT_BITS: u32 = 62;

impl MaxPool {
    /// Values of a window.
    pub const WINDOW: usize = 4;

    /// Returns the gate for differences of `bits` bits.
    ///
    /// # Panics
    /// If `bits` is odd, or so many that a relation could wrap around the field.
    #[must_use]
    pub fn new(bits: u32, packed: bool) -> Self {
        assert_no_wrap("a difference of accumulators", 1 << bits, 1 << bits);
        assert_no_wrap("packed differences", 1 << ELEMENT_BITS, 1 << ELEMENT_BITS);
        let fits = |&windows: &usize| {
            let gate = Self {
                bits,
                packed,
                windows,
            };
            gate.routed() <= ROUTED_WIRES && gate.routed() + gate.hints() <= ROW_WIRES
        };
        let windows = (1..ROUTED_WIRES).take_while(fits).last();
        let windows = windows.expect("a window fits in a row");
        Self {
            bits,
            packed,
            windows,
        }
    }

    /// Returns how many windows a row has.
    #[must_use]
    pub fn windows(&self) -> usize {
        self.windows
    }

    /// Returns how many packed elements a row has.
    #[must_use]
    pub fn elements(&self) -> usize {
        if self.packed {
            (self.windows * Self::WINDOW).div_ceil(self.per_element())
        } else {
            0
        }
    }

    /// Returns the wire of a value of a window.
    #[must_use]
    pub const fn value(window: usize, index: usize) -> usize {
        window * Self::WINDOW + index
    }

    /// Returns the wire of the largest value of a window.
    #[must_use]
    pub const fn largest(&self, window: usize) -> usize {
        self.windows * Self::WINDOW + window
    }

    /// Returns the wire of a packed element.
    #[must_use]
    pub const fn element(&self, element: usize) -> usize {
        self.windows * (Self::WINDOW + 1) + element
    }

    fn per_element(&self) -> usize {
        (ELEMENT_BITS / self.bits) as usize
    }

    fn hint_limbs(&self) -> usize {
        limbs(self.bits) - 1
    }

    /// Returns the wires of the limbs of a value's difference.
    fn limb_wires(&self, value: usize) -> std::ops::Range<usize> {
        let start = self.routed() + value * self.hint_limbs();
        start..start + self.hint_limbs()
    }
}

impl Formula for MaxPool {
    fn routed(&self) -> usize {
        self.element(self.elements())
    }

    fn hints(&self) -> usize {
        self.windows * Self::WINDOW * self.hint_limbs()
    }

    fn ops(&self) -> usize {
        1
    }

    fn degree(&self) -> usize {
        4
    }

    fn constraints(&self) -> usize {
        self.windows * (Self::WINDOW * limbs(self.bits) + 1) + self.elements()
    }

    fn constrain<A: Algebra>(
        &self,
        a: &mut A,
        wires: &[A::V],
        _: &[A::V],
        mut emit: impl FnMut(A::V),
    ) {
        let mut differences = Vec::with_capacity(self.windows * Self::WINDOW);
        for window in 0..self.windows {
            let mut product = a.constant(F::ONE);
            for index in 0..Self::WINDOW {
                let value = Self::value(window, index);
                let difference = a.sub(wires[self.largest(window)], wires[value]);
                let known = &wires[self.limb_wires(value)];
                let last = last_limb(a, difference, known);
                for &limb in known.iter().chain([&last]) {
                    emit(limb_check(a, limb));
                }
                product = a.mul(product, difference);
                differences.push(difference);
            }
            emit(product);
        }
        let unit = F::from_canonical_u64(1 << self.bits);
        for element in 0..self.elements() {
            let first = element * self.per_element();
            let chunk = &differences[first..differences.len().min(first + self.per_element())];
            let zero = a.constant(F::ZERO);
            let packed = chunk
                .iter()
                .rev()
                .fold(zero, |sum, &difference| a.scaled(unit, sum, difference));
            emit(a.sub(packed, wires[self.element(element)]));
        }
    }

    fn inputs(&self) -> Vec<usize> {
        (0..self.largest(0)).collect()
    }

    fn fill(&self, read: impl Fn(usize) -> F, _: &[F], mut write: impl FnMut(usize, F)) {
        let mut differences = Vec::with_capacity(self.windows * Self::WINDOW);
        for window in 0..self.windows {
            let values: [F; Self::WINDOW] =
                std::array::from_fn(|index| read(Self::value(window, index)));
            let largest = values
                .into_iter()
                .max_by_key(|&value| to_signed(value))
                .expect("a window has values");
            write(self.largest(window), largest);
            for (index, value) in values.into_iter().enumerate() {
                let difference = largest - value;
                let wires = self.limb_wires(Self::value(window, index));
                for (wire, limb) in
                    wires.zip(split(difference.to_canonical_u64(), self.hint_limbs()))
                {
                    write(wire, limb);
                }
                differences.push(difference);
            }
        }
        let unit = F::from_canonical_u64(1 << self.bits);
        for element in 0..self.elements() {
            let first = element * self.per_element();
            let chunk = &differences[first..differences.len().min(first + self.per_element())];
            let packed = chunk
                .iter()
                .rev()
                .fold(F::ZERO, |sum, &difference| sum * unit + difference);
            write(self.element(element), packed);
        }
    }
}

/// Returns the least bits of a range check, whole limbs, that holds all values up to `bound`.
#[must_use]
pub fn bits_of(bound: u128) -> u32 {
    (u128::BITS - bound.leading_zeros())
        .next_multiple_of(LIMB_BITS)
        .max(LIMB_BITS)
}
