//! Which values have int16 lanes, and when they are worth it.

use assay_statement::Lane;

use super::architecture::ValueId;
use super::error::QuantizeError;
use super::evaluate::Output;
use super::limits::accumulator_limit;
use super::lower::{FloatOp, Lowered};
use super::model::QuantizedModel;
use super::report::MAX_REPORT_SAMPLES;
use super::tensor::Lanes;
use crate::onnx::{FloatModel, FloatOutput};

/// The lanes of values between operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Activations {
    /// int8.
    #[default]
    Int8,
    /// int16 wherever what computes a value and all that read it can, else int8.
    Int16,
    /// int8; int16 where the loss on the calibration samples is above [`MAX_CLASS_LOSS`] or [`MAX_NOISE`], and
    /// smaller with int16. The only choice that depends on trained numbers: two trainings may have two circuits.
    Auto,
}

/// The part of the calibration samples that int8 may classify otherwise than floats do, before int16 is tried: one in
/// a hundred.
pub const MAX_CLASS_LOSS: f64 = 0.01;

/// The power of the error of a model's numbers, of which one is their own power, that int8 may have before int16 is
/// tried: 30 dB below.
pub const MAX_NOISE: f64 = 0.001;

/// Returns the lanes of each class of values that have one mapping, under its lowest value.
///
/// int16 are the classes of which every value is the model's input, chosen by its operator or moved, that no operator
/// reads which takes int8 alone, or whose accumulators could then be too wide, and that are neither the result nor
/// have a mapping in the file.
pub(super) fn class_lanes(lowered: &Lowered, classes: &[ValueId], widest: Lane) -> Vec<Lane> {
    let mut lanes = vec![widest; classes.len()];
    let mut narrow = |id: ValueId| lanes[classes[id]] = Lane::Int8;
    for (index, node) in lowered.nodes.iter().enumerate() {
        let spec = node.op.spec();
        if node.op.is_measured() && !spec.chooses_lane() {
            narrow(index + 1);
        }
        let wide = Lanes::INT16;
        let limit = accumulator_limit(wide.inputs).unsigned_abs();
        let is_too_wide = (spec.accumulator_bound(wide)).is_some_and(|bound| bound >= limit.into());
        if is_too_wide || !spec.takes(Lane::Int16) {
            node.inputs.iter().for_each(|&id| narrow(id));
        }
    }
    lowered.pins.keys().for_each(|&id| narrow(id));
    let result = lowered.output.checked_sub(1);
    let result = result.map(|node| &lowered.nodes[node].op);
    // A class is in the class of what it compares, but has lanes of its own.
    if !matches!(result, Some(FloatOp::ArgMax | FloatOp::ArgMin)) {
        narrow(lowered.output);
    }
    lanes
}

/// What a model's integers cost: the part of classes that differ, or the error's power over the signal's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Loss {
    pub value: f64,
    pub is_acceptable: bool,
}

/// Measures the loss on the first samples.
pub(super) fn loss(
    float: &FloatModel,
    model: &QuantizedModel,
    samples: &[Vec<f32>],
) -> Result<Loss, QuantizeError> {
    let samples = &samples[..samples.len().min(MAX_REPORT_SAMPLES)];
    let (mut wrong, mut noise, mut signal) = (0_u32, 0.0, 0.0);
    for sample in samples {
        let integer = model.evaluate(&model.input_lanes(sample))?;
        match (float.run(sample)?, integer) {
            (FloatOutput::Class(expected), Output::Class(got)) => {
                wrong += u32::from(expected != got);
            }
            (FloatOutput::Values(expected), Output::Lanes(lanes)) => {
                for (expected, lane) in expected.into_iter().map(f64::from).zip(lanes) {
                    noise += (model.scales().output.dequantize(lane) - expected).powi(2);
                    signal += expected.powi(2);
                }
            }
            // Both are read from one graph.
            (FloatOutput::Class(_), Output::Lanes(_))
            | (FloatOutput::Values(_), Output::Class(_)) => {}
        }
    }
    let is_class = float.graph().is_class(float.graph().output);
    let (value, most) = if is_class {
        (
            f64::from(wrong) / samples.len().max(1) as f64,
            MAX_CLASS_LOSS,
        )
    } else {
        (if signal > 0.0 { noise / signal } else { 0.0 }, MAX_NOISE)
    };
    Ok(Loss {
        value,
        is_acceptable: value <= most,
    })
}
