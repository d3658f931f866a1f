//! ArgMax and ArgMin: the index of the largest or smallest value, over the one dimension that is not 1.

use super::Op;
use crate::graph::ValueId;
use crate::onnx::{ImportError, NodeImport};

pub(super) fn import(node: &mut NodeImport<'_>) -> Result<Vec<ValueId>, ImportError> {
    node.expect_inputs(1..=1)?;
    node.expect_attributes(&["axis", "keepdims", "select_last_index"])?;
    if node.flag("select_last_index", false)? {
        return Err(
            node.bad("select_last_index is set, expected the lowest index of equals".into())
        );
    }
    let data = node.data(0)?;
    let axis = node.axis_of(node.int("axis", 0)?, data.shape.len())?;
    let mut shape = data.shape;
    if let Some(other) = (0..shape.len()).find(|&other| other != axis && shape[other] != 1) {
        return Err(node.bad(format!(
            "axis {axis} of shape {shape:?}, expected {other}, the axis of the classes, and no other"
        )));
    }
    if node.flag("keepdims", true)? {
        shape[axis] = 1;
    } else {
        shape.remove(axis);
    }
    let op = match node.operator() {
        "ArgMin" => Op::ArgMin,
        _ => Op::ArgMax,
    };
    Ok(vec![node.emit(op, &[data.id], shape)?])
}
