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
/// - `gap = take ? value - best - 1 : best - value` is in [0, 2^8): so `take` is the comparison
/// - `best' = best + take·(value - best)`, `at' = at + take·(index - at)`
///
/// # Assumes
/// `value` and `best` are int8.
///
/// # Costs
/// Twelve a row. The native twin is `argmax` of `assay-model`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArgMaxStep;

const TAKE: usize = 6;
/// Two int8 differ by at most 255.
const GAP_BITS: u32 = 8;
const GAP_LIMBS: std::ops::Range<usize> = 7..7 + limbs(GAP_BITS);

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

    /// Returns the gate.
    ///
    /// # Panics
    /// If one of its relations could wrap around the field.
    #[must_use]
    pub fn new() -> Self {
        assert_no_wrap("a comparison of lanes", 1 << (GAP_BITS + 1), 1 << GAP_BITS);
        Self
    }
}

impl Default for ArgMaxStep {
    fn default() -> Self {
        Self::new()
    }
}

impl Formula for ArgMaxStep {
    fn routed(&self) -> usize {
        6
    }

    fn hints(&self) -> usize {
        GAP_LIMBS.end - self.routed()
    }

    fn degree(&self) -> usize {
        4
    }

    fn constraints(&self) -> usize {
        4 + limbs(GAP_BITS)
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
        for &limb in &wires[GAP_LIMBS] {
            emit(limb_check(a, limb));
        }
        // gap = take·(2·(value - best) - 1) - (value - best)
        let more = a.sub(value, best);
        let minus_one = a.constant(F::NEG_ONE);
        let slope = a.scaled(F::TWO, more, minus_one);
        let gap = a.product(F::ONE, take, slope, F::NEG_ONE, more);
        let composed = compose(a, &wires[GAP_LIMBS]);
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
        for (wire, limb) in GAP_LIMBS.zip(split(gap.to_canonical_u64(), limbs(GAP_BITS))) {
            write(wire, limb);
        }
    }
}
