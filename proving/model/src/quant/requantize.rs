//! From a wide accumulator back to a lane.

use assay_statement::Lane;

/// How an accumulator becomes a lane, besides the numbers that training found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rescale {
    /// What is divided by, as a power of two.
    pub shift: u32,
    /// Whether the zero point is the lower bound.
    pub relu: bool,
    /// The lane of the result, int8 or int16.
    pub lane: Lane,
}

/// One requantization with everything a circuit needs to check it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Requantized {
    /// Whether the accumulator is below zero.
    pub negative: bool,
    /// The rounded quotient, before zero point and saturation.
    pub quotient: i64,
    /// What the division left, `0 <= remainder < 2^shift`.
    pub remainder: i64,
    /// The lane.
    pub value: i16,
}

/// Divides `accumulator * multiplier` by 2^shift, rounding half away from zero, adds the zero point and
/// saturates at the ends of the lane; with `relu` the lower bound is the zero point.
///
/// Rounding half away from zero in one floor division: with `n = 1` if the accumulator is negative, else 0,
///
/// ```text
/// accumulator * multiplier + 2^(shift-1) - n = quotient * 2^shift + remainder,   0 <= remainder < 2^shift
/// value = min(lane.max, max(relu ? zero_point : lane.min, quotient + zero_point))
/// ```
///
/// (A tie is moved down by `n` exactly where the product is negative. A product that is zero by a zero
/// multiplier has quotient 0 with either `n`.) The fixed-point multiplier in place of a real factor is that
/// of Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only
/// Inference", section 2.2, with one shift for all channels.
///
/// # Panics
/// Never for an accumulator within `WIDE_ACCUMULATOR_LIMIT`, a multiplier within `MULTIPLIER_MAX`, a zero point of the
/// lane and a shift of at most 32.
#[must_use]
pub fn requantize(
    accumulator: i64,
    multiplier: u32,
    zero_point: i16,
    rescale: Rescale,
) -> Requantized {
    let Rescale { shift, relu, lane } = rescale;
    let negative = accumulator < 0;
    let numerator = accumulator * i64::from(multiplier) + (1 << (shift - 1)) - i64::from(negative);
    // An arithmetic shift is the floor division by a power of two.
    let quotient = numerator >> shift;
    let remainder = numerator - (quotient << shift);
    let zero_point = i64::from(zero_point);
    let lower = if relu { zero_point } else { lane.min() };
    let clamped = (quotient + zero_point).clamp(lower, lane.max());
    let value = i16::try_from(clamped).expect("clamped to the lane's range");
    Requantized {
        negative,
        quotient,
        remainder,
        value,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::quant::limits::{
        MULTIPLIER_MAX, PAIR_SHIFT, SHIFT, WIDE_ACCUMULATOR_LIMIT, WIDE_SHIFT,
    };

    /// The definition, without tricks: round half away from zero by sign and magnitude.
    fn reference(
        accumulator: i64,
        multiplier: u32,
        zero_point: i16,
        Rescale { shift, relu, .. }: Rescale,
        [least, most]: [i128; 2],
    ) -> i16 {
        let product = i128::from(accumulator) * i128::from(multiplier);
        let magnitude = (product.abs() * 2 + (1 << shift)) / (1 << (shift + 1));
        let shifted = product.signum() * magnitude + i128::from(zero_point);
        let lower = if relu { i128::from(zero_point) } else { least };
        i16::try_from(shifted.max(lower).min(most)).unwrap()
    }

    const fn to(shift: u32, relu: bool, lane: Lane) -> Rescale {
        Rescale { shift, relu, lane }
    }

    #[test]
    fn ties_round_away_from_zero() {
        let half = 1 << (SHIFT - 1);
        let check = |accumulator: i64, multiplier, expected| {
            for shift in [SHIFT, WIDE_SHIFT, PAIR_SHIFT] {
                let accumulator = accumulator << (shift - SHIFT);
                let got = requantize(accumulator, multiplier, 0, to(shift, false, Lane::Int8));
                assert_eq!(got.value, expected);
            }
        };
        check(1, half, 1);
        check(-1, half, -1);
        check(3, half, 2);
        check(-3, half, -2);
        check(1, half - 1, 0);
        check(-1, half - 1, 0);
        check(-1, half + 1, -1);
        check(0, half, 0);
        check(-5, 0, 0);
    }

    #[test]
    fn saturation_and_relu_clamp() {
        let one = MULTIPLIER_MAX;
        let check = |accumulator, zero, relu, lane, expected| {
            let got = requantize(accumulator, one, zero, to(SHIFT, relu, lane));
            assert_eq!(got.value, expected);
        };
        check(1000, 0, false, Lane::Int8, 127);
        check(-1000, 0, false, Lane::Int8, -128);
        check(-1000, -7, true, Lane::Int8, -7);
        check(-1000, 127, true, Lane::Int8, 127);
        check(5, -128, true, Lane::Int8, -123);
        check(1000, 0, false, Lane::Int16, 1000);
        check(40_000, 0, false, Lane::Int16, 32_767);
        check(-40_000, 0, false, Lane::Int16, -32_768);
        check(-40_000, -300, true, Lane::Int16, -300);
    }

    proptest! {
        #[test]
        fn equals_the_definition_and_its_circuit_equation(
            accumulator in -(WIDE_ACCUMULATOR_LIMIT - 1)..WIDE_ACCUMULATOR_LIMIT,
            small in -70_000i64..70_000,
            smaller in -300i64..300,
            multiplier in 0..=MULTIPLIER_MAX,
            zero_point: i16,
            relu: bool,
            is_int8: bool,
            wide: u8,
        ) {
            let shift = [SHIFT, WIDE_SHIFT, PAIR_SHIFT][usize::from(wide % 3)];
            let (lane, zero_point, ends) = if is_int8 {
                (Lane::Int8, zero_point >> 8, [-128, 127])
            } else {
                (Lane::Int16, zero_point, [-32_768, 32_767])
            };
            for accumulator in [accumulator, small, smaller] {
                let rescale = to(shift, relu, lane);
                let got = requantize(accumulator, multiplier, zero_point, rescale);
                let expected = reference(accumulator, multiplier, zero_point, rescale, ends);
                prop_assert_eq!(got.value, expected);
                prop_assert!((0..1 << shift).contains(&got.remainder));
                prop_assert!(got.quotient.abs() < WIDE_ACCUMULATOR_LIMIT);
                prop_assert_eq!(
                    accumulator * i64::from(multiplier) + (1 << (shift - 1)) - i64::from(got.negative),
                    (got.quotient << shift) + got.remainder
                );
            }
        }
    }
}
