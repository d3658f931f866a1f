//! What the lanes of each value stand for.

use assay_statement::Lane;

use super::architecture::ValueId;
use super::classes::Classes;
use super::error::QuantizeError;
use super::limits::{MULTIPLIER_BITS, bias_max};
use super::lower::{FloatOp, Lowered, Product};
use super::observer::Range;
use super::ops::layer_norm;
use super::scale::{Quantization, Scale};
use super::tensor::Lanes;
use crate::graph::ops::Pool;

/// The largest weight lane: -128 is left unused, so that scales are symmetric.
const WEIGHT_MAX: f64 = 127.0;

/// Rounds of raising scales until every multiplier is within its width: a cycle through a concatenation may raise
/// them again and again.
const MAX_ROUNDS: usize = 64;

/// Returns the mapping of each class, under its lowest value: the range spread over 256 lanes, or over 65,536 with zero
/// in their middle, with steps no smaller than the multipliers that lead to it allow.
///
/// A zero point of int16 lanes folded into a bias could take more than its 32 bits, and the lanes that a range on one
/// side of zero leaves unused are no loss: 32,768 are left.
pub(super) fn mappings(
    lowered: &Lowered,
    classes: &Classes,
    ranges: &[Range],
) -> Result<Vec<Quantization>, QuantizeError> {
    let no_scale = |class: ValueId| QuantizeError::Range {
        node: match class.checked_sub(1) {
            None => "the input".into(),
            Some(node) => lowered.nodes[node].name.clone(),
        },
        reason: format!(
            "values from {} to {} have no scale",
            ranges[class].min, ranges[class].max
        ),
    };
    let step_of = |(class, range): (ValueId, &Range)| match classes.lane(class) {
        Lane::Int16 => range.max.max(-range.min) / f64::from(i16::MAX),
        Lane::Int8 | Lane::Int32 => (range.max - range.min) / 255.0,
    };
    // A value that is always the same has any step. The finest one of the others coarsens no sum that reads it.
    let own = ranges.iter().enumerate().map(step_of);
    let finest = own.clone().filter(|&step| step > 0.0);
    let finest = finest.min_by(f64::total_cmp).unwrap_or(1.0);
    let mut steps = Vec::with_capacity(ranges.len());
    for (class, step) in own.enumerate() {
        let step = if step > 0.0 { step } else { finest };
        Scale::from_f64(step).map_err(|_| no_scale(class))?;
        steps.push(step);
    }
    let fixed = fixed(lowered, classes)?;
    for (step, mapping) in steps.iter_mut().zip(&fixed) {
        if let Some(mapping) = mapping {
            *step = mapping.scale.to_f64();
        }
    }
    for (&id, mapping) in &lowered.pins {
        steps[classes.class(id)] = mapping.scale.to_f64();
    }
    for round in 0.. {
        let mut raised = None;
        for (index, node) in lowered.nodes.iter().enumerate() {
            if !node.op.is_measured() {
                continue;
            }
            let inputs: Vec<f64> = node
                .inputs
                .iter()
                .map(|&id| steps[classes.class(id)])
                .collect();
            let inputs_lane = node.inputs.iter().map(|&id| classes.lane(id));
            let lanes = Lanes {
                inputs: inputs_lane
                    .max_by_key(|lane| lane.bits())
                    .unwrap_or(Lane::Int8),
                result: classes.lane(index + 1),
            };
            let smallest = smallest_step(&node.op, lanes, &inputs);
            let output = &mut steps[classes.class(index + 1)];
            // Rounding to 32 bits must not raise a step for ever.
            if *output < smallest * (1.0 - 1e-9) {
                *output = smallest;
                raised = Some(node);
            }
        }
        match raised {
            None => break,
            Some(node) if round == MAX_ROUNDS || steps.iter().any(|step| !step.is_finite()) => {
                return Err(QuantizeError::Range {
                    node: node.name.clone(),
                    reason: "its results are read together with its inputs and grow without bound"
                        .into(),
                });
            }
            Some(_) => {}
        }
    }
    let mut pinned = fixed;
    for (&id, &mapping) in &lowered.pins {
        let class = classes.class(id);
        let refused = |reason: &str| QuantizeError::Range {
            node: (id.checked_sub(1))
                .map_or("the input".into(), |node| lowered.nodes[node].name.clone()),
            reason: reason.into(),
        };
        if pinned[class].is_some_and(|other| other != mapping) {
            return Err(refused(
                "the file gives values that are joined two mappings",
            ));
        }
        if steps[class] > mapping.scale.to_f64() * (1.0 + 1e-6) {
            return Err(refused(
                "the file's scale is finer than what leads to it, or of a sum 64 times finer; export the float model",
            ));
        }
        pinned[class] = Some(mapping);
    }
    let mapping = |(class, (step, range)): (usize, (&f64, &Range))| {
        if let Some(mapping) = pinned[class] {
            return Ok(mapping);
        }
        let scale = Scale::from_f64(*step).map_err(|_| no_scale(class))?;
        let zero_point = match classes.lane(class) {
            Lane::Int8 => (f64::from(i8::MIN) - range.min / scale.to_f64()).round(),
            Lane::Int16 | Lane::Int32 => 0.0,
        };
        Ok(Quantization {
            scale,
            // It saturates.
            zero_point: zero_point as i8,
        })
    };
    steps.iter().zip(ranges).enumerate().map(mapping).collect()
}

