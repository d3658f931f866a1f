//! From wide accumulators back to lanes.

use std::fmt;
use std::ops::Range;

use assay_model::quant::limits::{MAX_WIDE_BIAS_BITS, MULTIPLIER_BITS, SHIFT};
use assay_model::{Lanes, Rescale};
use assay_statement::Lane;
use plonky2::field::types::Field;

use super::formula::{Algebra, Formula, OverBase, ROUTED_WIRES, ROW_WIRES};
use super::limbs::{bit_check, limbs, split};
use super::saturate::{Clamped, Saturated};
use crate::field::{F, assert_no_wrap, signed, to_signed};

/// Divides a dividend by 2^shift, rounding half away from zero, adds the zero point and saturates, for as many lanes
/// as fit in a row. All of a row share the zero point; [`Dividend`] says what is divided.
///
/// # Constraints
/// Lanes of the result are of `bits_of_lane` = 8 or 16 bits, from `min` to `max`. With `lower = zero` if ReLU, else
/// `min`, and `v` the value before saturation:
///
/// - bits `over`, `under`; `over·under = 0`
/// - `value - min` is in [0, 2^bits_of_lane)
/// - `over·(value - max) = 0`, `under·(value - lower) = 0`
/// - `excess` is in [0, 2^quotient_bits), and is `inside` unless `over` or `under`
/// - `v = value + (over - under)·(excess + 1)`: beyond the bound by at least one if saturated
/// - `dividend + 2^(shift-1) = (v - zero + down)·2^shift + remainder`, `remainder` in [0, 2^shift)
///
/// The floor division alone rounds halves up. It differs from rounding away from zero where the remainder is
/// zero and the dividend negative: then the result is one less, and `down` must be 1.
///
/// With ReLU `inside = value - zero`, and `down` is the constant 0: a negative dividend has a quotient of at most 0 by
/// either rounding, and every quotient of at most 0 becomes the zero point.
///
/// Without ReLU:
///
/// - `tie = 1 - remainder·inverse`, `tie·remainder = 0`, `tie·inverse = 0`: so `tie` says that the remainder is 0
/// - bit `negative`, `over·negative = 0`, `under·(1 - negative) = 0`, and with `x = value - zero`
///   `inside = negative ? -x - 1 : x - tie`
/// - `down = tie·negative`
///
/// At a tie the dividend is an odd multiple of 2^(shift-1), so the rounded quotient `q = v - zero` is not 0 and has the
/// dividend's sign, and `negative` must be that of `q`. Where nothing saturates `q = x`, and the range of `inside`
/// allows `negative` for `x < 0` only, its absence for `x > 0` only. `over` says `v > max`, so `q > 0`; `under` says
/// `v < min`, so `q < 0`. Away from a tie `negative` is the sign of `q` in the same ways and changes nothing.
///
/// The cases are disjoint, so every hint has one solution: the one that gives the value of
/// [`assay_model::requantize`], the native twin.
///
/// # Assumes
/// What [`Dividend`] says, and zero a lane of the result.
///
/// # Costs
/// Of accumulators of 24 bits and one channel four a row, with ReLU of 28 bits too, else three. Of sums of two lanes
/// five with ReLU and four without, of products and wide sums four. To int16 three of any dividend.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Requantize {
    dividend: Dividend,
    relu: bool,
    lanes: usize,
    types: Lanes,
    shift: u32,
}

/// The gate's identity in a circuit. That of int8 lanes is as it was before there were others.
impl fmt::Debug for Requantize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("Requantize");
        fields.field("dividend", &self.dividend);
        fields.field("relu", &self.relu);
        fields.field("lanes", &self.lanes);
        if self.types != Lanes::INT8 {
            fields.field("types", &self.types);
        }
        if self.shift != SHIFT {
            fields.field("shift", &self.shift);
        }
        fields.finish()
    }
}

/// What is divided. Multipliers are from 0 to 2^24 - 1 unless they are wide, lanes and zero points of the lanes that
/// are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dividend {
    /// `(sum + bias)·multiplier` with one multiplier and one bias for all lanes of the row.
    Channel {
        /// `|sum + bias| < 2^bits`, and even.
        bits: u32,
    },
    /// `sum·multiplier`, each lane with its own multiplier.
    Own {
        /// `|sum| < 2^bits`, and even.
        bits: u32,
    },
    /// `multiplier_0·(a - zero_0) ± multiplier_1·(b - zero_1)` of two lanes.
    Sum {
        /// Whether the second term is taken away.
        subtract: bool,
        /// Whether multipliers go up to 2^30 - 1.
        wide: bool,
    },
    /// `multiplier·(a - zero_0)·(b - zero_1)` of two lanes.
    Product,
}

