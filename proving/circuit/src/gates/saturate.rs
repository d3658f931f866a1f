//! A lane that saturates at the ends of its range.

use assay_statement::Lane;
use plonky2::field::types::Field;

use super::formula::Algebra;
use super::limbs::{bit_check, compose, last_limb, limb_check, limbs};
use crate::field::{F, signed};

/// Bits of an int8 lane.
pub const LANE_BITS: u32 = Lane::Int8.bits();
pub const LANE_MIN: i64 = Lane::Int8.min();

/// Hints of one lane that is divided and saturates: the bits `over` and `under`, the limbs of the raised value but
/// the last, of the remainder and of the excess.
pub struct Saturated<'a, V> {
    pub lane: Lane,
    pub over: V,
    pub under: V,
    pub value_limbs: &'a [V],
    pub remainder_limbs: &'a [V],
    pub excess_limbs: &'a [V],
}

impl<V: Copy> Saturated<'_, V> {
    /// Returns how many constraints both parts emit.
    pub const fn constraints(lane: Lane, remainder_limbs: usize, excess_bits: u32) -> usize {
        6 + limbs(lane.bits()) + remainder_limbs + limbs(excess_bits)
    }

    /// Emits that `over` and `under` are bits and not both one, that `value` is a lane, less the smallest one in
    /// [0, 2^bits), and that limbs are limbs. Returns the remainder and the excess.
    pub fn constrain_ranges<A: Algebra<V = V>>(
        &self,
        a: &mut A,
        value: V,
        emit: &mut impl FnMut(V),
    ) -> [V; 2] {
        emit(bit_check(a, self.over));
        emit(bit_check(a, self.under));
        emit(a.mul(self.over, self.under));
        let raised = a.offset(value, signed(-self.lane.min()));
        let last = last_limb(a, raised, self.value_limbs);
        for &limb in self.value_limbs.iter().chain([&last]) {
            emit(limb_check(a, limb));
        }
        for &limb in self.remainder_limbs.iter().chain(self.excess_limbs) {
            emit(limb_check(a, limb));
        }
        [self.remainder_limbs, self.excess_limbs].map(|limbs| compose(a, limbs))
    }

    /// Emits that `value` is a `v` brought into `lower..=max`, and returns `v - value`:
    ///
    /// - `over·(value - max) = 0`, `under·(value - lower) = 0`
    /// - `excess` is `inside` unless `over` or `under`
    /// - `v = value + (over - under)·(excess + 1)`: beyond the bound by at least one if saturated
    pub fn constrain_bounds<A: Algebra<V = V>>(
        &self,
        a: &mut A,
        [value, lower]: [V; 2],
        [excess, inside]: [V; 2],
        emit: &mut impl FnMut(V),
    ) -> V {
        let (over, under) = (self.over, self.under);
        let above_lower = a.sub(value, lower);
        let below_upper = a.offset(value, signed(-self.lane.max()));
        emit(a.mul(over, below_upper));
        emit(a.mul(under, above_lower));

        // (1 - over - under)·(excess - inside)
        let difference = a.sub(excess, inside);
        let saturated = a.add(over, under);
        emit(a.product(F::NEG_ONE, saturated, difference, F::ONE, difference));

        let direction = a.sub(over, under);
        a.mul_add(direction, excess, direction)
    }
}

/// A number brought into the range of a lane.
pub struct Clamped {
    pub over: bool,
    pub under: bool,
    pub value: i64,
    /// How far it was beyond the bound, less one; none if it was not.
    pub excess: Option<i64>,
}

impl Clamped {
    /// Brings `v` into `lower..=max` of a lane.
    pub fn of(v: i64, lower: i64, lane: Lane) -> Self {
        let (over, under) = (v > lane.max(), v < lower);
        let value = v.clamp(lower, lane.max());
        let excess = match (over, under) {
            (true, _) => Some(v - lane.max() - 1),
            (_, true) => Some(lower - 1 - v),
            _ => None,
        };
        Self {
            over,
            under,
            value,
            excess,
        }
    }
}
