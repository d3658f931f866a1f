//! From centered and scaled lanes of a row back to int8 lanes.

use assay_model::quant::ops::LayerNorm;
use assay_model::quant::ops::layer_norm::{BIAS_BITS, MAX_WIDTH, NORM_SHIFT};
use assay_statement::Lane;
use plonky2::field::types::Field;

use super::formula::{Algebra, Formula, OverBase};
use super::limbs::{LIMB_BITS, bit_check, limbs, split};
use super::saturate::{Clamped, LANE_BITS, LANE_MIN, Saturated};
use crate::field::{F, assert_no_wrap, signed, to_signed};

/// Normalizes four lanes of a row of `n`: with the row's sum and reciprocal root r, and of each column a scale and a
/// bias.
///
/// # Constraints
/// For each lane, with `v` the value before saturation as [`Saturated`] says, `u` of 32 bits in limbs and one bit
/// more, and the excess `value + 128` where nothing saturates:
///
/// - `(n·x - sum)·(2r + 1)·scale + bias·2^17 + 2^32 = v·2^33 + u`
///
/// A floor division has one quotient and one remainder, and each `v` one lane and excess.
///
/// # Assumes
/// Sum, r, scale and bias are as the module of the operator says; lanes are int8.
///
/// # Costs
/// Four lanes a row. Its native twin is `LayerNorm::rows` of `assay-model`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Normalize {
    width: usize,
}

/// Wires of every lane.
const OF_LANE: usize = 4;

/// Bits of how far a lane can be beyond its range, and of a lane above the smallest.
const EXCESS_BITS: u32 = 14;

/// Hints of every lane, in this order: over, under, limbs of the value but the last, of the remainder, the bit above
/// them, limbs of the excess.
const OVER: usize = 0;
const UNDER: usize = 1;
const VALUE_LIMBS: std::ops::Range<usize> = 2..2 + limbs(LANE_BITS) - 1;
const REMAINDER_LIMBS: std::ops::Range<usize> =
    VALUE_LIMBS.end..VALUE_LIMBS.end + (NORM_SHIFT / LIMB_BITS) as usize;
const TOP: usize = REMAINDER_LIMBS.end;
const EXCESS_LIMBS: std::ops::Range<usize> = TOP + 1..TOP + 1 + limbs(EXCESS_BITS);
const HINTS: usize = EXCESS_LIMBS.end;

const _: () = assert!(
    NORM_SHIFT % LIMB_BITS == 1,
    "a remainder has one bit above its limbs"
);

impl Normalize {
    /// Lanes of a row.
    pub const LANES: usize = 4;

    /// Wire of the sum of the row's lanes.
    pub const SUM: usize = 0;
    /// Wire of the reciprocal root.
    pub const ROOT: usize = 1;

    const fn of_lane(lane: usize, index: usize) -> usize {
        2 + lane * OF_LANE + index
    }

    /// Returns the wire of a lane.
    #[must_use]
    pub const fn lane(lane: usize) -> usize {
        Self::of_lane(lane, 0)
    }

    /// Returns the wire of the scale of a lane's column.
    #[must_use]
    pub const fn scale(lane: usize) -> usize {
        Self::of_lane(lane, 1)
    }

    /// Returns the wire of the bias of a lane's column.
    #[must_use]
    pub const fn bias(lane: usize) -> usize {
        Self::of_lane(lane, 2)
    }

    /// Returns the wire of a result's lane.
    #[must_use]
    pub const fn value(lane: usize) -> usize {
        Self::of_lane(lane, 3)
    }

    /// Returns the gate for rows of `width` lanes.
    ///
    /// # Panics
    /// If there are too many, or one of its relations could wrap around the field.
    #[must_use]
    pub fn new(width: usize) -> Self {
        assert!(width <= MAX_WIDTH, "rows of a normalization are limited");
        let (bound, unit) = (LayerNorm::numerator_bound(width), 1_u128 << NORM_SHIFT);
        let (lane, excess) = (1_u128 << LANE_BITS, 1_u128 << EXCESS_BITS);
        // A quotient is at most one beyond the bound's.
        assert!(bound / unit + 1 + lane < excess, "an excess has its bits");
        assert_no_wrap("the excess of a lane", 2 * lane, excess);
        assert_no_wrap(
            "a normalization",
            bound,
            (excess + 2 * lane) * unit + 2 * unit,
        );
        Self { width }
    }

    const fn hints_of_lane(lane: usize) -> usize {
        Self::of_lane(Self::LANES, 0) + lane * HINTS
    }

