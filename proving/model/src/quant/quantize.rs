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
//!
//! Operators that only move elements, and the pooling that picks the largest, give lanes as they take them. So the
//! values around them, among them all inputs of a concatenation, form a class with one mapping.

use assay_statement::Lane;

use super::activations::{Activations, class_lanes, loss};
use super::architecture::{Architecture, ValueId};
use super::calibrate::calibrate;
use super::error::QuantizeError;
use super::limits::{MULTIPLIER_BITS, SHIFT, bias_max};
use super::lower::{FloatNode, FloatOp, Lowered, Product, lower};
use super::model::{NodeData, QuantizedModel};
use super::observer::{Observer, Range};
use super::ops::{LayerNorm, OpSpec, layer_norm, softmax};
use super::report::{ErrorReport, measure, measure_trees};
use super::scale::{Quantization, Scale, Scales};
use super::sections::Part;
use super::tensor::TensorSpec;
use super::trees;
use crate::graph::ops::Pool;
use crate::onnx::FloatModel;

/// The largest weight lane: -128 is left unused, so that scales are symmetric.
const WEIGHT_MAX: f64 = 127.0;

/// Rounds of raising scales until every multiplier is within its width: a cycle through a concatenation may raise
/// them again and again.
const MAX_ROUNDS: usize = 64;

/// How a model is quantized.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct QuantizeOptions {
    /// How ranges are chosen.
    pub observer: Observer,
    /// The lanes of values between operators.
    pub activations: Activations,
}

/// Quantizes a float model with the ranges that its values have on the samples.
pub fn quantize(float: &FloatModel, samples: &[Vec<f32>]) -> Result<QuantizedModel, QuantizeError> {
    quantize_with(float, samples, QuantizeOptions::default())
}

/// Quantizes a float model as the options say.
pub fn quantize_with(
    float: &FloatModel,
    samples: &[Vec<f32>],
    options: QuantizeOptions,
) -> Result<QuantizedModel, QuantizeError> {
    if let Some(ensemble) = float.graph().tree_ensemble() {
        return trees::quantize(float, ensemble, samples, options.observer);
    }
    let lowered = lower(float.graph())?;
    let (model, _) = quantize_chosen(float, &lowered, samples, options)?;
    Ok(model)
}

/// Quantizes a float model as the options say, and measures the error of each node on the samples.
pub fn quantize_reported(
    float: &FloatModel,
    samples: &[Vec<f32>],
    options: QuantizeOptions,
) -> Result<(QuantizedModel, ErrorReport), QuantizeError> {
    if let Some(ensemble) = float.graph().tree_ensemble() {
        let model = trees::quantize(float, ensemble, samples, options.observer)?;
        let report = measure_trees(float, &model, samples)?;
        return Ok((model, report));
    }
    let lowered = lower(float.graph())?;
    let (model, results) = quantize_chosen(float, &lowered, samples, options)?;
    let report = measure(float, &lowered, &model, &results, samples)?;
    Ok((model, report))
}

/// Quantizes to int8 or int16 activations, as the options say or the samples show.
fn quantize_chosen(
    float: &FloatModel,
    lowered: &Lowered,
    samples: &[Vec<f32>],
    options: QuantizeOptions,
) -> Result<(QuantizedModel, Vec<Quantization>), QuantizeError> {
    let quantize = |widest| quantize_lowered(float, lowered, samples, options.observer, widest);
    if options.activations == Activations::Int16 {
        return quantize(Lane::Int16);
    }
    let narrow = quantize(Lane::Int8)?;
    if options.activations == Activations::Int8 {
        return Ok(narrow);
    }
    let lost = loss(float, &narrow.0, samples)?;
    if lost.is_acceptable {
        return Ok(narrow);
    }
    // What int16 lanes make too wide or do not help stays int8.
    match quantize(Lane::Int16) {
        Ok(wide) if loss(float, &wide.0, samples)?.value < lost.value => Ok(wide),
        _ => Ok(narrow),
    }
}

