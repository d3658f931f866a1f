//! The widths of every integer of a quantized model, in one place.
//!
//! Format 2 fixes all of them by shape, so that a circuit depends on a model's shape and never on what training
//! found. The circuit asserts the same numbers; changing one is a new [`FORMAT`].

/// The version of the integer semantics: what `architecture.format` must say.
pub const FORMAT: u32 = 2;

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

/// Multipliers of wide sums, whose factors are below 64: the terms of a sum may have larger steps than its result, as
/// those of a residual network that came quantized, with a scale for every value.
pub const WIDE_MULTIPLIER_BITS: u32 = MULTIPLIER_BITS + 6;

/// No bias has more bits than this.
pub const MAX_BIAS_BITS: u32 = 30;

/// Accumulators are below 2^31 in absolute value. Then accumulator times multiplier stays below 2^55, so that
/// no relation of the circuit comes near the field's modulus, and a rounded quotient below 2^31.
pub const ACCUMULATOR_BITS: u32 = 31;

/// No accumulator reaches this absolute value.
pub const ACCUMULATOR_LIMIT: i64 = 1 << ACCUMULATOR_BITS;

/// Products that one accumulator sums; 2^16 of them keep it within [`ACCUMULATOR_LIMIT`].
pub const MAX_PRODUCTS: usize = 1 << 16;

/// Outputs of one dense layer, and channels of one convolution: beyond what one proof can hold.
pub const MAX_OUTPUTS: usize = 1 << 14;

/// Nodes of an architecture: a deep transformer in single operators.
pub const MAX_NODES: usize = 1024;

/// Inputs of one node: a wide concatenation.
pub const MAX_NODE_INPUTS: usize = 64;

/// Dimensions of a tensor: batches of images have four; two to spare.
pub const MAX_RANK: usize = 6;

/// Elements of one value. Without it a small file could ask for a large tensor at each of its nodes.
pub const MAX_ACTIVATIONS: usize = 1 << 18;

/// Elements of all values together: sixteen tensors of the largest size.
pub const MAX_ALL_ACTIVATIONS: usize = 1 << 22;

/// Weights of all nodes together: about ten times what a 2^16-row circuit can commit to.
pub const MAX_WEIGHTS: usize = 1 << 22;

/// Multiply-adds of one inference, so that evaluating takes seconds at most.
pub const MAX_MULTIPLY_ADDS: usize = 1 << 30;

/// Bytes of an architecture's canonical form: the most nodes with their usual parameters.
pub const MAX_ARCHITECTURE_BYTES: usize = 256 << 10;

/// Returns the bits of the biases of a node whose accumulators sum `products` products: signed, a whole number
/// of base-4 limbs.
///
/// The width is the smallest that holds twice the largest sum of products. A bias beyond that leaves the
/// products less than one lane of the output, and the quantizer then takes larger weight steps; so the width
/// costs no accuracy and keeps the accumulators of small kernels small.
#[must_use]
pub const fn bias_bits(products: usize) -> u32 {
    let largest = products as u128 * (ACTIVATION_MAX_ABS * ACTIVATION_MAX_ABS) as u128;
    let mut bits = 2;
    while bits < MAX_BIAS_BITS && (1_u128 << (bits - 1)) < 2 * largest {
        bits += 2;
    }
    bits
}

/// Returns the smallest bias of such a node.
#[must_use]
pub const fn bias_min(products: usize) -> i32 {
    -(1 << (bias_bits(products) - 1))
}

/// Returns the largest bias of such a node.
#[must_use]
pub const fn bias_max(products: usize) -> i32 {
    (1 << (bias_bits(products) - 1)) - 1
}

/// Returns the largest absolute value an accumulator over `products` products can have, for any data.
#[must_use]
pub const fn accumulator_bound(products: usize) -> u128 {
    products as u128 * (ACTIVATION_MAX_ABS * ACTIVATION_MAX_ABS) as u128
        + (1 << (bias_bits(products) - 1))
}

const _: () = {
    assert!(accumulator_bound(MAX_PRODUCTS) < ACCUMULATOR_LIMIT as u128);
    assert!(ACCUMULATOR_BITS + MULTIPLIER_BITS < 62);
};
