//! Random tiny models for property tests, here and in the crates above.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::quant::limits::MULTIPLIER_MAX;
use crate::quant::ops::{ArgMax, Dense};
use crate::{
    Architecture, NodeData, OpSpec, Part, Quantization, QuantizedModel, Scale, Scales, SectionSpec,
    TensorSpec,
};

/// Layers of a random model, at most.
pub const MAX_TINY_LAYERS: usize = 3;

/// Lanes anywhere in a random model, at most.
pub const MAX_TINY_LANES: usize = 9;

/// Returns random shapes: one to three dense layers, with and without ReLU and ArgMax.
pub fn arb_architecture() -> impl Strategy<Value = Architecture> {
    let widths = vec(1..=MAX_TINY_LANES, 2..=MAX_TINY_LAYERS + 1);
    (widths, vec(any::<bool>(), MAX_TINY_LAYERS), any::<bool>()).prop_map(
        |(widths, relus, argmax)| {
            let mut architecture = Architecture::new(TensorSpec::int8(&[1, widths[0]]));
            let mut push = |op| {
                let last = architecture.output;
                architecture.push(op, &[last]).expect("rows fit");
            };
            for (pair, relu) in widths.windows(2).zip(relus) {
                push(OpSpec::Dense(Dense {
                    inputs: pair[0],
                    outputs: pair[1],
                    relu,
                }));
            }
            if argmax {
                push(OpSpec::ArgMax(ArgMax {}));
            }
            architecture
        },
    )
}

/// Returns random models of every tiny shape: typical numbers and the ends of every range.
pub fn arb_model() -> impl Strategy<Value = QuantizedModel> {
    arb_architecture().prop_flat_map(arb_model_of)
}

/// Returns random models of one shape.
pub fn arb_model_of(architecture: Architecture) -> impl Strategy<Value = QuantizedModel> {
    let data: Vec<_> = (architecture.nodes.iter().enumerate())
        .map(|(node, spec)| arb_data(&spec.op.sections(node)))
        .collect();
    (data, any::<i8>(), any::<i8>()).prop_map(move |(data, input_zero, output_zero)| {
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
        QuantizedModel::new(architecture.clone(), scales, data)
            .expect("the strategy keeps to the widths")
    })
}

/// Returns random inputs of a model, the ends of the range among them.
pub fn arb_input(model: &QuantizedModel) -> impl Strategy<Value = Vec<i8>> + use<> {
    vec(arb_lane(), model.architecture().inputs())
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

fn arb_data(sections: &[SectionSpec]) -> impl Strategy<Value = NodeData> + use<> {
    let parts: Vec<_> = sections.iter().map(arb_part).collect();
    parts.prop_map(NodeData::new)
}

fn arb_part(section: &SectionSpec) -> impl Strategy<Value = (Part, Vec<i32>)> + use<> {
    let SectionSpec {
        part,
        len,
        min,
        max,
        ..
    } = *section;
    let value = match part {
        // Around 2^16 a multiplier brings typical accumulators of tiny layers back to a few lanes; around 2^23
        // ties and saturation are frequent.
        Part::Multipliers => prop_oneof![
            4 => 1 << 14..1 << 18,
            2 => Just(1 << 23),
            2 => min..=max,
            1 => Just(0),
            1 => Just(MULTIPLIER_MAX.cast_signed()),
        ]
        .boxed(),
        Part::Bias => prop_oneof![
            6 => min.max(-5_000)..=max.min(5_000),
            1 => min..=max,
            1 => Just(min),
            1 => Just(max),
        ]
        .boxed(),
        Part::Weights | Part::OutputZeroPoint | Part::InputZeroPoint => {
            arb_lane().prop_map(i32::from).boxed()
        }
    };
    vec(value, len).prop_map(move |values| (part, values))
}