/// Returns the model and what the lanes of each node's result mean.
fn quantize_lowered(
    float: &FloatModel,
    lowered: &Lowered,
    samples: &[Vec<f32>],
    observer: Observer,
    widest: Lane,
) -> Result<(QuantizedModel, Vec<Quantization>), QuantizeError> {
    let graph = float.graph();
    let classes = classes(lowered);
    let lanes = class_lanes(lowered, &classes, widest);
    let lane = |id: ValueId| lanes[classes[id]];
    let architecture = architecture(&graph.input_shape, lowered, lane)?;
    // Before the work, so that a model over a limit costs nothing.
    architecture.validate()?;
    let ranges = class_ranges(float, lowered, (&classes, &lanes), samples, observer)?;
    let mappings = mappings(lowered, (&classes, &lanes), &ranges)?;
    let mapping = |id: ValueId| mappings[classes[id]];
    let mut data = Vec::with_capacity(lowered.nodes.len());
    for (index, node) in lowered.nodes.iter().enumerate() {
        // A parameter reads nothing.
        let first = node.inputs.first().copied().unwrap_or(0);
        let input = mapping(first);
        data.push(match &node.op {
            FloatOp::Product(product) => {
                quantize_product(node, product, (input, lane(first)), mapping(index + 1))?
            }
            FloatOp::Add(add) => {
                let bits = add.multiplier_bits();
                let both = [input, mapping(node.inputs[1])];
                let output = mapping(index + 1);
                let steps = both.map(|input| input.scale.to_f64() / output.scale.to_f64());
                let zero_points = both.map(|input| input.zero_point);
                rescaling(bits, &steps, &zero_points, output)
            }
            FloatOp::Mul(factor) | FloatOp::Matmul(_, factor) => {
                let both = [input, mapping(node.inputs[1])];
                let output = mapping(index + 1);
                let step = both
                    .map(|input| input.scale.to_f64())
                    .iter()
                    .product::<f64>();
                let step = step * f64::from(*factor) / output.scale.to_f64();
                let zero_points = both.map(|input| input.zero_point);
                rescaling(MULTIPLIER_BITS, &[step], &zero_points, output)
            }
            FloatOp::Softmax(_) => NodeData::new([(Part::Exponentials, exponentials(input))]),
            FloatOp::LayerNorm(norm) => quantize_norm(node, norm, input, mapping(index + 1))?,
            FloatOp::Parameter(_, values) | FloatOp::Embedding(_, values) => {
                let output = mapping(index + 1);
                let value = |&value: &f32| output.quantize_to(lane(index + 1), value).into();
                NodeData::new([(Part::Values, values.iter().map(value).collect())])
            }
            FloatOp::Pool(pool) => {
                let output = mapping(index + 1);
                let step = input.scale.to_f64() / (divisor(pool) * output.scale.to_f64());
                rescaling(MULTIPLIER_BITS, &[step], &[input.zero_point], output)
            }
            FloatOp::Unary(function, factor, term) => {
                let output = mapping(index + 1);
                let real = |lane: i8| {
                    let value = function.apply(input.dequantize(lane));
                    value * f64::from(*factor) + f64::from(*term)
                };
                let entry = |lane| output.quantize(real(lane) as f32);
                let table = (i8::MIN..=i8::MAX).map(|lane| entry(lane).into()).collect();
                NodeData::new([(Part::Table, table)])
            }
            FloatOp::Pad(_, value) | FloatOp::Mask(_, value) => {
                let lane = input.quantize_to(lane(first), *value).into();
                NodeData::new([(Part::InputZeroPoint, vec![lane])])
            }
            FloatOp::Move(_) | FloatOp::Compare(_) | FloatOp::ArgMax | FloatOp::ArgMin => {
                NodeData::default()
            }
        });
    }
    let scales = Scales {
        input: mapping(0),
        output: mapping(lowered.output),
    };
    let results = (1..classes.len()).map(mapping).collect();
    Ok((QuantizedModel::new(architecture, scales, data)?, results))
}