impl Dividend {
    /// Returns bits of a number that is larger in absolute value than the dividend divided by 2^24; even.
    const fn bits(self, inputs: Lane) -> u32 {
        match (self, inputs) {
            (Self::Channel { bits } | Self::Own { bits }, _) => bits,
            // Two terms below 2^8 each, or 2^14, and one of 2^16.
            (Self::Sum { wide: false, .. }, Lane::Int8) => 10,
            (Self::Sum { wide: true, .. } | Self::Product, Lane::Int8) => 16,
            // Two terms below 2^16 each, or 2^22, and one of 2^32.
            (Self::Sum { wide: false, .. }, _) => 18,
            (Self::Sum { wide: true, .. }, _) => 24,
            (Self::Product, _) => 32,
        }
    }

    /// Returns how many parameters besides the zero point the lanes of a row share.
    const fn parameters(self) -> usize {
        match self {
            Self::Channel { .. } => 2,
            Self::Own { .. } => 0,
            Self::Sum { .. } => 4,
            Self::Product => 3,
        }
    }

    /// Returns how many operands a lane has.
    const fn operands(self) -> usize {
        match self {
            Self::Channel { .. } => 1,
            _ => 2,
        }
    }

    /// Returns the dividend of these values.
    fn compute<A: Algebra>(self, a: &mut A, parameters: &[A::V], operands: &[A::V]) -> A::V {
        match (self, parameters, operands) {
            (Self::Channel { .. }, &[bias, multiplier], &[sum]) => {
                let accumulator = a.add(sum, bias);
                a.mul(accumulator, multiplier)
            }
            (Self::Own { .. }, [], &[sum, multiplier]) => a.mul(sum, multiplier),
            (
                Self::Sum { subtract, .. },
                &[multiplier_0, multiplier_1, zero_0, zero_1],
                &[x, y],
            ) => {
                let (x, y) = (a.sub(x, zero_0), a.sub(y, zero_1));
                let first = a.mul(multiplier_0, x);
                let sign = if subtract { F::NEG_ONE } else { F::ONE };
                a.product(sign, multiplier_1, y, F::ONE, first)
            }
            (Self::Product, &[multiplier, zero_0, zero_1], &[x, y]) => {
                let (x, y) = (a.sub(x, zero_0), a.sub(y, zero_1));
                let product = a.mul(x, y);
                a.mul(multiplier, product)
            }
            _ => unreachable!("a row has the wires of its dividend"),
        }
    }
}

/// Returns bits of a number that no quotient reaches in absolute value, nor twice the count of lanes of the result.
fn quotient_bits(dividend: Dividend, types: Lanes, shift: u32) -> u32 {
    let own = dividend.bits(types.inputs) + MULTIPLIER_BITS;
    own.saturating_sub(shift).max(types.result.bits() + 2)
}

/// Hints of every lane, in this order: over, under, limbs of the value but the last, of the remainder, of the
/// excess; then without ReLU: negative, inverse.
const OVER: usize = 0;
const UNDER: usize = 1;
const FIRST_LIMB: usize = 2;

impl Requantize {
    /// Wire of the output's zero point.
    pub const ZERO_POINT: usize = 0;

    /// Returns the gate for int8 lanes.
    ///
    /// # Panics
    /// If one of its relations could wrap around the field.
    #[must_use]
    pub fn new(dividend: Dividend, relu: bool) -> Self {
        Self::of(dividend, relu, Lanes::INT8, SHIFT)
    }

