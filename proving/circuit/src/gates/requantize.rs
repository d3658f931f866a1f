//! From wide accumulators back to int8 lanes.

use assay_model::quant::limits::{MAX_BIAS_BITS, MULTIPLIER_BITS, SHIFT};
use plonky2::field::types::{Field, PrimeField64};

use super::formula::{Algebra, Formula, ROUTED_WIRES, ROW_WIRES};
use super::limbs::{LIMB_BITS, bit_check, compose, last_limb, limb_check, limbs, split};
use crate::field::{F, assert_no_wrap, signed, to_signed};

/// Divides `accumulator·multiplier` by 2^24, rounding half away from zero, adds the zero point and saturates,
/// for as many accumulators as fit in a row. All of a row share the zero point.
///
/// With [`Channel::Shared`] they share the multiplier too, and a bias that is added to each `sum` to make the
/// accumulator; with [`Channel::Own`] each has its own multiplier and its `sum` is the accumulator.
///
/// # Constraints
/// With `lower = zero` if ReLU, else -128, and `v` the value before saturation:
///
/// - bits `over`, `under`; `over·under = 0`
/// - `value + 128` is in [0, 2^8)
/// - `over·(value - 127) = 0`, `under·(value - lower) = 0`
/// - `excess` is in [0, 2^accumulator_bits), and is `value - lower` unless `over` or `under`
/// - `v = value + (over - under)·(excess + 1)`: beyond the bound by at least one if saturated
/// - `accumulator·multiplier + 2^23 = (v - zero + down)·2^24 + remainder`, `remainder` in [0, 2^24)
///
/// The floor division alone rounds halves up. It differs from rounding away from zero where the remainder is
/// zero and the product negative: then the result is one less, and `down` must be 1.
///
/// With ReLU `down` is the constant 0: a product that is negative and at most -2^23 has a quotient of at most
/// 0 by either rounding, and every quotient of at most 0 becomes the zero point.
///
/// Without ReLU:
///
/// - `tie = 1 - remainder·inverse`, `tie·remainder = 0`, `tie·inverse = 0`: so `tie` says that the remainder is 0
/// - with `x = value - zero + over - under`, which has the sign of `v - zero`: bit `negative`, and
///   `negative ? -x - 1 : x - tie` is in [0, 2^10)
/// - `down = tie·negative`
///
/// At a tie the product is an odd multiple of 2^23, so the rounded quotient `q = v - zero` is not 0 and has the
/// product's sign: `negative` is right for `q < 0`, its absence for `q > 0`, and `q = 0` is refused by `- tie`.
/// Away from a tie `negative` is the sign of `x` and changes nothing.
///
/// The cases are disjoint, so every hint has one solution: the one that gives the value of
/// [`assay_model::requantize`], the native twin.
///
/// # Assumes
/// |accumulator| < 2^accumulator_bits, 0 <= multiplier < 2^24, zero an int8.
///
/// # Costs
/// For accumulators of 28 bits: with ReLU four a row if channels are shared and three if not; without ReLU
/// three a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Requantize {
    accumulator_bits: u32,
    relu: bool,
    channel: Channel,
    lanes: usize,
}

/// Whose multipliers a row has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// One multiplier and one bias for all lanes of the row.
    Shared,
    /// One multiplier for each lane; no bias.
    Own,
}

const LANE_BITS: u32 = 8;
const LANE_MIN: i64 = i8::MIN as i64;
const LANE_MAX: i64 = i8::MAX as i64;
/// Of a lane minus a zero point, one more or less: 9 bits, in whole limbs.
const GAP_BITS: u32 = 10;

/// Hints of every lane, in this order: over, under, limbs of the value but the last, of the remainder, of the
/// excess; then without ReLU: negative, inverse, limbs of the gap.
const OVER: usize = 0;
const UNDER: usize = 1;
const VALUE_LIMBS: std::ops::Range<usize> = 2..2 + limbs(LANE_BITS) - 1;
const REMAINDER_LIMBS: std::ops::Range<usize> = VALUE_LIMBS.end..VALUE_LIMBS.end + limbs(SHIFT);

impl Requantize {
    /// Wire of the output's zero point.
    pub const ZERO_POINT: usize = 0;
    /// Wire of the bias that all lanes share.
    pub const BIAS: usize = 1;
    /// Wire of the multiplier that all lanes share.
    pub const MULTIPLIER: usize = 2;

