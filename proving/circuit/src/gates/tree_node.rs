//! A node of a decision tree: one comparison, and the numbers of the child that it leads to.

use plonky2::field::types::{Field, PrimeField64};

use super::formula::{Algebra, Formula};
use super::limbs::{bit_check, compose, limb_check, limbs, split};
use crate::field::{F, assert_no_wrap, to_signed};

/// Takes the numbers of the second child exactly when `value > threshold`, else those of the first.
///
/// # Constraints
/// - bit `above`
/// - `distance = above ? value - threshold - 1 : threshold - value` is in [0, 2^16): so `above` is the comparison
/// - `chosen_i = first_i + above·(second_i - first_i)`
///
/// Of the two `above` the wrong one makes the distance `-1 - distance`, which is no number of 16 bits modulo p.
///
/// # Assumes
/// `value` and `threshold` are int16. Of the numbers nothing: one of two is chosen as it is.
///
/// # Costs
/// Of one number nine a row, of four five. The native twin is `TreeEnsemble::path` of `assay-model`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeNode {
    numbers: usize,
}

/// Two int16 differ by at most 2^16 - 1.
const DISTANCE_BITS: u32 = 16;

impl TreeNode {
    /// Numbers of a child, at most: with more, nodes would not fill rows better.
    pub const MAX_NUMBERS: usize = 8;

    /// Wire of the lane compared.
    pub const VALUE: usize = 0;
    /// Wire of what it is compared with.
    pub const THRESHOLD: usize = 1;

    /// Returns the gate for children of so many numbers.
    ///
    /// # Panics
    /// If there are none or too many.
    #[must_use]
    pub fn new(numbers: usize) -> Self {
        assert!(
            (1..=Self::MAX_NUMBERS).contains(&numbers),
            "a row holds the numbers of a node"
        );
        let distance = 1 << DISTANCE_BITS;
        assert_no_wrap("a comparison of int16 lanes", 2 * distance, distance);
        Self { numbers }
    }

    /// Returns how many numbers a child has.
    #[must_use]
    pub const fn numbers(&self) -> usize {
        self.numbers
    }

    /// Returns the wire of a number of the first child.
    #[must_use]
    pub const fn first(number: usize) -> usize {
        2 + 3 * number
    }

    /// Returns the wire of a number of the second child.
    #[must_use]
    pub const fn second(number: usize) -> usize {
        Self::first(number) + 1
    }

    /// Returns the wire of a number of the child that the comparison leads to.
    #[must_use]
    pub const fn chosen(number: usize) -> usize {
        Self::first(number) + 2
    }

    const fn above(&self) -> usize {
        Self::first(self.numbers)
    }

    fn limb_wires(&self) -> std::ops::Range<usize> {
        let start = self.above() + 1;
        start..start + limbs(DISTANCE_BITS)
    }
}

impl Formula for TreeNode {
    fn routed(&self) -> usize {
        Self::first(self.numbers)
    }

    fn hints(&self) -> usize {
        1 + limbs(DISTANCE_BITS)
    }

    fn degree(&self) -> usize {
        4
    }

    fn constraints(&self) -> usize {
        2 + limbs(DISTANCE_BITS) + self.numbers
    }

    fn constrain<A: Algebra>(
        &self,
        a: &mut A,
        wires: &[A::V],
        _: &[A::V],
        mut emit: impl FnMut(A::V),
    ) {
        let above = wires[self.above()];
        emit(bit_check(a, above));
        let limbs = &wires[self.limb_wires()];
        for &limb in limbs {
            emit(limb_check(a, limb));
        }
        // distance = above·(2·(value - threshold) - 1) - (value - threshold)
        let more = a.sub(wires[Self::VALUE], wires[Self::THRESHOLD]);
        let minus_one = a.constant(F::NEG_ONE);
        let slope = a.scaled(F::TWO, more, minus_one);
        let distance = a.product(F::ONE, above, slope, F::NEG_ONE, more);
        let composed = compose(a, limbs);
        emit(a.sub(distance, composed));
        for number in 0..self.numbers {
            let first = wires[Self::first(number)];
            let step = a.sub(wires[Self::second(number)], first);
            let chosen = a.mul_add(above, step, first);
            emit(a.sub(chosen, wires[Self::chosen(number)]));
        }
    }

    fn inputs(&self) -> Vec<usize> {
        let numbers = (0..self.numbers).flat_map(|i| [Self::first(i), Self::second(i)]);
        [Self::VALUE, Self::THRESHOLD]
            .into_iter()
            .chain(numbers)
            .collect()
    }

    fn fill(&self, read: impl Fn(usize) -> F, _: &[F], mut write: impl FnMut(usize, F)) {
        let (value, threshold) = (read(Self::VALUE), read(Self::THRESHOLD));
        let above = to_signed(value) > to_signed(threshold);
        let distance = if above {
            value - threshold - F::ONE
        } else {
            threshold - value
        };
        write(self.above(), F::from_bool(above));
        let wires = self.limb_wires();
        let count = wires.len();
        for (wire, limb) in wires.zip(split(distance.to_canonical_u64(), count)) {
            write(wire, limb);
        }
        for number in 0..self.numbers {
            let child = if above {
                Self::second(number)
            } else {
                Self::first(number)
            };
            write(Self::chosen(number), read(child));
        }
    }
}