/// Returns the shape of the model to be.
fn architecture(
    input_shape: &[usize],
    lowered: &Lowered,
    lane: impl Fn(ValueId) -> Lane,
) -> Result<Architecture, QuantizeError> {
    let mut architecture = Architecture::new(TensorSpec {
        shape: input_shape.to_vec(),
        lane: lane(0),
    });
    for node in &lowered.nodes {
        let id = architecture.nodes.len() + 1;
        architecture.push_as(node.op.spec(), &node.inputs, lane(id))?;
    }
    architecture.output = lowered.output;
    Ok(architecture)
}

/// Returns for each value the lowest value of its class. A class is in the class of what it compares.
fn classes(lowered: &Lowered) -> Vec<ValueId> {
    let mut classes: Vec<ValueId> = (0..=lowered.nodes.len()).collect();
    for (index, node) in lowered.nodes.iter().enumerate() {
        let joined = node.op.joined(&node.inputs, index + 1);
        let joined: Vec<ValueId> = joined.into_iter().map(|id| classes[id]).collect();
        let Some(&lowest) = joined.iter().min() else {
            continue;
        };
        for class in classes.iter_mut().filter(|class| joined.contains(class)) {
            *class = lowest;
        }
    }
    classes
}

/// Returns the range of each class, under its lowest value.
fn class_ranges(
    float: &FloatModel,
    lowered: &Lowered,
    (classes, lanes): (&[ValueId], &[Lane]),
    samples: &[Vec<f32>],
    observer: Observer,
) -> Result<Vec<Range>, QuantizeError> {
    let mut places = vec![(0, 0, false)];
    for (index, node) in lowered.nodes.iter().enumerate() {
        let known = matches!(
            node.op,
            FloatOp::Parameter(..)
                | FloatOp::Embedding(..)
                | FloatOp::Softmax(_)
                | FloatOp::Compare(_)
        );
        if let (true, Some(value)) = (node.op.is_measured() && !known, node.value) {
            places.push((index + 1, value, node.op.relu()));
        }
    }
    let values: Vec<ValueId> = places.iter().map(|&(_, value, _)| value).collect();
    let observers: Vec<Observer> = (places.iter())
        .map(|&(id, ..)| match (observer, lanes[classes[id]]) {
            // Steps so small make no error that a smaller range could lessen.
            (Observer::MeanSquaredError, Lane::Int16) => Observer::MinMax,
            _ => observer,
        })
        .collect();
    let measured = calibrate(float, &values, samples, &observers)?;
    let mut ranges = vec![Range::ZERO; classes.len()];
    for (&(id, _, relu), mut range) in places.iter().zip(measured) {
        if relu {
            range.min = 0.0;
        }
        let class = classes[id];
        ranges[class] = ranges[class].union(range);
    }
    for (index, node) in lowered.nodes.iter().enumerate() {
        match &node.op {
            FloatOp::Pad(_, value) | FloatOp::Mask(_, value) => {
                ranges[classes[index + 1]].extend(&[*value]);
            }
            FloatOp::Parameter(_, values) | FloatOp::Embedding(_, values) => {
                ranges[classes[index + 1]].extend(values);
            }
            _ => {}
        }
    }
    Ok(ranges)
}