    /// Returns the gate for accumulators below 2^`accumulator_bits` in absolute value.
    ///
    /// # Panics
    /// If one of its relations could wrap around the field.
    #[must_use]
    pub fn new(accumulator_bits: u32, relu: bool, channel: Channel) -> Self {
        let accumulator_bits = accumulator_bits
            .max(LANE_BITS + 2)
            .next_multiple_of(LIMB_BITS);
        let (accumulator, lane) = (1u128 << accumulator_bits, 1u128 << LANE_BITS);
        let unit = 1u128 << SHIFT;
        assert_no_wrap("a lane", lane, lane);
        assert_no_wrap("the excess of a lane", 2 * lane, accumulator);
        assert_no_wrap("the gap of a lane", 8 * lane, 1 << GAP_BITS);
        assert_no_wrap("a biased sum", 2 * accumulator, 1 << MAX_BIAS_BITS);
        let product = (accumulator << MULTIPLIER_BITS) + unit;
        assert_no_wrap(
            "a requantization",
            product,
            (accumulator + 2 * lane) * unit + unit,
        );
        let fits = |&lanes: &usize| {
            let gate = Self {
                accumulator_bits,
                relu,
                channel,
                lanes,
            };
            gate.routed() <= ROUTED_WIRES && gate.routed() + gate.hints() <= ROW_WIRES
        };
        let lanes = (1..ROUTED_WIRES).take_while(fits).last();
        Self {
            accumulator_bits,
            relu,
            channel,
            lanes: lanes.expect("a lane fits in a row"),
        }
    }

    /// Returns how many lanes a row has.
    #[must_use]
    pub fn lanes(&self) -> usize {
        self.lanes
    }

    /// Returns the wire of a lane's sum.
    #[must_use]
    pub const fn sum(&self, lane: usize) -> usize {
        self.shared_wires() + lane * self.routed_of_lane()
    }

    /// Returns the wire of a lane's value.
    #[must_use]
    pub const fn value(&self, lane: usize) -> usize {
        self.sum(lane) + 1
    }

    /// Returns the wire of a lane's own multiplier, or of the one that all share.
    #[must_use]
    pub const fn multiplier(&self, lane: usize) -> usize {
        match self.channel {
            Channel::Shared => Self::MULTIPLIER,
            Channel::Own => self.sum(lane) + 2,
        }
    }

    const fn shared_wires(&self) -> usize {
        match self.channel {
            Channel::Shared => 3,
            Channel::Own => 1,
        }
    }

    const fn routed_of_lane(&self) -> usize {
        match self.channel {
            Channel::Shared => 2,
            Channel::Own => 3,
        }
    }

    fn excess_limbs(&self) -> std::ops::Range<usize> {
        REMAINDER_LIMBS.end..REMAINDER_LIMBS.end + limbs(self.accumulator_bits)
    }

    fn negative(&self) -> usize {
        self.excess_limbs().end
    }

    fn inverse(&self) -> usize {
        self.negative() + 1
    }

    fn gap_limbs(&self) -> std::ops::Range<usize> {
        let start = self.inverse() + 1;
        start..start + limbs(GAP_BITS)
    }

    fn hints_of_lane(&self) -> usize {
        if self.relu {
            self.excess_limbs().end
        } else {
            self.gap_limbs().end
        }
    }

    /// Emits the constraints of one lane.
    fn constrain_lane<A: Algebra>(
        &self,
        a: &mut A,
        [accumulator, multiplier, zero, value]: [A::V; 4],
        hints: &[A::V],
        emit: &mut impl FnMut(A::V),
    ) {
        let (over, under) = (hints[OVER], hints[UNDER]);
        emit(bit_check(a, over));
        emit(bit_check(a, under));
        emit(a.mul(over, under));

        let raised = a.offset(value, signed(-LANE_MIN));
        let last = last_limb(a, raised, &hints[VALUE_LIMBS]);
        for &limb in hints[VALUE_LIMBS].iter().chain([&last]) {
            emit(limb_check(a, limb));
        }
        for &limb in &hints[REMAINDER_LIMBS.start..self.excess_limbs().end] {
            emit(limb_check(a, limb));
        }
        let remainder = compose(a, &hints[REMAINDER_LIMBS]);
        let excess = compose(a, &hints[self.excess_limbs()]);

        let lower = if self.relu {
            zero
        } else {
            a.constant(signed(LANE_MIN))
        };
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
        let above_zero = a.sub(value, zero);
        let mut quotient = a.add(above_zero, beyond);
        if !self.relu {
            let x = a.add(above_zero, direction);
            let down = self.constrain_tie(a, remainder, x, hints, emit);
            quotient = a.add(quotient, down);
        }
        let half = a.constant(F::from_canonical_u64(1 << (SHIFT - 1)));
        let numerator = a.mul_add(accumulator, multiplier, half);
        let divided = a.scaled(F::from_canonical_u64(1 << SHIFT), quotient, remainder);
        emit(a.sub(numerator, divided));
    }

    /// Emits what makes `down` of `x` and the remainder, and returns it.
    fn constrain_tie<A: Algebra>(
        &self,
        a: &mut A,
        remainder: A::V,
        x: A::V,
        hints: &[A::V],
        emit: &mut impl FnMut(A::V),
    ) -> A::V {
        let (negative, inverse) = (hints[self.negative()], hints[self.inverse()]);
        let one = a.constant(F::ONE);
        let tie = a.product(F::NEG_ONE, remainder, inverse, F::ONE, one);
        emit(a.mul(tie, remainder));
        emit(a.mul(tie, inverse));
        emit(bit_check(a, negative));
        let gap = &hints[self.gap_limbs()];
        for &limb in gap {
            emit(limb_check(a, limb));
        }
        // gap = x - tie + negative·(tie - 2x - 1)
        let slope = a.scaled(-F::TWO, x, tie);
        let slope = a.offset(slope, F::NEG_ONE);
        let strict = a.sub(x, tie);
        let expected = a.mul_add(negative, slope, strict);
        let gap = compose(a, gap);
        emit(a.sub(expected, gap));
        a.mul(tie, negative)
    }
}

