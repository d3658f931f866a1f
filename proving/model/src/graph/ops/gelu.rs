//! Gelu as exporters write it before operator set 20: `x * k * (1 + erf(x / sqrt(2)))`, or with tanh.

use super::{Op, Unary};
use crate::graph::ValueId;
use crate::onnx::NodeImport;

/// How far constants may be from those of the formula: what exporters round them to.
const TOLERANCE: f32 = 1e-3;

/// Returns what a product of two values is: a Gelu of a value, times a number.
pub(super) fn of_product(
    node: &NodeImport<'_>,
    first: ValueId,
    second: ValueId,
) -> Option<(ValueId, Unary, f32)> {
    let of = |value: ValueId, gate: ValueId| {
        let (gate, scale, shift) = affine(node, gate)?;
        let gate = node.producer(gate)?;
        let (input, tanh) = match gate.op {
            Op::Unary(Unary::Erf) => (erf_input(node, gate.inputs[0])?, false),
            Op::Unary(Unary::Tanh) => (tanh_input(node, gate.inputs[0])?, true),
            _ => return None,
        };
        let (value, factor, zero) = affine(node, value)?;
        let fits = value == input && zero == 0.0 && scale == shift;
        let factor = 2.0 * scale * factor;
        (fits && factor.is_normal()).then_some((input, Unary::Gelu { tanh }, factor))
    };
    of(first, second).or_else(|| of(second, first))
}

fn near(got: f32, expected: f32) -> bool {
    (got - expected).abs() <= TOLERANCE * expected
}

/// Returns x of `x / sqrt(2)`.
fn erf_input(node: &NodeImport<'_>, id: ValueId) -> Option<ValueId> {
    let (input, scale, shift) = affine(node, id)?;
    (near(scale, std::f32::consts::FRAC_1_SQRT_2) && shift == 0.0).then_some(input)
}

/// Returns x of `sqrt(2 / pi) * (x + 0.044715 * x^3)`.
fn tanh_input(node: &NodeImport<'_>, id: ValueId) -> Option<ValueId> {
    let (sum, scale, shift) = affine(node, id)?;
    if !near(scale, (2.0 / std::f32::consts::PI).sqrt()) || shift != 0.0 {
        return None;
    }
    let sum = node.producer(sum)?;
    let (Op::Add { subtract: false }, &[first, second]) = (&sum.op, sum.inputs.as_slice()) else {
        return None;
    };
    let cubed = |input: ValueId, id: ValueId| {
        let (cube, scale, shift) = affine(node, id)?;
        let cube = node.producer(cube)?;
        let fits = near(scale, 0.044_715)
            && shift == 0.0
            && cube.op == Op::Unary(Unary::Pow(3.0))
            && cube.inputs == [input];
        fits.then_some(input)
    };
    cubed(first, second).or_else(|| cubed(second, first))
}

/// Returns the value behind single numbers multiplied and added, their product and their sum.
fn affine(node: &NodeImport<'_>, mut id: ValueId) -> Option<(ValueId, f32, f32)> {
    let (mut scale, mut shift) = (1.0, 0.0);
    while let Some(producer) = node.producer(id)
        && let Op::Affine(affine) = &producer.op
    {
        let (&[times], &[plus]) = (affine.scale.as_slice(), affine.shift.as_slice()) else {
            break;
        };
        shift += scale * plus;
        scale *= times;
        id = producer.inputs[0];
    }
    Some((id, scale, shift))
}
