//! From a wide accumulator back to an int8 lane.

use assay_model::quant::limits::{ACCUMULATOR_BITS, MULTIPLIER_BITS, SHIFT};
use assay_model::requantize;
use plonky2::field::types::{Field, PrimeField64};

use super::formula::{Algebra, Formula};
use super::limbs::{bit_check, compose, last_limb, limb_check, limbs, split};
use crate::field::{F, assert_no_wrap, signed, to_signed};

/// Divides `accumulator·multiplier` by 2^24, rounding half away from zero, adds the zero point and
/// saturates. The constant of the row is 1 with ReLU, which makes the zero point the lower bound.
///
/// # Constraints
/// With `lower = zero` if ReLU, else -128, and `v` the value before saturation:
///
/// - bits `negative`, `over`, `under`; `over·under = 0`
/// - `sign = negative ? -accumulator - 1 : accumulator` is in [0, 2^32): so `negative` is the sign
/// - `value + 128` is in [0, 2^8)
/// - `over·(value - 127) = 0`, `under·(value - lower) = 0`
/// - `excess` is in [0, 2^32), and is `value - lower` unless `over` or `under`
/// - `v = value + (over - under)·(excess + 1)`: beyond the bound by at least one if saturated
/// - `accumulator·multiplier + 2^23 - negative = (v - zero)·2^24 + remainder`, `remainder` in [0, 2^24)
///
/// The cases are disjoint, so every hint has one solution: the one of [`assay_model::requantize`], its
/// native twin.
///
/// # Assumes
/// |accumulator| < 2^31, 0 <= multiplier < 2^24, zero an int8.
///
/// # Costs
/// Two a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Requantize;

const LANE_BITS: u32 = 8;
const LANE_MIN: i64 = i8::MIN as i64;
const LANE_MAX: i64 = i8::MAX as i64;
/// One more than the accumulator's, to be a whole number of limbs; also enough for the largest excess.
const WIDE_BITS: u32 = ACCUMULATOR_BITS + 1;

const NEGATIVE: usize = 4;
const OVER: usize = 5;
const UNDER: usize = 6;
const VALUE_LIMBS: std::ops::Range<usize> = 7..7 + limbs(LANE_BITS) - 1;
const REMAINDER_LIMBS: std::ops::Range<usize> = VALUE_LIMBS.end..VALUE_LIMBS.end + limbs(SHIFT);
const EXCESS_LIMBS: std::ops::Range<usize> =
    REMAINDER_LIMBS.end..REMAINDER_LIMBS.end + limbs(WIDE_BITS);
const SIGN_LIMBS: std::ops::Range<usize> = EXCESS_LIMBS.end..EXCESS_LIMBS.end + limbs(WIDE_BITS);

impl Requantize {
    /// Wire of the accumulator.
    pub const ACCUMULATOR: usize = 0;
    /// Wire of the multiplier.
    pub const MULTIPLIER: usize = 1;
    /// Wire of the output's zero point.
    pub const ZERO_POINT: usize = 2;
    /// Wire of the lane.
    pub const VALUE: usize = 3;

    /// Returns the gate.
    ///
    /// # Panics
    /// If one of its relations could wrap around the field.
    #[must_use]
    pub fn new() -> Self {
        let (accumulator, wide) = (1 << ACCUMULATOR_BITS, 1 << WIDE_BITS);
        let (unit, lane) = (1u128 << SHIFT, 1 << LANE_BITS);
        assert_no_wrap("the sign of an accumulator", accumulator + 1, wide);
        assert_no_wrap("a lane", lane, lane);
        assert_no_wrap("the excess of a lane", 2 * lane, wide);
        let product = (accumulator << MULTIPLIER_BITS) + unit;
        assert_no_wrap("a requantization", product, (wide + 2 * lane) * unit + unit);
        Self
    }
}

impl Default for Requantize {
    fn default() -> Self {
        Self::new()
    }
}

impl Formula for Requantize {
    fn routed(&self) -> usize {
        4
    }

    fn hints(&self) -> usize {
        SIGN_LIMBS.end - self.routed()
    }

    fn constants(&self) -> usize {
        1
    }

    fn degree(&self) -> usize {
        4
    }

    fn constraints(&self) -> usize {
        // Bits and their exclusion, limbs, two bounds, excess, sign, division.
        4 + limbs(LANE_BITS) + limbs(SHIFT) + 2 * limbs(WIDE_BITS) + 5
    }