    /// Returns the gate for a node that reads and gives these lanes and divides by 2^shift; even.
    ///
    /// # Panics
    /// If one of its relations could wrap around the field.
    #[must_use]
    pub fn of(dividend: Dividend, relu: bool, types: Lanes, shift: u32) -> Self {
        let types = match dividend {
            // Accumulators have a width of their own, whatever lanes they are made of.
            Dividend::Channel { .. } | Dividend::Own { .. } => Lanes {
                inputs: Lane::Int8,
                ..types
            },
            Dividend::Sum { .. } | Dividend::Product => types,
        };
        let bound = 1u128 << dividend.bits(types.inputs);
        let quotient = 1u128 << quotient_bits(dividend, types, shift);
        let lane = 1u128 << types.result.bits();
        let unit = 1u128 << shift;
        assert_no_wrap("a lane", lane, lane);
        assert_no_wrap("the excess of a lane", 2 * lane, quotient);
        assert!(quotient > 2 * lane, "an excess holds a difference of lanes");
        assert!(
            quotient * unit >= bound << MULTIPLIER_BITS,
            "and every quotient"
        );
        assert_no_wrap("a biased sum", 2 * bound, 1 << MAX_WIDE_BIAS_BITS);
        let divided = (bound << MULTIPLIER_BITS) + unit;
        assert_no_wrap(
            "a requantization",
            divided,
            (quotient + 2 * lane) * unit + unit,
        );
        let fits = |&lanes: &usize| {
            let gate = Self {
                dividend,
                relu,
                lanes,
                types,
                shift,
            };
            gate.routed() <= ROUTED_WIRES && gate.routed() + gate.hints() <= ROW_WIRES
        };
        let lanes = (1..ROUTED_WIRES).take_while(fits).last();
        Self {
            dividend,
            relu,
            lanes: lanes.expect("a lane fits in a row"),
            types,
            shift,
        }
    }

    /// Returns how many lanes a row has.
    #[must_use]
    pub fn lanes(&self) -> usize {
        self.lanes
    }

    /// Returns how many operands a lane has.
    #[must_use]
    pub fn operands(&self) -> usize {
        self.dividend.operands()
    }

    /// Returns the wire of a parameter that the lanes of a row share: of a channel bias and multiplier, of a sum
    /// both multipliers and both zero points, of a product the multiplier and both zero points.
    #[must_use]
    pub const fn parameter(index: usize) -> usize {
        1 + index
    }

    /// Returns the wire of an operand of a lane: the sum, and its own multiplier; or the two lanes.
    #[must_use]
    pub const fn operand(&self, lane: usize, index: usize) -> usize {
        let of_lane = self.dividend.operands() + 1;
        Self::parameter(self.dividend.parameters()) + lane * of_lane + index
    }

    /// Returns the wire of a lane's value.
    #[must_use]
    pub const fn value(&self, lane: usize) -> usize {
        self.operand(lane, self.dividend.operands())
    }

    fn quotient_bits(&self) -> u32 {
        quotient_bits(self.dividend, self.types, self.shift)
    }

    fn value_limbs(&self) -> Range<usize> {
        FIRST_LIMB..FIRST_LIMB + limbs(self.types.result.bits()) - 1
    }

    fn remainder_limbs(&self) -> Range<usize> {
        let start = self.value_limbs().end;
        start..start + limbs(self.shift)
    }

    fn excess_limbs(&self) -> Range<usize> {
        let start = self.remainder_limbs().end;
        start..start + limbs(self.quotient_bits())
    }

    fn negative(&self) -> usize {
        self.excess_limbs().end
    }

    fn inverse(&self) -> usize {
        self.negative() + 1
    }

    fn hints_of_lane(&self) -> usize {
        if self.relu {
            self.excess_limbs().end
        } else {
            self.inverse() + 1
        }
    }

    /// Emits the constraints of one lane.
    fn constrain_lane<A: Algebra>(
        &self,
        a: &mut A,
        [dividend, zero, value]: [A::V; 3],
        hints: &[A::V],
        emit: &mut impl FnMut(A::V),
    ) {
        let saturated = Saturated {
            lane: self.types.result,
            over: hints[OVER],
            under: hints[UNDER],
            value_limbs: &hints[self.value_limbs()],
            remainder_limbs: &hints[self.remainder_limbs()],
            excess_limbs: &hints[self.excess_limbs()],
        };
        let [remainder, excess] = saturated.constrain_ranges(a, value, emit);
        let above_zero = a.sub(value, zero);
        let mut quotient = above_zero;
        let (lower, inside) = if self.relu {
            (zero, above_zero)
        } else {
            let (down, inside) = self.constrain_tie(a, remainder, above_zero, hints, emit);
            quotient = a.add(quotient, down);
            (a.constant(signed(self.types.result.min())), inside)
        };
        let beyond = saturated.constrain_bounds(a, [value, lower], [excess, inside], emit);
        quotient = a.add(quotient, beyond);
        let half = a.constant(F::from_canonical_u64(1 << (self.shift - 1)));
        let numerator = a.add(dividend, half);
        let divided = a.scaled(F::from_canonical_u64(1 << self.shift), quotient, remainder);
        emit(a.sub(numerator, divided));
    }

