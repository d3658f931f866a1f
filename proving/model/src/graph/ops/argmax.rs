//! ArgMax: the index of the largest value of the row.

use super::Op;
use crate::onnx::{ImportError, NodeView};

pub(super) fn import(node: &NodeView<'_>) -> Result<(Op, Vec<usize>), ImportError> {
    node.expect_data_first(1..=1)?;
    node.expect_attributes(&["axis", "keepdims", "select_last_index"])?;
    if node.int("select_last_index", 0)? != 0 {
        return Err(
            node.bad("select_last_index is set, expected the lowest index of equals".into())
        );
    }
    node.row()?;
    let axis = node.axis(0, 0)?;
    let last = node.shape().len() - 1;
    if axis != last {
        return Err(node.bad(format!(
            "axis {axis}, expected {last}, the axis of the classes"
        )));
    }
    let mut shape = node.shape().to_vec();
    if node.int("keepdims", 1)? == 0 {
        shape.pop();
    } else {
        shape[last] = 1;
    }
    Ok((Op::ArgMax, shape))
}