    fn constrain<A: Algebra>(
        &self,
        a: &mut A,
        wires: &[A::V],
        constants: &[A::V],
        mut emit: impl FnMut(A::V),
    ) {
        let &[
            accumulator,
            multiplier,
            zero,
            value,
            negative,
            over,
            under,
            ..,
        ] = wires
        else {
            unreachable!("a row has all wires of the operation")
        };
        for bit in [negative, over, under] {
            emit(bit_check(a, bit));
        }
        emit(a.mul(over, under));

        let raised = a.offset(value, signed(-LANE_MIN));
        let last = last_limb(a, raised, &wires[VALUE_LIMBS]);
        for &limb in wires[VALUE_LIMBS.start..].iter().chain([&last]) {
            emit(limb_check(a, limb));
        }
        let remainder = compose(a, &wires[REMAINDER_LIMBS]);
        let excess = compose(a, &wires[EXCESS_LIMBS]);
        let sign = compose(a, &wires[SIGN_LIMBS]);

        // lower = relu·(zero + 128) - 128
        let above_min = a.offset(zero, signed(-LANE_MIN));
        let lowest = a.constant(signed(LANE_MIN));
        let lower = a.mul_add(constants[0], above_min, lowest);
        let above_lower = a.sub(value, lower);
        let below_upper = a.offset(value, signed(-LANE_MAX));
        emit(a.mul(over, below_upper));
        emit(a.mul(under, above_lower));

        // (1 - over - under)·(excess - above_lower)
        let difference = a.sub(excess, above_lower);
        let saturated = a.add(over, under);
        emit(a.product(F::NEG_ONE, saturated, difference, F::ONE, difference));

        // sign = (1 - 2·negative)·accumulator - negative
        let signless = a.product(-F::TWO, negative, accumulator, F::ONE, accumulator);
        let signless = a.sub(signless, negative);
        emit(a.sub(signless, sign));

        let direction = a.sub(over, under);
        let beyond = a.mul_add(direction, excess, direction);
        let unsaturated = a.add(value, beyond);
        let quotient = a.sub(unsaturated, zero);
        let half = a.constant(F::from_canonical_u64(1 << (SHIFT - 1)));
        let numerator = a.mul_add(accumulator, multiplier, half);
        let numerator = a.sub(numerator, negative);
        let divided = a.scaled(F::from_canonical_u64(1 << SHIFT), quotient, remainder);
        emit(a.sub(numerator, divided));
    }

    fn inputs(&self) -> Vec<usize> {
        vec![Self::ACCUMULATOR, Self::MULTIPLIER, Self::ZERO_POINT]
    }

    fn fill(&self, read: impl Fn(usize) -> F, constants: &[F], mut write: impl FnMut(usize, F)) {
        // Out-of-range inputs violate what the gate assumes; the casts only keep this total.
        let limit = (1 << ACCUMULATOR_BITS) - 1;
        let accumulator = to_signed(read(Self::ACCUMULATOR)).clamp(-limit, limit);
        let multiplier =
            (read(Self::MULTIPLIER).to_canonical_u64() & ((1 << MULTIPLIER_BITS) - 1)) as u32;
        let zero = to_signed(read(Self::ZERO_POINT)).clamp(LANE_MIN, LANE_MAX) as i8;
        let relu = constants[0].is_one();
        let division = requantize(accumulator, multiplier, zero, relu);

        let (value, zero) = (i64::from(division.value), i64::from(zero));
        let lower = if relu { zero } else { LANE_MIN };
        let unsaturated = division.quotient + zero;
        let (over, under) = (unsaturated > LANE_MAX, unsaturated < lower);
        let excess = match (over, under) {
            (true, _) => unsaturated - LANE_MAX - 1,
            (_, true) => lower - 1 - unsaturated,
            _ => value - lower,
        };
        let sign = if division.negative {
            -accumulator - 1
        } else {
            accumulator
        };

        write(Self::VALUE, signed(value));
        write(NEGATIVE, F::from_bool(division.negative));
        write(OVER, F::from_bool(over));
        write(UNDER, F::from_bool(under));
        let numbers = [
            (VALUE_LIMBS, value - LANE_MIN),
            (REMAINDER_LIMBS, division.remainder),
            (EXCESS_LIMBS, excess),
            (SIGN_LIMBS, sign),
        ];
        for (wires, number) in numbers {
            for (wire, limb) in wires
                .clone()
                .zip(split(number.cast_unsigned(), wires.len()))
            {
                write(wire, limb);
            }
        }
    }
}
