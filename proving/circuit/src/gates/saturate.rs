//! A lane that saturates at the ends of its range.

use plonky2::field::types::Field;

use super::formula::Algebra;
use super::limbs::{bit_check, compose, last_limb, limb_check, limbs};
use crate::field::{F, signed};

/// Bits of a lane.
pub const LANE_BITS: u32 = 8;
pub const LANE_MIN: i64 = i8::MIN as i64;
pub const LANE_MAX: i64 = i8::MAX as i64;

/// Hints of one lane that is divided and saturates: the bits `over` and `under`, the limbs of the raised value but
/// the last, of the remainder and of the excess.
pub struct Saturated<'a, V> {
    pub over: V,
    pub under: V,
    pub value_limbs: &'a [V],
    pub remainder_limbs: &'a [V],
    pub excess_limbs: &'a [V],
}

/// What saturation was before it.
pub struct Unsaturated<V> {
    /// The remainder.
    pub remainder: V,
    /// `over - under`.
    pub direction: V,
    /// What the lane lacks: `v - value`.
    pub beyond: V,
}

impl<V: Copy> Saturated<'_, V> {
    /// Returns how many constraints [`Saturated::constrain`] emits.
    pub const fn constraints(remainder_limbs: usize, excess_bits: u32) -> usize {
        6 + limbs(LANE_BITS) + remainder_limbs + limbs(excess_bits)
    }

    /// Emits that `value` is a `v` brought into `lower..=127`, -128 if no lower is given:
    ///
    /// - bits `over`, `under`; `over·under = 0`
    /// - `value + 128` is in [0, 2^8), the remainder's limbs are limbs
    /// - `over·(value - 127) = 0`, `under·(value - lower) = 0`
    /// - `excess` is in [0, 2^bits), and is `value - lower` unless `over` or `under`
    /// - `v = value + (over - under)·(excess + 1)`: beyond the bound by at least one if saturated
    pub fn constrain<A: Algebra<V = V>>(
        &self,
        a: &mut A,
        value: V,
        lower: Option<V>,
        emit: &mut impl FnMut(V),
    ) -> Unsaturated<V> {
        let (over, under) = (self.over, self.under);
        emit(bit_check(a, over));
        emit(bit_check(a, under));
        emit(a.mul(over, under));
        let raised = a.offset(value, signed(-LANE_MIN));
        let last = last_limb(a, raised, self.value_limbs);
        for &limb in self.value_limbs.iter().chain([&last]) {
            emit(limb_check(a, limb));
        }
        for &limb in self.remainder_limbs.iter().chain(self.excess_limbs) {
            emit(limb_check(a, limb));
        }
        let remainder = compose(a, self.remainder_limbs);
        let excess = compose(a, self.excess_limbs);
        let lower = lower.unwrap_or_else(|| a.constant(signed(LANE_MIN)));
        let above_lower = a.sub(value, lower);
        let below_upper = a.offset(value, signed(-LANE_MAX));
        emit(a.mul(over, below_upper));
        emit(a.mul(under, above_lower));

        // (1 - over - under)·(excess - above_lower)
        let difference = a.sub(excess, above_lower);
        let saturated = a.add(over, under);
        emit(a.product(F::NEG_ONE, saturated, difference, F::ONE, difference));

        let direction = a.sub(over, under);
        let beyond = a.mul_add(direction, excess, direction);
        Unsaturated {
            remainder,
            direction,
            beyond,
        }
    }
}

/// What a prover writes for one saturated lane.
pub struct Clamped {
    pub over: bool,
    pub under: bool,
    pub value: i64,
    pub excess: i64,
}

impl Clamped {
    /// Brings `v` into `lower..=127`.
    pub fn of(v: i64, lower: i64) -> Self {
        let (over, under) = (v > LANE_MAX, v < lower);
        let value = v.clamp(lower, LANE_MAX);
        let excess = match (over, under) {
            (true, _) => v - LANE_MAX - 1,
            (_, true) => lower - 1 - v,
            _ => value - lower,
        };
        Self {
            over,
            under,
            value,
            excess,
        }
    }
}
