//! Random tiny models for property tests, here and in the crates above.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::quant::limits::{BIAS_MAX, BIAS_MIN, FORMAT, MULTIPLIER_MAX};
use crate::{Architecture, DenseData, LayerSpec, Quantization, QuantizedModel, Scale, Scales};

/// Layers of a random model, at most.
pub const MAX_TINY_LAYERS: usize = 3;

/// Lanes anywhere in a random model, at most.
pub const MAX_TINY_LANES: usize = 9;

/// Returns random shapes: one to three dense layers, with and without ReLU and ArgMax.
pub fn arb_architecture() -> impl Strategy<Value = Architecture> {
    let widths = vec(1..=MAX_TINY_LANES, 2..=MAX_TINY_LAYERS + 1);
    (widths, vec(any::<bool>(), MAX_TINY_LAYERS), any::<bool>()).prop_map(
        |(widths, relus, argmax)| {
            let mut layers: Vec<LayerSpec> = widths
                .windows(2)
                .zip(relus)
                .map(|(pair, relu)| LayerSpec::Dense {
                    inputs: pair[0],
                    outputs: pair[1],
                    relu,
                })
                .collect();
            if argmax {
                layers.push(LayerSpec::ArgMax {
                    inputs: widths[widths.len() - 1],
                });
            }
            Architecture {
                format: FORMAT,
                inputs: widths[0],
                layers,
            }
        },
    )
}

/// Returns random models of every tiny shape: typical numbers and the ends of every range.
pub fn arb_model() -> impl Strategy<Value = QuantizedModel> {
    arb_architecture().prop_flat_map(arb_model_of)
}

/// Returns random models of one shape.
pub fn arb_model_of(architecture: Architecture) -> impl Strategy<Value = QuantizedModel> {
    let dense: Vec<_> = architecture
        .layers
        .iter()
        .filter_map(|spec| match *spec {
            LayerSpec::Dense {
                inputs, outputs, ..
            } => Some(arb_dense(inputs, outputs)),
            LayerSpec::ArgMax { .. } => None,
        })
        .collect();
    (dense, any::<i8>(), any::<i8>()).prop_map(move |(dense, input_zero, output_zero)| {
        let scale = Scale {
            mantissa: 1 << 31,
            shift: 35,
        };
        let scales = Scales {
            input: Quantization {
                scale,
                zero_point: input_zero,
            },
            output: Quantization {
                scale,
                zero_point: output_zero,
            },
        };
        QuantizedModel::new(architecture.clone(), scales, dense)
            .expect("the strategy keeps to the widths")
    })
}

/// Returns random inputs of a model, the ends of the range among them.
pub fn arb_input(model: &QuantizedModel) -> impl Strategy<Value = Vec<i8>> + use<> {
    vec(arb_lane(), model.architecture().inputs)
}

/// Returns a random model with a random input for it.
pub fn arb_model_and_input() -> impl Strategy<Value = (QuantizedModel, Vec<i8>)> {
    arb_model().prop_flat_map(|model| {
        let input = arb_input(&model);
        (Just(model), input)
    })
}

fn arb_lane() -> impl Strategy<Value = i8> {
    prop_oneof![6 => any::<i8>(), 1 => Just(i8::MIN), 1 => Just(i8::MAX), 1 => Just(0)]
}

fn arb_dense(inputs: usize, outputs: usize) -> impl Strategy<Value = DenseData> {
    // Around 2^16 a multiplier brings typical accumulators of tiny layers back to a few lanes; around 2^23
    // ties and saturation are frequent.
    let multiplier = prop_oneof![
        4 => 1_u32 << 14..1 << 18,
        2 => Just(1_u32 << 23),
        2 => 0..=MULTIPLIER_MAX,
        1 => Just(0),
        1 => Just(MULTIPLIER_MAX),
    ];
    let bias = prop_oneof![
        6 => -5_000..5_000_i32,
        1 => BIAS_MIN..=BIAS_MAX,
        1 => Just(BIAS_MIN),
        1 => Just(BIAS_MAX),
    ];
    (
        vec(arb_lane(), inputs * outputs),
        vec(bias, outputs),
        vec(multiplier, outputs),
        arb_lane(),
    )
        .prop_map(
            |(weights, bias, multipliers, output_zero_point)| DenseData {
                weights,
                bias,
                multipliers,
                output_zero_point,
            },
        )
}