/// Returns the mappings that operators fix: shares are 256ths; symbols, zeros and ones are themselves.
fn fixed(lowered: &Lowered, classes: &Classes) -> Result<Vec<Option<Quantization>>, QuantizeError> {
    let mut fixed = vec![None; classes.values()];
    let exactly = |step: f64, zero_point| Quantization {
        scale: Scale::from_f64(step).expect("powers of two are scales"),
        zero_point,
    };
    for (index, node) in lowered.nodes.iter().enumerate() {
        match node.op {
            FloatOp::Softmax(_) => {
                fixed[classes.class(index + 1)] = Some(exactly(1.0 / 256.0, i8::MIN));
            }
            FloatOp::Embedding(..) => fixed[classes.class(node.inputs[0])] = Some(exactly(1.0, 0)),
            FloatOp::Compare(_) => fixed[classes.class(index + 1)] = Some(exactly(1.0, 0)),
            _ => {}
        }
    }
    for (index, node) in lowered.nodes.iter().enumerate() {
        let class = classes.class(index + 1);
        let own = match node.op {
            FloatOp::Softmax(_) => fixed[class] == Some(exactly(1.0 / 256.0, i8::MIN)),
            FloatOp::Compare(_) => fixed[class] == Some(exactly(1.0, 0)),
            _ => fixed[class].is_none(),
        };
        // Class 0 is the input's, measured unless it holds symbols.
        let fixes = matches!(node.op, FloatOp::Softmax(_) | FloatOp::Compare(_));
        if node.op.is_measured() && (!own || fixes && class == 0) {
            return Err(QuantizeError::Range {
                node: node.name.clone(),
                reason: "its results are read together with shares or truth values, which have a scale of their own"
                    .into(),
            });
        }
    }
    Ok(fixed)
}

/// Returns the smallest output step at which every multiplier is within its width, for inputs of these steps.
fn smallest_step(op: &FloatOp, lanes: Lanes, inputs: &[f64]) -> f64 {
    let largest = |steps: &[f64]| {
        steps
            .iter()
            .fold(0.0_f64, |largest, &step| largest.max(step))
    };
    let bits = match op {
        FloatOp::Add(add) => add.multiplier_bits(),
        _ => MULTIPLIER_BITS,
    };
    let step = match op {
        FloatOp::Product(product) => {
            inputs[0] * largest(&weight_scales(product, lanes.inputs, inputs[0]))
        }
        FloatOp::Add(_) => largest(inputs),
        FloatOp::Mul(factor) | FloatOp::Matmul(_, factor) => {
            inputs[0] * inputs[1] * f64::from(*factor)
        }
        FloatOp::LayerNorm(norm) => {
            let scale = norm
                .scale
                .iter()
                .fold(0.0_f32, |most, scale| most.max(scale.abs()));
            let shift = norm
                .shift
                .iter()
                .fold(0.0_f32, |most, shift| most.max(shift.abs()));
            return norm_step(scale.into()).max(f64::from(shift) / 127.0);
        }
        FloatOp::Pool(pool) => inputs[0] / divisor(pool),
        _ => 0.0,
    };
    let shift = op.spec().shift(lanes).cast_signed();
    step * 2f64.powi(shift) / f64::from((1 << bits) - 1)
}

/// Returns the step of each output's weights: the largest weight is lane 127, unless the bias would not fit its
/// width in steps so small.
pub(super) fn weight_scales(product: &Product, input: Lane, input_scale: f64) -> Vec<f64> {
    // The part of the bias width that the float bias may take; the rest is for the folded zero point.
    if let Some(steps) = &product.steps {
        return steps.iter().map(|&step| step.into()).collect();
    }
    let target = f64::from(bias_max(product.products(), input) / 2);
    let rows = product.weights.chunks_exact(product.products());
    rows.zip(&product.bias)
        .map(|(row, &bias)| {
            let largest = row.iter().fold(0.0_f64, |largest, &weight| {
                largest.max(f64::from(weight).abs())
            });
            let scale = (largest / WEIGHT_MAX).max(f64::from(bias).abs() / (input_scale * target));
            if scale > 0.0 { scale } else { 1.0 / WEIGHT_MAX }
        })
        .collect()
}

/// Returns the smallest output step at which scales up to this one are within their width.
pub(super) fn norm_step(scale: f64) -> f64 {
    scale * 2f64.powi(layer_norm::SCALE_BITS.cast_signed()) / 32767.0
}

/// Returns what the sums of a pooling are divided by.
pub(super) fn divisor(pool: &Pool) -> f64 {
    if pool.mean {
        pool.sum.window.taps() as f64
    } else {
        1.0
    }
}