/// Returns the mapping of each class, under its lowest value: the range spread over 256 lanes, or over 65,536 with zero
/// in their middle, with steps no smaller than the multipliers that lead to it allow.
///
/// A zero point of int16 lanes folded into a bias could take more than its 32 bits, and the lanes that a range on one
/// side of zero leaves unused are no loss: 32,768 are left.
fn mappings(
    lowered: &Lowered,
    (classes, lanes): (&[ValueId], &[Lane]),
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
    let step_of = |(range, lane): (&Range, &Lane)| match lane {
        Lane::Int16 => range.max.max(-range.min) / f64::from(i16::MAX),
        Lane::Int8 | Lane::Int32 => (range.max - range.min) / 255.0,
    };
    // A value that is always the same has any step. The finest one of the others coarsens no sum that reads it.
    let own = ranges.iter().zip(lanes).map(step_of);
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
        steps[classes[id]] = mapping.scale.to_f64();
    }
    for round in 0.. {
        let mut raised = None;
        for (index, node) in lowered.nodes.iter().enumerate() {
            if !node.op.is_measured() {
                continue;
            }
            let inputs: Vec<f64> = node.inputs.iter().map(|&id| steps[classes[id]]).collect();
            let first = node
                .inputs
                .first()
                .map_or(Lane::Int8, |&id| lanes[classes[id]]);
            let smallest = smallest_step(&node.op, first, &inputs);
            let output = &mut steps[classes[index + 1]];
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
        let class = classes[id];
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
        let zero_point = match lanes[class] {
            Lane::Int8 => (f64::from(i8::MIN) - range.min / scale.to_f64()).round(),
            Lane::Int16 | Lane::Int32 => 0.0,
        };
        Ok(Quantization {
            scale,
            zero_point: saturate(zero_point),
        })
    };
    steps.iter().zip(ranges).enumerate().map(mapping).collect()
}

