//! Relu: the larger of value and zero.

use super::Op;
use crate::onnx::{ImportError, NodeView};

pub(super) fn import(node: &NodeView<'_>) -> Result<(Op, Vec<usize>), ImportError> {
    node.expect_data_first(1..=1)?;
    node.expect_attributes(&[])?;
    Ok((Op::Relu, node.shape().to_vec()))
}
