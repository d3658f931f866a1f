//! From a wide accumulator back to an int8 lane.

use super::limits::SHIFT;

/// One requantization with everything a circuit needs to check it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Requantized {
    /// Whether the accumulator is below zero.
    pub negative: bool,
    /// The rounded quotient, before zero point and saturation.
    pub quotient: i64,
    /// What the division left, `0 <= remainder < 2^SHIFT`.
    pub remainder: i64,
    /// The lane.
    pub value: i8,
}

/// Divides `accumulator * multiplier` by 2^SHIFT, rounding half away from zero, adds the zero point and
/// saturates; with `relu` the lower bound is the zero point instead of -128.
///
/// Rounding half away from zero in one floor division: with `n = 1` if the accumulator is negative, else 0,
///
/// ```text
/// accumulator * multiplier + 2^(SHIFT-1) - n = quotient * 2^SHIFT + remainder,   0 <= remainder < 2^SHIFT
/// value = min(127, max(relu ? zero_point : -128, quotient + zero_point))
/// ```
///
/// (A tie is moved down by `n` exactly where the product is negative. A product that is zero by a zero
/// multiplier has quotient 0 with either `n`.) The fixed-point multiplier in place of a real factor is that
/// of Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only
/// Inference", section 2.2, with one shift for all channels.
///
/// # Panics
/// Never for an accumulator within `ACCUMULATOR_LIMIT` and a multiplier within `MULTIPLIER_MAX`.
#[must_use]
pub fn requantize(accumulator: i64, multiplier: u32, zero_point: i8, relu: bool) -> Requantized {
    let negative = accumulator < 0;
    let numerator = accumulator * i64::from(multiplier) + (1 << (SHIFT - 1)) - i64::from(negative);
    // An arithmetic shift is the floor division by a power of two.
    let quotient = numerator >> SHIFT;
    let remainder = numerator - (quotient << SHIFT);
    let zero_point = i64::from(zero_point);
    let lower = if relu { zero_point } else { i8::MIN.into() };
    let clamped = (quotient + zero_point).clamp(lower, i8::MAX.into());
    let value = i8::try_from(clamped).expect("clamped to the int8 range");
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
    use crate::quant::limits::{ACCUMULATOR_LIMIT, MULTIPLIER_MAX};

    /// The definition, without tricks: round half away from zero by sign and magnitude.
    fn reference(accumulator: i64, multiplier: u32, zero_point: i8, relu: bool) -> i8 {
        let product = i128::from(accumulator) * i128::from(multiplier);
        let magnitude = (product.abs() * 2 + (1 << SHIFT)) / (1 << (SHIFT + 1));
        let shifted = product.signum() * magnitude + i128::from(zero_point);
        let lower = if relu { i128::from(zero_point) } else { -128 };
        i8::try_from(shifted.max(lower).min(127)).unwrap()
    }

    #[test]
    fn ties_round_away_from_zero() {
        let half = 1 << (SHIFT - 1);
        let check = |accumulator, multiplier, expected| {
            assert_eq!(
                requantize(accumulator, multiplier, 0, false).value,
                expected
            );
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
        assert_eq!(requantize(1000, one, 0, false).value, 127);
        assert_eq!(requantize(-1000, one, 0, false).value, -128);
        assert_eq!(requantize(-1000, one, -7, true).value, -7);
        assert_eq!(requantize(-1000, one, 127, true).value, 127);
        assert_eq!(requantize(5, one, -128, true).value, -123);
    }

    proptest! {
        #[test]
        fn equals_the_definition_and_its_circuit_equation(
            accumulator in -(ACCUMULATOR_LIMIT - 1)..ACCUMULATOR_LIMIT,
            small in -300i64..300,
            multiplier in 0..=MULTIPLIER_MAX,
            zero_point: i8,
            relu: bool,
        ) {
            for accumulator in [accumulator, small] {
                let got = requantize(accumulator, multiplier, zero_point, relu);
                prop_assert_eq!(got.value, reference(accumulator, multiplier, zero_point, relu));
                prop_assert!((0..1 << SHIFT).contains(&got.remainder));
                prop_assert!(got.quotient.abs() < ACCUMULATOR_LIMIT);
                prop_assert_eq!(
                    accumulator * i64::from(multiplier) + (1 << (SHIFT - 1)) - i64::from(got.negative),
                    (got.quotient << SHIFT) + got.remainder
                );
            }
        }
    }
}