    /// Emits what makes `down` of the remainder and the sign, and returns it with what the excess is where nothing
    /// saturates.
    fn constrain_tie<A: Algebra>(
        &self,
        a: &mut A,
        remainder: A::V,
        x: A::V,
        hints: &[A::V],
        emit: &mut impl FnMut(A::V),
    ) -> (A::V, A::V) {
        let (negative, inverse) = (hints[self.negative()], hints[self.inverse()]);
        let one = a.constant(F::ONE);
        let tie = a.product(F::NEG_ONE, remainder, inverse, F::ONE, one);
        emit(a.mul(tie, remainder));
        emit(a.mul(tie, inverse));
        emit(bit_check(a, negative));
        emit(a.mul(hints[OVER], negative));
        emit(a.product(F::NEG_ONE, hints[UNDER], negative, F::ONE, hints[UNDER]));
        // x - tie + negative·(tie - 2x - 1)
        let slope = a.scaled(-F::TWO, x, tie);
        let slope = a.offset(slope, F::NEG_ONE);
        let strict = a.sub(x, tie);
        let inside = a.mul_add(negative, slope, strict);
        (a.mul(tie, negative), inside)
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
}

impl Hints {
    /// Divides as the gate does: floor division, one less at a tie below zero.
    fn of(dividend: i64, zero: i64, rescale: Rescale) -> Self {
        let Rescale { shift, relu, lane } = rescale;
        let numerator = dividend + (1 << (shift - 1));
        let (floor, remainder) = (numerator >> shift, numerator & ((1 << shift) - 1));
        let tie = !relu && remainder == 0;
        let quotient = floor - i64::from(tie && floor <= 0);
        let (lower, v) = (if relu { zero } else { lane.min() }, quotient + zero);
        let Clamped {
            over,
            under,
            value,
            excess,
        } = Clamped::of(v, lower, lane);
        let x = value - zero;
        let negative = !relu && !over && (under || x < 0);
        let inside = match negative {
            true => -x - 1,
            false => x - i64::from(tie),
        };
        Self {
            over,
            under,
            value,
            remainder,
            excess: excess.unwrap_or(inside),
            negative,
        }
    }
}

impl Formula for Requantize {
    fn routed(&self) -> usize {
        self.operand(self.lanes, 0)
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
        // The division; the tie and its sign.
        let tie = if self.relu { 0 } else { 5 };
        let lane =
            Saturated::<F>::constraints(self.types.result, limbs(self.shift), self.quotient_bits());
        self.lanes * (lane + 1 + tie)
    }

    fn constrain<A: Algebra>(
        &self,
        a: &mut A,
        wires: &[A::V],
        _: &[A::V],
        mut emit: impl FnMut(A::V),
    ) {
        let (routed, hints) = wires.split_at(self.routed());
        let parameters = &routed[Self::parameter(0)..self.operand(0, 0)];
        for (lane, hints) in hints.chunks(self.hints_of_lane()).enumerate() {
            let value = self.value(lane);
            let operands = &routed[self.operand(lane, 0)..value];
            let dividend = self.dividend.compute(a, parameters, operands);
            let given = [dividend, routed[Self::ZERO_POINT], routed[value]];
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
        let lane = self.types.result;
        let limit = 1 << (self.dividend.bits(self.types.inputs) + MULTIPLIER_BITS);
        let zero = to_signed(read(Self::ZERO_POINT)).clamp(lane.min(), lane.max());
        let parameters = (Self::parameter(0)..self.operand(0, 0))
            .map(&read)
            .collect::<Vec<_>>();
        let rescale = Rescale {
            shift: self.shift,
            relu: self.relu,
            lane,
        };
        for index in 0..self.lanes {
            let operands = (self.operand(index, 0)..self.value(index)).map(&read);
            let operands = operands.collect::<Vec<_>>();
            let dividend = self.dividend.compute(&mut OverBase, &parameters, &operands);
            let dividend = to_signed(dividend).clamp(-limit, limit);
            let hints = Hints::of(dividend, zero, rescale);

            write(self.value(index), signed(hints.value));
            let start = self.routed() + index * self.hints_of_lane();
            write(start + OVER, F::from_bool(hints.over));
            write(start + UNDER, F::from_bool(hints.under));
            let numbers = [
                (self.value_limbs(), hints.value - lane.min()),
                (self.remainder_limbs(), hints.remainder),
                (self.excess_limbs(), hints.excess),
            ];
            if !self.relu {
                let remainder = signed(hints.remainder);
                write(start + self.negative(), F::from_bool(hints.negative));
                write(
                    start + self.inverse(),
                    remainder.try_inverse().unwrap_or(F::ZERO),
                );
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
