//! Mul of two values or of a value and a constant, `x * sigmoid(x)`, and Div.

use super::add::import_affine;
use super::expand::broadcast_two;
use super::unary::silu_input;
use super::{Op, Unary, layer_normalization};
use crate::graph::ValueId;
use crate::onnx::{ImportError, NodeImport};

pub(super) fn import(node: &mut NodeImport<'_>) -> Result<Vec<ValueId>, ImportError> {
    if node.is_data(0) && node.is_data(1) {
        node.expect_attributes(&[])?;
        let [first, second] = [node.data(0)?, node.data(1)?];
        let Some(id) = silu_input(node, first.id, second.id) else {
            node.expect_inputs(2..=2)?;
            let (ids, shape) = broadcast_two(node)?;
            return Ok(vec![node.emit(Op::Mul, &ids, shape)?]);
        };
        return Ok(vec![node.emit(
            Op::Unary(Unary::Silu),
            &[id],
            first.shape,
        )?]);
    }
    let constant = usize::from(node.is_data(0));
    import_affine(node, constant, |constant| (constant, 0.0))
}

pub(super) fn import_div(node: &mut NodeImport<'_>) -> Result<Vec<ValueId>, ImportError> {
    if node.is_data(0) && node.is_data(1) {
        node.expect_inputs(2..=2)?;
        let [dividend, divisor] = [node.data(0)?, node.data(1)?];
        let Some((id, norm)) = layer_normalization::of_quotient(node, dividend.id, divisor.id)
        else {
            let reason = "two values, expected a constant; multiply by the Reciprocal";
            return Err(node.bad(reason.into()));
        };
        return Ok(vec![node.emit(
            Op::LayerNorm(norm),
            &[id],
            dividend.shape,
        )?]);
    }
    import_affine(node, 1, |constant| (1.0 / constant, 0.0))
}