/// Returns the mappings that operators fix: shares are 256ths; symbols, zeros and ones are themselves.
fn fixed(
    lowered: &Lowered,
    classes: &[ValueId],
) -> Result<Vec<Option<Quantization>>, QuantizeError> {
    let mut fixed = vec![None; classes.len()];
    let exactly = |step: f64, zero_point| Quantization {
        scale: Scale::from_f64(step).expect("powers of two are scales"),
        zero_point,
    };
    for (index, node) in lowered.nodes.iter().enumerate() {
        match node.op {
            FloatOp::Softmax(_) => {
                fixed[classes[index + 1]] = Some(exactly(1.0 / 256.0, i8::MIN));
            }
            FloatOp::Embedding(..) => fixed[classes[node.inputs[0]]] = Some(exactly(1.0, 0)),
            FloatOp::Compare(_) => fixed[classes[index + 1]] = Some(exactly(1.0, 0)),
            _ => {}
        }
    }
    for (index, node) in lowered.nodes.iter().enumerate() {
        let class = classes[index + 1];
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

/// Returns the entries of a softmax's table after the first.
fn exponentials(input: Quantization) -> Vec<i32> {
    let one = f64::from(1 << softmax::EXP_BITS);
    let entry = |difference: usize| {
        let exponential = (-(difference as f64) * input.scale.to_f64()).exp();
        ((one * exponential).round() as i32).min((1 << softmax::EXP_BITS) - 1)
    };
    (1..=softmax::ENTRIES).map(entry).collect()
}

/// Returns the smallest output step at which scales up to this one are within their width.
fn norm_step(scale: f64) -> f64 {
    scale * 2f64.powi(layer_norm::SCALE_BITS.cast_signed()) / 32767.0
}

fn quantize_norm(
    node: &FloatNode,
    norm: &crate::graph::ops::LayerNorm,
    input: Quantization,
    output: Quantization,
) -> Result<NodeData, QuantizeError> {
    let width = norm.scale.len();
    let square = (width as f64 / input.scale.to_f64()).powi(2);
    let epsilon = (square * f64::from(norm.epsilon)).round();
    let most = LayerNorm::epsilon_max(width);
    if epsilon > most as f64 {
        return Err(QuantizeError::Range {
            node: node.name.clone(),
            reason: format!(
                "epsilon {} is more than 2^8 squared steps of the input, {}",
                norm.epsilon,
                input.scale.to_f64()
            ),
        });
    }
    let epsilon = (epsilon as i64).max(LayerNorm::epsilon_min(width));
    let step = output.scale.to_f64();
    let fraction = |bits: u32| 2f64.powi(bits.cast_signed());
    let scale = |&scale: &f32| {
        let scale = (f64::from(scale) / step * fraction(layer_norm::SCALE_BITS)).round();
        scale.clamp(-32767.0, 32767.0) as i32
    };
    let shift = |&shift: &f32| {
        let shift = f64::from(shift) / step + f64::from(output.zero_point);
        let limit = f64::from(layer_norm::BIAS_MAX);
        (shift * fraction(layer_norm::BIAS_BITS))
            .round()
            .clamp(-limit, limit) as i32
    };
    Ok(NodeData::new([
        (
            Part::Epsilon,
            vec![i32::try_from(epsilon).unwrap_or(i32::MAX)],
        ),
        (Part::ColumnScales, norm.scale.iter().map(scale).collect()),
        (Part::Bias, norm.shift.iter().map(shift).collect()),
    ]))
}

/// Returns the step of each output's weights: the largest weight is lane 127, unless the bias would not fit its
/// width in steps so small.
fn weight_scales(product: &Product, input: Lane, input_scale: f64) -> Vec<f64> {
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

/// Returns the smallest output step at which every multiplier is within its width, for inputs of these steps.
fn smallest_step(op: &FloatOp, input: Lane, inputs: &[f64]) -> f64 {
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
        FloatOp::Product(product) => inputs[0] * largest(&weight_scales(product, input, inputs[0])),
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
    step * 2f64.powi(SHIFT.cast_signed()) / f64::from((1 << bits) - 1)
}

/// Returns what the sums of a pooling are divided by.
fn divisor(pool: &Pool) -> f64 {
    if pool.mean {
        pool.sum.window.taps() as f64
    } else {
        1.0
    }
}

/// Returns the multiplier of so many bits for a factor.
fn multiplier(bits: u32, factor: f64) -> i32 {
    let multiplier = (factor * 2f64.powi(SHIFT.cast_signed())).round() as i32;
    multiplier.min((1 << bits) - 1)
}

/// Returns the data of an operator that brings its inputs to the output's step.
fn rescaling(bits: u32, steps: &[f64], zero_points: &[i8], output: Quantization) -> NodeData {
    NodeData::new([
        (
            Part::Multipliers,
            steps.iter().map(|&step| multiplier(bits, step)).collect(),
        ),
        (
            Part::InputZeroPoint,
            zero_points.iter().map(|&zero| zero.into()).collect(),
        ),
        (Part::OutputZeroPoint, vec![output.zero_point.into()]),
    ])
}

fn quantize_product(
    node: &FloatNode,
    product: &Product,
    (input, lane): (Quantization, Lane),
    output: Quantization,
) -> Result<NodeData, QuantizeError> {
    let input_scale = input.scale.to_f64();
    let scales = weight_scales(product, lane, input_scale);
    let (mut weights, mut biases, mut multipliers) = (Vec::new(), Vec::new(), Vec::new());
    let rows = product.weights.chunks_exact(product.products());
    for ((row, &bias), &scale) in rows.zip(&product.bias).zip(&scales) {
        let start = weights.len();
        let lane = |&weight: &f32| i32::from(saturate((f64::from(weight) / scale).round()));
        weights.extend(row.iter().map(lane));
        let sum: i32 = weights[start..].iter().sum();
        let steps = (f64::from(bias) / (input_scale * scale)).round() as i64;
        let folded = steps.saturating_sub(i64::from(input.zero_point) * i64::from(sum));
        biases.push(i32::try_from(folded).map_err(|_| QuantizeError::Range {
            node: node.name.clone(),
            reason: format!("bias {bias} takes {folded} steps, expected 32 bits"),
        })?);
        let factor = input_scale * scale / output.scale.to_f64();
        multipliers.push(multiplier(MULTIPLIER_BITS, factor));
    }
    let mut parts = vec![
        (Part::Weights, weights),
        (Part::Bias, biases),
        (Part::Multipliers, multipliers),
        (Part::OutputZeroPoint, vec![output.zero_point.into()]),
    ];
    if matches!(&product.spec, OpSpec::Conv(conv) if conv.window.is_padded()) {
        parts.push((Part::InputZeroPoint, vec![input.zero_point.into()]));
    }
    Ok(NodeData::new(parts))
}

/// Returns the lane nearest to a rounded number.
fn saturate(value: f64) -> i8 {
    value as i8
}
