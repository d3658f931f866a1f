//! The integers of each operator.
//!
//! ```text
//! real = scale * (lane - zero_point)
//! accumulator[j] = sum_i w[j][i] * x[i] + bias[j]            in steps of scale_x * scale_w[j]
//! multiplier[j]  = round(2^shift * scale_x * scale_w[j] / scale_y)
//! ```

use super::error::QuantizeError;
use super::limits::{MULTIPLIER_BITS, bias_max, bias_min};
use super::lower::{FloatNode, FloatOp, Product};
use super::mappings::{divisor, weight_scales};
use super::model::NodeData;
use super::ops::{LayerNorm, OpSpec, layer_norm, softmax};
use super::scale::Quantization;
use super::sections::Part;
use super::tensor::Lanes;

/// Returns the committed integers of a node, for the mappings of its inputs and its result.
pub(super) fn node_data(
    node: &FloatNode,
    inputs: &[Quantization],
    output: Quantization,
    lanes: Lanes,
) -> Result<NodeData, QuantizeError> {
    // A parameter reads nothing.
    let input = inputs.first().copied().unwrap_or(output);
    let second = inputs.get(1).copied().unwrap_or(input);
    let shift = node.op.spec().shift(lanes);
    Ok(match &node.op {
        FloatOp::Product(product) => quantize_product(node, product, (input, lanes), output)?,
        FloatOp::Add(add) => {
            let bits = add.multiplier_bits();
            let both = [input, second];
            let steps = both.map(|input| input.scale.to_f64() / output.scale.to_f64());
            let zero_points = both.map(|input| input.zero_point);
            rescaling((bits, shift), &steps, &zero_points, output)
        }
        FloatOp::Mul(factor) | FloatOp::Matmul(_, factor) => {
            let both = [input, second];
            let step = both
                .map(|input| input.scale.to_f64())
                .iter()
                .product::<f64>();
            let step = step * f64::from(*factor) / output.scale.to_f64();
            let zero_points = both.map(|input| input.zero_point);
            rescaling((MULTIPLIER_BITS, shift), &[step], &zero_points, output)
        }
        FloatOp::Softmax(_) => NodeData::new([(Part::Exponentials, exponentials(input))]),
        FloatOp::LayerNorm(norm) => quantize_norm(node, norm, input, output)?,
        FloatOp::Parameter(_, values) | FloatOp::Embedding(_, values) => {
            let value = |&value: &f32| output.quantize_to(lanes.result, value).into();
            NodeData::new([(Part::Values, values.iter().map(value).collect())])
        }
        FloatOp::Pool(pool) => {
            let step = input.scale.to_f64() / (divisor(pool) * output.scale.to_f64());
            rescaling(
                (MULTIPLIER_BITS, shift),
                &[step],
                &[input.zero_point],
                output,
            )
        }
        FloatOp::Unary(function, factor, term) => {
            let real = |lane: i8| {
                let value = function.apply(input.dequantize(lane));
                value * f64::from(*factor) + f64::from(*term)
            };
            let entry = |lane| output.quantize(real(lane) as f32);
            let table = (i8::MIN..=i8::MAX).map(|lane| entry(lane).into()).collect();
            NodeData::new([(Part::Table, table)])
        }
        FloatOp::Pad(_, value) | FloatOp::Mask(_, value) => {
            let lane = input.quantize_to(lanes.inputs, *value).into();
            NodeData::new([(Part::InputZeroPoint, vec![lane])])
        }
        FloatOp::Move(_) | FloatOp::Compare(_) | FloatOp::ArgMax | FloatOp::ArgMin => {
            NodeData::default()
        }
    })
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

/// Returns the multiplier of so many bits for a factor, times 2^shift.
fn multiplier((bits, shift): (u32, u32), factor: f64) -> i32 {
    let multiplier = (factor * 2f64.powi(shift.cast_signed())).round() as i32;
    multiplier.min((1 << bits) - 1)
}

/// Returns the data of an operator that brings its inputs to the output's step.
fn rescaling(
    width: (u32, u32),
    steps: &[f64],
    zero_points: &[i8],
    output: Quantization,
) -> NodeData {
    NodeData::new([
        (
            Part::Multipliers,
            steps.iter().map(|&step| multiplier(width, step)).collect(),
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
    (input, lanes): (Quantization, Lanes),
    output: Quantization,
) -> Result<NodeData, QuantizeError> {
    let input_scale = input.scale.to_f64();
    let shift = product.spec.shift(lanes);
    let scales = weight_scales(product, lanes.inputs, input_scale);
    let (mut weights, mut biases, mut multipliers) = (Vec::new(), Vec::new(), Vec::new());
    let products = product.products();
    let widths = (
        bias_min(products, lanes.inputs),
        bias_max(products, lanes.inputs),
    );
    let rows = product.weights.chunks_exact(products);
    for ((row, &bias), &scale) in rows.zip(&product.bias).zip(&scales) {
        let start = weights.len();
        let lane = |&weight: &f32| i32::from(saturate((f64::from(weight) / scale).round()));
        weights.extend(row.iter().map(lane));
        let sum: i32 = weights[start..].iter().sum();
        let steps = (f64::from(bias) / (input_scale * scale)).round() as i64;
        let folded = steps.saturating_sub(i64::from(input.zero_point) * i64::from(sum));
        let (least, most) = widths;
        let narrow = i32::try_from(folded).ok();
        let narrow = narrow.filter(|bias| (least..=most).contains(bias));
        biases.push(narrow.ok_or_else(|| QuantizeError::Range {
            node: node.name.clone(),
            reason: format!("bias {bias} takes {folded} steps, expected {least} to {most}"),
        })?);
        let factor = input_scale * scale / output.scale.to_f64();
        multipliers.push(multiplier((MULTIPLIER_BITS, shift), factor));
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
