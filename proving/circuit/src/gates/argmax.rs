//! One comparison of a running maximum.

use plonky2::field::types::{Field, PrimeField64};

use super::formula::{Algebra, Formula};
use super::limbs::{bit_check, compose, limb_check, limbs, split};
use crate::field::{F, assert_no_wrap, to_signed};

/// Takes `value` and its `index` in place of the best so far if it is strictly larger, so that the lowest
/// index of equals wins.
///
/// # Constraints
/// - bit `take`
/// - `gap = take ? value - best - 1 : best - value` is in [0, 2^bits): so `take` is the comparison
/// - `best' = best + take·(value - best)`, `at' = at + take·(index - at)`
///
/// # Assumes
/// `value` and `best` differ by less than 2^`bits`.
///
/// # Costs
/// Of int8 twelve a row, of 32-bit differences five. The native twin is `argmax` of `assay-model`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArgMaxStep {
    bits: u32,
}

const TAKE: usize = 6;
const GAP: usize = 7;

impl ArgMaxStep {
    /// Wire of the value compared.
    pub const VALUE: usize = 0;
    /// Wire of its index.
    pub const INDEX: usize = 1;
    /// Wire of the best so far.
    pub const BEST: usize = 2;
    /// Wire of the index of the best so far.
    pub const AT: usize = 3;
    /// Wire of the best after this step.
    pub const NEXT_BEST: usize = 4;
    /// Wire of the index after this step.
    pub const NEXT_AT: usize = 5;

    /// Bits of the difference of two int8: at most 255.
    pub const LANE_BITS: u32 = 8;

    /// Returns the gate for differences of `bits` bits.
    ///
    /// # Panics
    /// If `bits` is odd, or so many that a relation could wrap around the field.
    #[must_use]
    pub fn new(bits: u32) -> Self {
        assert_no_wrap("a comparison", 1 << (bits + 1), 1 << bits);
        Self { bits }
    }

    fn gap_limbs(&self) -> std::ops::Range<usize> {
        GAP..GAP + limbs(self.bits)
    }
}

impl Formula for ArgMaxStep {
    fn routed(&self) -> usize {
        6
    }

    fn hints(&self) -> usize {
        self.gap_limbs().end - self.routed()
    }

    fn degree(&self) -> usize {
        4
    }

    fn constraints(&self) -> usize {
        4 + limbs(self.bits)
    }

    fn constrain<A: Algebra>(
        &self,
        a: &mut A,
        wires: &[A::V],
        _: &[A::V],
        mut emit: impl FnMut(A::V),
    ) {
        let &[value, index, best, at, next_best, next_at, take, ..] = wires else {
            unreachable!("a row has all wires of the operation")
        };
        emit(bit_check(a, take));
        for &limb in &wires[self.gap_limbs()] {
            emit(limb_check(a, limb));
        }
        // gap = take·(2·(value - best) - 1) - (value - best)
        let more = a.sub(value, best);
        let minus_one = a.constant(F::NEG_ONE);
        let slope = a.scaled(F::TWO, more, minus_one);
        let gap = a.product(F::ONE, take, slope, F::NEG_ONE, more);
        let composed = compose(a, &wires[self.gap_limbs()]);
        emit(a.sub(gap, composed));
        let chosen = a.mul_add(take, more, best);
        emit(a.sub(chosen, next_best));
        let step = a.sub(index, at);
        let chosen = a.mul_add(take, step, at);
        emit(a.sub(chosen, next_at));
    }

    fn inputs(&self) -> Vec<usize> {
        vec![Self::VALUE, Self::INDEX, Self::BEST, Self::AT]
    }

    fn fill(&self, read: impl Fn(usize) -> F, _: &[F], mut write: impl FnMut(usize, F)) {
        let (value, best) = (read(Self::VALUE), read(Self::BEST));
        let take = to_signed(value) > to_signed(best);
        let gap = if take {
            value - best - F::ONE
        } else {
            best - value
        };
        write(Self::NEXT_BEST, if take { value } else { best });
        write(
            Self::NEXT_AT,
            read(if take { Self::INDEX } else { Self::AT }),
        );
        write(TAKE, F::from_bool(take));
        let limbs = split(gap.to_canonical_u64(), limbs(self.bits));
        for (wire, limb) in self.gap_limbs().zip(limbs) {
            write(wire, limb);
        }
    }
}
