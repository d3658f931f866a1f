//! The widths of every integer of a quantized model, in one place.
//!
//! Format 2 fixes all of them by shape, so that a circuit depends on a model's shape and never on what training
//! found. The circuit asserts the same numbers; changing one is a new [`FORMAT`].

use assay_statement::Lane;

/// The version of the integer semantics: what `architecture.format` must say.
pub const FORMAT: u32 = 2;

/// Bits of a weight: signed, all 256 values allowed. Activations are int8 or int16 lanes, of which all are allowed.
pub const WEIGHT_BITS: u32 = 8;

/// The largest absolute value of a weight (of -128).
pub const WEIGHT_MAX_ABS: i64 = 1 << (WEIGHT_BITS - 1);

/// Every requantization divides by 2^24. A multiplier stands for `m / 2^24`, hence for a factor below one;
/// its rounding error moves an output by less than half a step at 1,024 inputs and the largest accumulator.
pub const SHIFT: u32 = 24;

/// Products of int16 lanes and weights are divided by 2^28. Their steps are finer than int8's, so that factors are from
/// 2^-21 (to int8, of a sum a hundred times its largest terms) to 2^-4 (to int16, of one an eighth of them), and a multiplier
/// of so small a factor would have few bits left.
pub const WIDE_SHIFT: u32 = 28;

/// Products of two values of which one is int16 are divided by 2^32: their steps are finer still.
pub const PAIR_SHIFT: u32 = 32;

/// Multipliers are unsigned with this many bits: `0 <= m < 2^24`.
pub const MULTIPLIER_BITS: u32 = 24;

/// The largest multiplier.
pub const MULTIPLIER_MAX: u32 = (1 << MULTIPLIER_BITS) - 1;

/// Multipliers of wide sums, whose factors are below 64: the terms of a sum may have larger steps than its result, as
/// those of a residual network that came quantized, with a scale for every value.
pub const WIDE_MULTIPLIER_BITS: u32 = MULTIPLIER_BITS + 6;

/// No bias of a node that reads int8 lanes has more bits than this.
pub const MAX_BIAS_BITS: u32 = 30;

/// No bias of a node that reads int16 lanes has more bits than this: it is an int32 lane.
pub const MAX_WIDE_BIAS_BITS: u32 = 32;

/// Accumulators of int8 lanes are below 2^31 in absolute value. Then accumulator times multiplier stays below 2^55, so that
/// no relation of the circuit comes near the field's modulus, and a rounded quotient below 2^31.
pub const ACCUMULATOR_BITS: u32 = 31;

/// No accumulator of int8 lanes reaches this absolute value.
pub const ACCUMULATOR_LIMIT: i64 = 1 << ACCUMULATOR_BITS;

/// Accumulators of int16 lanes are below 2^38 in absolute value: times a multiplier below 2^62, so that both sides of
/// a requantization together stay below the field's modulus.
pub const WIDE_ACCUMULATOR_BITS: u32 = 38;

/// No accumulator of int16 lanes reaches this absolute value.
pub const WIDE_ACCUMULATOR_LIMIT: i64 = 1 << WIDE_ACCUMULATOR_BITS;

/// Products that one accumulator sums; 2^16 of them keep it within [`ACCUMULATOR_LIMIT`] where lanes are int8.
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

/// Packed elements of all committed data together: a row of a circuit hashes eight of them, and a circuit has at most
/// 2^17 rows.
pub const MAX_COMMITTED_ELEMENTS: usize = 1 << 20;

/// Elements that all nodes read which do more than move them, padding of convolutions included: twice the most values.
/// Laying out a circuit copies them, and it takes a row for each 76 at least, so that 2^17 rows have no more use for them.
pub const MAX_ALL_READS: usize = 1 << 23;

/// Taps of all windows of poolings and sums together, sixteen for each element of the largest value: what a circuit of
/// 2^17 rows has room for is of that size, and evaluating takes a fraction of a second.
pub const MAX_ALL_TAPS: usize = 16 * MAX_ACTIVATIONS;

