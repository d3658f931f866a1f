//! Clip: a function of each number. Where attributes say that it is from zero without an upper bound, it is a Relu; bounds
//! that are constants decide nothing, since training may have found them.

use super::{Op, Unary};
use crate::graph::ValueId;
use crate::onnx::{ImportError, NodeImport};

pub(super) fn import(node: &mut NodeImport<'_>) -> Result<Vec<ValueId>, ImportError> {
    node.expect_inputs(1..=3)?;
    node.expect_attributes(&["min", "max"])?;
    let data = node.data(0)?;
    let min = bound(node, "min", 1, f32::MIN)?;
    let max = bound(node, "max", 2, f32::MAX)?;
    let fixed = !node.has(1) && !node.has(2);
    let op = if fixed && min == 0.0 && max == f32::MAX {
        Op::Relu
    } else {
        Op::Unary(Unary::Clip(min, max))
    };
    Ok(vec![node.emit(op, &[data.id], data.shape)?])
}

/// Returns a bound, which is an attribute before operator set 11 and an input since.
fn bound(
    node: &NodeImport<'_>,
    name: &str,
    index: usize,
    default: f32,
) -> Result<f32, ImportError> {
    if !node.has(index) {
        return node.float(name, default);
    }
    match node.floats(index)?.1 {
        &[value] => Ok(value),
        values => Err(node.bad(format!("{name} has {} values, expected 1", values.len()))),
    }
}
