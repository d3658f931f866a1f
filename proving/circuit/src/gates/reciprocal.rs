//! The quotient of a constant and a sum of exponentials.

use assay_model::quant::ops::softmax::{EXP_BITS, MAX_WIDTH, NUMERATOR, Softmax};
use plonky2::field::types::{Field, PrimeField64};

use super::formula::{Algebra, Formula};
use super::limbs::{compose, last_limb, limb_check, limbs, split};
use crate::field::{F, assert_no_wrap};

/// Checks `reciprocal = ⌊N / sum⌋` for the numerator `N` of a softmax.
///
/// # Constraints
/// - `reciprocal` is in [0, 2^16), `t` and `sum - 1 - t` are in [0, 2^30): so `0 <= t < sum`
/// - `reciprocal·sum + t = N`
///
/// A sum of zero has no `t`; for any other there is one quotient and one remainder.
///
/// # Assumes
/// The sum is at most 2^29.
///
/// # Costs
/// Three a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reciprocal;

/// Of a quotient of at most 15 bits, in whole limbs.
const RECIPROCAL_BITS: u32 = EXP_BITS + 1;
const SUM_BITS: u32 = 30;

/// Limbs of the reciprocal but the last, of t, of `sum - 1 - t` but the last.
const RECIPROCAL_LIMBS: std::ops::Range<usize> = 2..2 + limbs(RECIPROCAL_BITS) - 1;
const REMAINDER_LIMBS: std::ops::Range<usize> =
    RECIPROCAL_LIMBS.end..RECIPROCAL_LIMBS.end + limbs(SUM_BITS);
const ROOM_LIMBS: std::ops::Range<usize> =
    REMAINDER_LIMBS.end..REMAINDER_LIMBS.end + limbs(SUM_BITS) - 1;

impl Reciprocal {
    /// Wire of the sum.
    pub const SUM: usize = 0;
    /// Wire of the reciprocal.
    pub const RECIPROCAL: usize = 1;

    /// Returns the gate.
    ///
    /// # Panics
    /// If one of its relations could wrap around the field.
    #[must_use]
    pub fn new() -> Self {
        let (sum, unit) = (Softmax::sum_bound(MAX_WIDTH), 1 << SUM_BITS);
        assert!(sum < unit, "sums of exponentials are in their range");
        assert_no_wrap("a remainder of a sum", sum + 1 + unit, unit);
        let numerator = NUMERATOR.unsigned_abs().into();
        assert_no_wrap("a reciprocal", (sum << RECIPROCAL_BITS) + unit, numerator);
        Self
    }
}

impl Default for Reciprocal {
    fn default() -> Self {
        Self::new()
    }
}

impl Formula for Reciprocal {
    fn routed(&self) -> usize {
        2
    }

    fn hints(&self) -> usize {
        ROOM_LIMBS.end - self.routed()
    }

    fn degree(&self) -> usize {
        4
    }

    fn constraints(&self) -> usize {
        1 + limbs(RECIPROCAL_BITS) + 2 * limbs(SUM_BITS)
    }

    fn constrain<A: Algebra>(
        &self,
        a: &mut A,
        wires: &[A::V],
        _: &[A::V],
        mut emit: impl FnMut(A::V),
    ) {
        let (sum, reciprocal) = (wires[Self::SUM], wires[Self::RECIPROCAL]);
        let remainder = compose(a, &wires[REMAINDER_LIMBS]);
        let room = a.sub(sum, remainder);
        let room = a.offset(room, F::NEG_ONE);
        let last_of_reciprocal = last_limb(a, reciprocal, &wires[RECIPROCAL_LIMBS]);
        let last_of_room = last_limb(a, room, &wires[ROOM_LIMBS]);
        let known = &wires[RECIPROCAL_LIMBS.start..ROOM_LIMBS.end];
        for &limb in known.iter().chain([&last_of_reciprocal, &last_of_room]) {
            emit(limb_check(a, limb));
        }
        let numerator = a.mul_add(reciprocal, sum, remainder);
        emit(a.offset(numerator, -F::from_canonical_u64(NUMERATOR.unsigned_abs())));
    }

    fn inputs(&self) -> Vec<usize> {
        vec![Self::SUM]
    }

    /// The sum of a row of one.
    fn idle(&self) -> F {
        F::from_canonical_u64(1 << EXP_BITS)
    }

    fn fill(&self, read: impl Fn(usize) -> F, _: &[F], mut write: impl FnMut(usize, F)) {
        let numerator = NUMERATOR.unsigned_abs();
        let sum = read(Self::SUM);
        let quotient = numerator.checked_div(sum.to_canonical_u64());
        let reciprocal = F::from_canonical_u64(quotient.unwrap_or(0));
        write(Self::RECIPROCAL, reciprocal);
        let remainder = F::from_canonical_u64(numerator) - reciprocal * sum;
        let room = sum - F::ONE - remainder;
        for (wires, number) in [
            (RECIPROCAL_LIMBS, reciprocal),
            (REMAINDER_LIMBS, remainder),
            (ROOM_LIMBS, room),
        ] {
            let count = wires.len();
            for (wire, limb) in wires.zip(split(number.to_canonical_u64(), count)) {
                write(wire, limb);
            }
        }
    }
}