/// Elements of a convolution's input with the padding around it: twice the largest value. Padding is a number in a file,
/// and whoever lays a circuit out writes it down.
pub const MAX_PADDED: usize = 2 * MAX_ACTIVATIONS;

/// Multiply-adds of one inference, so that evaluating takes seconds at most.
pub const MAX_MULTIPLY_ADDS: usize = 1 << 30;

/// Bytes of an architecture's canonical form: the most nodes with their usual parameters.
pub const MAX_ARCHITECTURE_BYTES: usize = 256 << 10;

/// Returns what no accumulator of a node that reads such lanes reaches in absolute value.
#[must_use]
pub const fn accumulator_limit(input: Lane) -> i64 {
    match input {
        Lane::Int8 => ACCUMULATOR_LIMIT,
        Lane::Int16 | Lane::Int32 => WIDE_ACCUMULATOR_LIMIT,
    }
}

/// Returns by which power of two a sum of products of weights and such lanes is divided, times its multiplier. Sums of
/// lanes alone are divided by 2^[`SHIFT`], whatever lanes they are of.
#[must_use]
pub const fn product_shift(input: Lane) -> u32 {
    match input {
        Lane::Int8 => SHIFT,
        Lane::Int16 | Lane::Int32 => WIDE_SHIFT,
    }
}

/// Returns the same of products of two values, of which this is the wider one's lane.
#[must_use]
pub const fn pair_shift(input: Lane) -> u32 {
    match input {
        Lane::Int8 => SHIFT,
        Lane::Int16 | Lane::Int32 => PAIR_SHIFT,
    }
}

/// Returns the largest absolute value of a sum of so many products of a weight and a lane.
#[must_use]
pub const fn product_bound(products: usize, input: Lane) -> u128 {
    products as u128 * (WEIGHT_MAX_ABS * input.offset()) as u128
}

/// Returns the largest absolute value of a lane less a zero point.
#[must_use]
pub const fn difference_bound(lane: Lane) -> u128 {
    (lane.max() - lane.min()) as u128
}

/// Returns the bits of the biases of a node whose accumulators sum `products` products of weights and such lanes:
/// signed, a whole number of base-4 limbs.
///
/// The width is the smallest that holds twice the largest sum of products, or the largest allowed. A bias beyond twice
/// that sum leaves the products less than one lane of the output, and the quantizer then takes larger weight steps; so
/// the width costs no accuracy and keeps the accumulators of small kernels small.
#[must_use]
pub const fn bias_bits(products: usize, input: Lane) -> u32 {
    let largest = product_bound(products, input);
    let most = match input {
        Lane::Int8 => MAX_BIAS_BITS,
        Lane::Int16 | Lane::Int32 => MAX_WIDE_BIAS_BITS,
    };
    let mut bits = 2;
    while bits < most && (1_u128 << (bits - 1)) < 2 * largest {
        bits += 2;
    }
    bits
}

/// Returns the smallest bias of such a node.
#[must_use]
pub const fn bias_min(products: usize, input: Lane) -> i32 {
    -bias_max(products, input) - 1
}

/// Returns the largest bias of such a node.
#[must_use]
pub const fn bias_max(products: usize, input: Lane) -> i32 {
    ((1_u32 << (bias_bits(products, input) - 1)) - 1).cast_signed()
}

/// Returns the largest absolute value an accumulator over `products` products can have, for any data.
#[must_use]
pub const fn accumulator_bound(products: usize, input: Lane) -> u128 {
    product_bound(products, input) + (1 << (bias_bits(products, input) - 1))
}

const _: () = {
    assert!(accumulator_bound(MAX_PRODUCTS, Lane::Int8) < ACCUMULATOR_LIMIT as u128);
    assert!(ACCUMULATOR_BITS < WIDE_ACCUMULATOR_BITS);
    // Products and what rounding adds fit 64 bits with a sign.
    assert!(WIDE_ACCUMULATOR_BITS + MULTIPLIER_BITS < 63);
};
