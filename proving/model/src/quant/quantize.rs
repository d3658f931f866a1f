//! Post-training quantization: the last place where there are floats.
//!
//! Weights are symmetric per output channel, activations affine per tensor, as in Jacob et al., "Quantization
//! and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference", sections 2.1 to 2.4:
//!
//! ```text
//! real = scale * (lane - zero_point)
//! accumulator[j] = sum_i w[j][i] * x[i] + bias[j]            in steps of scale_x * scale_w[j]
//! multiplier[j]  = round(2^SHIFT * scale_x * scale_w[j] / scale_y)
//! ```

use super::architecture::Architecture;
use super::calibrate::{Range, calibrate};
use super::error::QuantizeError;
use super::float::{FloatDense, FloatLayer, fuse};
use super::limits::{MULTIPLIER_MAX, SHIFT, bias_max};
use super::model::{NodeData, QuantizedModel};
use super::scale::{Quantization, Scale, Scales};
use super::sections::Part;
use super::tensor::TensorSpec;
use crate::graph::Graph;

/// The largest weight lane: -128 is left unused, so that scales are symmetric.
const WEIGHT_MAX: f64 = 127.0;

/// Quantizes a float model with the ranges that its values have on the samples.
pub fn quantize(graph: &Graph, samples: &[Vec<f32>]) -> Result<QuantizedModel, QuantizeError> {
    let layers = fuse(graph)?;
    let mut architecture = Architecture::new(TensorSpec::int8(&[1, graph.inputs()]));
    for layer in &layers {
        architecture.push(layer.spec(), &[architecture.output])?;
    }
    // Before the work, so that a model over a limit costs nothing.
    architecture.validate()?;
    let ranges = calibrate(&layers, graph.inputs(), samples)?;
    let input = quantization(0, ranges.input, 0.0)?;
    let mut current = input;
    let mut data = Vec::new();
    for (layer, (float, range)) in layers.iter().zip(&ranges.layers).enumerate() {
        if let FloatLayer::Dense(dense) = float {
            let scales = weight_scales(dense, current.scale.to_f64());
            let output = quantization(
                layer,
                *range,
                smallest_scale(&scales, current.scale.to_f64()),
            )?;
            data.push(quantize_dense(layer, dense, &scales, current, output)?);
            current = output;
        } else {
            data.push(NodeData::default());
        }
    }
    Ok(QuantizedModel::new(
        architecture,
        Scales {
            input,
            output: current,
        },
        data,
    )?)
}

/// Returns the affine mapping that spreads a range over 256 lanes, its step at least `smallest`.
fn quantization(layer: usize, range: Range, smallest: f64) -> Result<Quantization, QuantizeError> {
    let width = range.max - range.min;
    let step = if width > 0.0 { width / 255.0 } else { 1.0 };
    let scale = Scale::from_f64(step.max(smallest)).map_err(|_| QuantizeError::Range {
        layer,
        reason: format!("values from {} to {} have no scale", range.min, range.max),
    })?;
    let zero_point = (f64::from(i8::MIN) - range.min / scale.to_f64()).round();
    Ok(Quantization {
        scale,
        zero_point: saturate(zero_point),
    })
}

/// Returns the step of each output channel's weights: the largest weight is lane 127, unless the bias would
/// not fit its width in steps so small.
fn weight_scales(dense: &FloatDense, input_scale: f64) -> Vec<f64> {
    // The part of the bias width that the float bias may take; the rest is for the folded zero point.
    let target = f64::from(bias_max(dense.inputs) / 2);
    let rows = dense.weights.chunks_exact(dense.inputs);
    rows.zip(&dense.bias)
        .map(|(row, &bias)| {
            let largest = row.iter().fold(0.0_f64, |largest, &weight| {
                largest.max(f64::from(weight).abs())
            });
            let scale = (largest / WEIGHT_MAX).max(f64::from(bias).abs() / (input_scale * target));
            if scale > 0.0 { scale } else { 1.0 / WEIGHT_MAX }
        })
        .collect()
}

/// Returns the smallest output step at which every multiplier is within its width.
fn smallest_scale(weight_scales: &[f64], input_scale: f64) -> f64 {
    let largest = weight_scales
        .iter()
        .fold(0.0_f64, |largest, &scale| largest.max(scale));
    input_scale * largest * 2f64.powi(SHIFT.cast_signed()) / f64::from(MULTIPLIER_MAX)
}

fn quantize_dense(
    layer: usize,
    dense: &FloatDense,
    weight_scales: &[f64],
    input: Quantization,
    output: Quantization,
) -> Result<NodeData, QuantizeError> {
    let input_scale = input.scale.to_f64();
    let (mut weights, mut biases, mut multipliers) = (Vec::new(), Vec::new(), Vec::new());
    let rows = dense.weights.chunks_exact(dense.inputs).zip(&dense.bias);
    for ((row, &bias), &scale) in rows.zip(weight_scales) {
        let start = weights.len();
        let lane = |&weight: &f32| i32::from(saturate((f64::from(weight) / scale).round()));
        weights.extend(row.iter().map(lane));
        let sum: i32 = weights[start..].iter().sum();
        let steps = (f64::from(bias) / (input_scale * scale)).round() as i64;
        let folded = steps.saturating_sub(i64::from(input.zero_point) * i64::from(sum));
        biases.push(i32::try_from(folded).map_err(|_| QuantizeError::Range {
            layer,
            reason: format!("bias {bias} takes {folded} steps, expected 32 bits"),
        })?);
        let factor = input_scale * scale / output.scale.to_f64() * 2f64.powi(SHIFT.cast_signed());
        multipliers.push((factor.round() as i32).min(MULTIPLIER_MAX.cast_signed()));
    }
    Ok(NodeData::new([
        (Part::Weights, weights),
        (Part::Bias, biases),
        (Part::Multipliers, multipliers),
        (Part::OutputZeroPoint, vec![output.zero_point.into()]),
    ]))
}

/// Returns the lane nearest to a rounded number.
fn saturate(value: f64) -> i8 {
    value as i8
}
