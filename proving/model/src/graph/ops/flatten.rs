//! Flatten: two dimensions out of many.

use super::Op;
use crate::onnx::{ImportError, NodeView};

pub(super) fn import(node: &NodeView<'_>) -> Result<(Op, Vec<usize>), ImportError> {
    node.expect_data_first(1..=1)?;
    node.expect_attributes(&["axis"])?;
    let (outer, inner) = node.shape().split_at(node.axis(1, 1)?);
    Ok((
        Op::Flatten,
        vec![outer.iter().product(), inner.iter().product()],
    ))
}
