//! The widths of every integer of a quantized model, in one place.
//!
//! Format 1 fixes all of them, so that a circuit depends on a model's shape and never on what training
//! found. The circuit asserts the same numbers; changing one is a new [`FORMAT`].

/// The version of the integer semantics: what `architecture.format` must say.
pub const FORMAT: u32 = 1;

/// Bits of a weight and of an activation: signed, all 256 values allowed.
pub const ACTIVATION_BITS: u32 = 8;

/// The largest absolute value of a weight or activation (of -128).
pub const ACTIVATION_MAX_ABS: i64 = 1 << (ACTIVATION_BITS - 1);

/// Every requantization divides by 2^24. A multiplier stands for `m / 2^24`, hence for a factor below one;
/// its rounding error moves an output by less than half a step at 1,024 inputs and the largest accumulator.
pub const SHIFT: u32 = 24;

/// Multipliers are unsigned with this many bits: `0 <= m < 2^24`.
pub const MULTIPLIER_BITS: u32 = 24;

/// The largest multiplier.
pub const MULTIPLIER_MAX: u32 = (1 << MULTIPLIER_BITS) - 1;

/// Biases are signed with this many bits: `-2^27 <= b < 2^27`, far beyond what int8 products need and a
/// whole number of base-4 limbs.
pub const BIAS_BITS: u32 = 28;

/// The smallest bias.
pub const BIAS_MIN: i32 = -(1 << (BIAS_BITS - 1));

/// The largest bias.
pub const BIAS_MAX: i32 = (1 << (BIAS_BITS - 1)) - 1;

/// Accumulators are below 2^31 in absolute value. Then accumulator times multiplier stays below 2^55, so that
/// no relation of the circuit comes near the field's modulus, and a rounded quotient below 2^31.
pub const ACCUMULATOR_BITS: u32 = 31;

/// No accumulator reaches this absolute value.
pub const ACCUMULATOR_LIMIT: i64 = 1 << ACCUMULATOR_BITS;

/// Inputs of one dense layer; 2^16 of them keep the accumulator within [`ACCUMULATOR_LIMIT`].
pub const MAX_DENSE_INPUTS: usize = 1 << 16;

/// Outputs of one dense layer: beyond what one proof of today's circuit can hold.
pub const MAX_DENSE_OUTPUTS: usize = 1 << 14;

/// Layers of a model: deep enough for multi-layer perceptrons, small enough to list on a card.
pub const MAX_LAYERS: usize = 64;

/// Weights of all layers together: about ten times what a 2^16-row circuit can commit to.
pub const MAX_WEIGHTS: usize = 1 << 22;

/// Returns the largest absolute value an accumulator over `inputs` products can have, for any data.
#[must_use]
pub const fn accumulator_bound(inputs: usize) -> u128 {
    inputs as u128 * (ACTIVATION_MAX_ABS * ACTIVATION_MAX_ABS) as u128 + (1 << (BIAS_BITS - 1))
}

const _: () = {
    assert!(accumulator_bound(MAX_DENSE_INPUTS) < ACCUMULATOR_LIMIT as u128);
    assert!(ACCUMULATOR_BITS + MULTIPLIER_BITS < 62);
};