    /// Returns the dividend of a lane.
    fn dividend<A: Algebra>(
        &self,
        a: &mut A,
        [sum, root]: [A::V; 2],
        [lane, scale, bias]: [A::V; 3],
    ) -> A::V {
        let zero = a.constant(F::ZERO);
        let raised = a.scaled(F::from_canonical_usize(self.width), lane, zero);
        let centered = a.sub(raised, sum);
        let one = a.constant(F::ONE);
        let doubled = a.scaled(F::TWO, root, one);
        let normal = a.mul(centered, doubled);
        let half = a.constant(F::from_canonical_u64(1 << (NORM_SHIFT - 1)));
        let fraction = F::from_canonical_u64(1 << (NORM_SHIFT - BIAS_BITS));
        let shift = a.scaled(fraction, bias, half);
        a.mul_add(normal, scale, shift)
    }
}

impl Formula for Normalize {
    fn routed(&self) -> usize {
        Self::of_lane(Self::LANES, 0)
    }

    fn hints(&self) -> usize {
        Self::LANES * HINTS
    }

    fn ops(&self) -> usize {
        1
    }

    fn degree(&self) -> usize {
        4
    }

    fn constraints(&self) -> usize {
        // The bit above the remainder's limbs, and the division.
        Self::LANES
            * (Saturated::<F>::constraints(Lane::Int8, REMAINDER_LIMBS.len(), EXCESS_BITS) + 2)
    }

    fn constrain<A: Algebra>(
        &self,
        a: &mut A,
        wires: &[A::V],
        _: &[A::V],
        mut emit: impl FnMut(A::V),
    ) {
        let row = [wires[Self::SUM], wires[Self::ROOT]];
        for lane in 0..Self::LANES {
            let [x, scale, bias, value] =
                std::array::from_fn(|index| wires[Self::of_lane(lane, index)]);
            let hints = &wires[Self::hints_of_lane(lane)..][..HINTS];
            let saturated = Saturated {
                lane: Lane::Int8,
                over: hints[OVER],
                under: hints[UNDER],
                value_limbs: &hints[VALUE_LIMBS],
                remainder_limbs: &hints[REMAINDER_LIMBS],
                excess_limbs: &hints[EXCESS_LIMBS],
            };
            let [remainder, excess] = saturated.constrain_ranges(a, value, &mut emit);
            let lower = a.constant(signed(LANE_MIN));
            let inside = a.sub(value, lower);
            let beyond = saturated.constrain_bounds(a, [value, lower], [excess, inside], &mut emit);
            emit(bit_check(a, hints[TOP]));
            let top = F::from_canonical_u64(1 << (NORM_SHIFT - 1));
            let remainder = a.scaled(top, hints[TOP], remainder);
            let quotient = a.add(value, beyond);
            let divided = a.scaled(F::from_canonical_u64(1 << NORM_SHIFT), quotient, remainder);
            let dividend = self.dividend(a, row, [x, scale, bias]);
            emit(a.sub(dividend, divided));
        }
    }

    fn inputs(&self) -> Vec<usize> {
        let of_lanes = (0..Self::LANES).flat_map(|lane| Self::lane(lane)..Self::value(lane));
        [Self::SUM, Self::ROOT]
            .into_iter()
            .chain(of_lanes)
            .collect()
    }

    fn fill(&self, read: impl Fn(usize) -> F, _: &[F], mut write: impl FnMut(usize, F)) {
        let row = [read(Self::SUM), read(Self::ROOT)];
        for lane in 0..Self::LANES {
            let of_lane = [Self::lane(lane), Self::scale(lane), Self::bias(lane)].map(&read);
            let dividend = to_signed(self.dividend(&mut OverBase, row, of_lane));
            let (quotient, remainder) =
                (dividend >> NORM_SHIFT, dividend & ((1 << NORM_SHIFT) - 1));
            let clamped = Clamped::of(quotient, LANE_MIN, Lane::Int8);
            let raised = clamped.value - LANE_MIN;
            let start = Self::hints_of_lane(lane);
            write(Self::value(lane), signed(clamped.value));
            write(start + OVER, F::from_bool(clamped.over));
            write(start + UNDER, F::from_bool(clamped.under));
            write(
                start + TOP,
                F::from_bool(remainder >> (NORM_SHIFT - 1) == 1),
            );
            for (wires, number) in [
                (VALUE_LIMBS, raised),
                (REMAINDER_LIMBS, remainder),
                (EXCESS_LIMBS, clamped.excess.unwrap_or(raised)),
            ] {
                let count = wires.len();
                for (wire, limb) in wires.zip(split(number.cast_unsigned(), count)) {
                    write(start + wire, limb);
                }
            }
        }
    }
}
