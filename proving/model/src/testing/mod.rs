//! Random tiny models and ONNX files made in memory, for tests here and in the crates above.

pub mod onnx;
mod shapes;
pub mod trainings;
mod trees;

use assay_statement::Lane;
use proptest::collection::vec;
use proptest::prelude::*;

pub use trees::{arb_tree_architecture, arb_tree_model_and_input};

use crate::quant::limits::MULTIPLIER_MAX;
use crate::{
    Architecture, NodeData, OpSpec, Part, Quantization, QuantizedModel, Scale, Scales, SectionSpec,
};

/// Choices that a random shape takes, at most; those after the last are zero.
const MAX_CHOICES: usize = 64;

/// Returns random shapes: up to seven nodes of any operators on small tensors, joined into one output.
pub fn arb_architecture() -> impl Strategy<Value = Architecture> {
    arb_architecture_where(|_| true)
}

/// Returns random shapes of the operators that `allowed` accepts, and of those that join and read them: reshape,
/// concat, dense, arg_max.
pub fn arb_architecture_where(allowed: fn(&OpSpec) -> bool) -> impl Strategy<Value = Architecture> {
    let choices = vec(any::<u32>(), MAX_CHOICES);
    choices.prop_map(move |choices| shapes::architecture(&choices, allowed))
}

/// Returns random models of every tiny shape: typical numbers and the ends of every range.
pub fn arb_model() -> impl Strategy<Value = QuantizedModel> {
    arb_architecture().prop_flat_map(arb_model_of)
}

/// Returns random models of the shapes of [`arb_architecture_where`].
pub fn arb_model_where(allowed: fn(&OpSpec) -> bool) -> impl Strategy<Value = QuantizedModel> {
    arb_architecture_where(allowed).prop_flat_map(arb_model_of)
}

/// Returns random models of one shape.
pub fn arb_model_of(architecture: Architecture) -> impl Strategy<Value = QuantizedModel> {
    let data: Vec<_> = (0..architecture.nodes.len())
        .map(|node| arb_data(&architecture.sections_of(node)))
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

/// Returns random inputs of a model, the ends of the range among them; symbols of a model that takes symbols.
pub fn arb_input(model: &QuantizedModel) -> impl Strategy<Value = Vec<i16>> + use<> {
    let lane = match model.architecture().symbols() {
        Some(symbols) => {
            let last = i16::try_from(symbols - 1).expect("symbols are lanes");
            (0..=last).boxed()
        }
        None => arb_lane(model.architecture().input.lane).boxed(),
    };
    vec(lane, model.architecture().inputs())
}

/// Returns a random model with a random input for it.
pub fn arb_model_and_input() -> impl Strategy<Value = (QuantizedModel, Vec<i16>)> {
    arb_model().prop_flat_map(|model| {
        let input = arb_input(&model);
        (Just(model), input)
    })
}

/// Returns random int8 or int16 lanes.
fn arb_lane(lane: Lane) -> impl Strategy<Value = i16> {
    let narrow = |value: i64| i16::try_from(value).expect("lanes have at most 16 bits");
    let (min, max) = (narrow(lane.min()), narrow(lane.max()));
    prop_oneof![6 => min..=max, 1 => Just(min), 1 => Just(max), 1 => Just(0)]
}

fn arb_data(sections: &[SectionSpec]) -> impl Strategy<Value = NodeData> + use<> {
    let parts: Vec<_> = sections.iter().map(arb_part).collect();
    parts.prop_map(NodeData::new)
}

fn arb_part(section: &SectionSpec) -> impl Strategy<Value = (Part, Vec<i32>)> + use<> {
    let SectionSpec {
        part,
        len,
        lane,
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
        Part::Exponentials => prop_oneof![
            3 => min..=max,
            3 => 0..64,
            1 => Just(min),
            1 => Just(max),
        ]
        .boxed(),
        Part::Epsilon => prop_oneof![
            4 => min..=max.min(min.saturating_mul(64)),
            1 => Just(min),
            1 => Just(max),
        ]
        .boxed(),
        Part::ColumnScales => prop_oneof![
            6 => min.max(-9_000)..=max.min(9_000),
            1 => min..=max,
            1 => Just(min),
            1 => Just(max),
        ]
        .boxed(),
        // Few thresholds and a handful of inputs around them: equal numbers are frequent.
        Part::Thresholds => prop_oneof![4 => -2..=2, 1 => min..=max].boxed(),
        Part::Features => (min..=max).boxed(),
        Part::Leaves => prop_oneof![
            6 => min.max(-5_000)..=max.min(5_000),
            1 => min..=max,
            1 => Just(min),
            1 => Just(max),
        ]
        .boxed(),
        Part::Weights
        | Part::OutputZeroPoint
        | Part::InputZeroPoint
        | Part::Table
        | Part::Values => arb_lane(lane).prop_map(i32::from).boxed(),
    };
    vec(value, len).prop_map(move |values| (part, values))
}