/// A requantization in integers, with the hints of one lane.
struct Hints {
    over: bool,
    under: bool,
    value: i64,
    remainder: i64,
    excess: i64,
    negative: bool,
    gap: i64,
}

impl Hints {
    /// Divides as the gate does: floor division, one less at a tie below zero.
    fn of(accumulator: i64, multiplier: i64, zero: i64, relu: bool) -> Self {
        let numerator = accumulator * multiplier + (1 << (SHIFT - 1));
        let (floor, remainder) = (numerator >> SHIFT, numerator & ((1 << SHIFT) - 1));
        let tie = !relu && remainder == 0;
        let quotient = floor - i64::from(tie && floor <= 0);
        let (lower, v) = (if relu { zero } else { LANE_MIN }, quotient + zero);
        let (over, under) = (v > LANE_MAX, v < lower);
        let value = v.clamp(lower, LANE_MAX);
        let excess = match (over, under) {
            (true, _) => v - LANE_MAX - 1,
            (_, true) => lower - 1 - v,
            _ => value - lower,
        };
        let x = value - zero + i64::from(over) - i64::from(under);
        let negative = x < 0;
        let gap = if negative { -x - 1 } else { x - i64::from(tie) };
        Self {
            over,
            under,
            value,
            remainder,
            excess,
            negative,
            gap,
        }
    }
}

impl Formula for Requantize {
    fn routed(&self) -> usize {
        self.sum(self.lanes)
    }

    fn hints(&self) -> usize {
        self.lanes * self.hints_of_lane()
    }

    fn ops(&self) -> usize {
        1
    }

    fn degree(&self) -> usize {
        4
    }

    fn constraints(&self) -> usize {
        // Bits and their exclusion, two bounds, excess, division; then the tie, its sign and their gap.
        let tie = if self.relu { 0 } else { 4 + limbs(GAP_BITS) };
        let ranges = limbs(LANE_BITS) + limbs(SHIFT) + limbs(self.accumulator_bits);
        self.lanes * (7 + ranges + tie)
    }

    fn constrain<A: Algebra>(
        &self,
        a: &mut A,
        wires: &[A::V],
        _: &[A::V],
        mut emit: impl FnMut(A::V),
    ) {
        let (routed, hints) = wires.split_at(self.routed());
        for (lane, hints) in hints.chunks(self.hints_of_lane()).enumerate() {
            let accumulator = match self.channel {
                Channel::Shared => a.add(routed[self.sum(lane)], routed[Self::BIAS]),
                Channel::Own => routed[self.sum(lane)],
            };
            let given = [
                accumulator,
                routed[self.multiplier(lane)],
                routed[Self::ZERO_POINT],
                routed[self.value(lane)],
            ];
            self.constrain_lane(a, given, hints, &mut emit);
        }
    }

    fn inputs(&self) -> Vec<usize> {
        let values = (0..self.lanes)
            .map(|lane| self.value(lane))
            .collect::<Vec<_>>();
        (0..self.routed())
            .filter(|wire| !values.contains(wire))
            .collect()
    }

    fn fill(&self, read: impl Fn(usize) -> F, _: &[F], mut write: impl FnMut(usize, F)) {
        // Out-of-range inputs violate what the gate assumes; the clamps only keep this total.
        let limit = (1 << self.accumulator_bits) - 1;
        let zero = to_signed(read(Self::ZERO_POINT)).clamp(LANE_MIN, LANE_MAX);
        for lane in 0..self.lanes {
            let bias = match self.channel {
                Channel::Shared => read(Self::BIAS),
                Channel::Own => F::ZERO,
            };
            let accumulator = to_signed(read(self.sum(lane)) + bias).clamp(-limit, limit);
            let multiplier = read(self.multiplier(lane)).to_canonical_u64();
            let multiplier = (multiplier & ((1 << MULTIPLIER_BITS) - 1)).cast_signed();
            let hints = Hints::of(accumulator, multiplier, zero, self.relu);

            write(self.value(lane), signed(hints.value));
            let start = self.routed() + lane * self.hints_of_lane();
            write(start + OVER, F::from_bool(hints.over));
            write(start + UNDER, F::from_bool(hints.under));
            let mut numbers = vec![
                (VALUE_LIMBS, hints.value - LANE_MIN),
                (REMAINDER_LIMBS, hints.remainder),
                (self.excess_limbs(), hints.excess),
            ];
            if !self.relu {
                let remainder = signed(hints.remainder);
                write(start + self.negative(), F::from_bool(hints.negative));
                write(
                    start + self.inverse(),
                    remainder.try_inverse().unwrap_or(F::ZERO),
                );
                numbers.push((self.gap_limbs(), hints.gap));
            }
            for (wires, number) in numbers {
                let count = wires.len();
                for (wire, limb) in wires.zip(split(number.cast_unsigned(), count)) {
                    write(start + wire, limb);
                }
            }
        }
    }
}
