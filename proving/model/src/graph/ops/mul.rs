//! Mul and Div of two values or of a value and a constant; products and quotients that are one function.

use super::add::{check_broadcast, import_affine};
use super::expand::{broadcast_two, broadcast_values};
use super::unary::silu_input;
use super::{Affine, Op, Unary, gelu, layer_normalization};
use crate::graph::ValueId;
use crate::onnx::{Data, ImportError, NodeImport};

pub(super) fn import(node: &mut NodeImport<'_>) -> Result<Vec<ValueId>, ImportError> {
    if node.is_data(0) && node.is_data(1) {
        node.expect_attributes(&[])?;
        let [first, second] = [node.data(0)?, node.data(1)?];
        if let Some((id, gate)) = gelu::of_product(node, first.id, second.id) {
            if !gate.is_finite() {
                return Err(node.bad("its constants are beyond what a float holds".into()));
            }
            return Ok(vec![node.emit(
                Op::Unary(Unary::Gate(gate)),
                &[id],
                first.shape,
            )?]);
        }
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
    import_affine(node, constant, |values| (Some(values.to_vec()), None))
}

pub(super) fn import_div(node: &mut NodeImport<'_>) -> Result<Vec<ValueId>, ImportError> {
    if !node.is_data(1) {
        return import_affine(node, 1, |values| {
            (Some(values.iter().map(|value| 1.0 / value).collect()), None)
        });
    }
    node.expect_inputs(2..=2)?;
    node.expect_attributes(&[])?;
    if node.is_data(0) {
        let [dividend, divisor] = [node.data(0)?, node.data(1)?];
        let norm = layer_normalization::of_quotient(node, dividend.id, divisor.id)?;
        if let Some((id, norm)) = norm {
            return Ok(vec![node.emit(
                Op::LayerNorm(norm),
                &[id],
                dividend.shape,
            )?]);
        }
    }
    let divisor = node.data(1)?;
    let reciprocal = Op::Unary(Unary::Reciprocal);
    let id = node.emit(reciprocal, &[divisor.id], divisor.shape.clone())?;
    node.name_reciprocal(id);
    if !node.is_data(0) {
        let (constant, values) = node.floats(0)?;
        check_broadcast(constant, &divisor.shape).map_err(|reason| node.bad(reason))?;
        let affine = Affine {
            shape: constant.to_vec(),
            scale: Some(values.to_vec()),
            shift: None,
        };
        return Ok(vec![node.emit(Op::Affine(affine), &[id], divisor.shape)?]);
    }
    let dividend = node.data(0)?;
    let inverse = Data {
        id,
        shape: divisor.shape,
    };
    let (ids, shape) = broadcast_values(node, [dividend, inverse])?;
    Ok(vec![node.emit(Op::Mul, &ids, shape)?])
}
