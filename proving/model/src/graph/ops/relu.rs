//! Relu: the larger of value and zero.

use super::Op;
use crate::graph::ValueId;
use crate::onnx::{ImportError, NodeImport};

pub(super) fn import(node: &mut NodeImport<'_>) -> Result<Vec<ValueId>, ImportError> {
    node.expect_inputs(1..=1)?;
    node.expect_attributes(&[])?;
    let data = node.data(0)?;
    Ok(vec![node.emit(Op::Relu, &[data.id], data.shape)?])
}
