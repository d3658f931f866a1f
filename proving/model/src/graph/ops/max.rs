//! Max and Min of two values, or of a value and a constant.

use super::Op;
use super::expand::broadcast_two;
use crate::graph::ValueId;
use crate::onnx::{ImportError, NodeImport};
use crate::quant::ops::{Max, Min, OpSpec};

pub(super) fn import(node: &mut NodeImport<'_>) -> Result<Vec<ValueId>, ImportError> {
    import_as(node, OpSpec::Max(Max {}))
}

pub(super) fn import_min(node: &mut NodeImport<'_>) -> Result<Vec<ValueId>, ImportError> {
    import_as(node, OpSpec::Min(Min {}))
}

fn import_as(node: &mut NodeImport<'_>, spec: OpSpec) -> Result<Vec<ValueId>, ImportError> {
    node.expect_inputs(2..=2)?;
    node.expect_attributes(&[])?;
    let (ids, shape) = broadcast_two(node)?;
    Ok(vec![node.emit(Op::Move(spec), &ids, shape)?])
}
