//! Gather at constant indices.

use crate::graph::ValueId;
use crate::onnx::{ImportError, NodeImport};
use crate::quant::ops::{OpSpec, Reshape, Resize};

pub(super) fn import(node: &mut NodeImport<'_>) -> Result<Vec<ValueId>, ImportError> {
    node.expect_inputs(2..=2)?;
    node.expect_attributes(&["axis"])?;
    let data = node.data(0)?;
    let axis = node.axis_of(node.int("axis", 0)?, data.shape.len())?;
    let (rank, wanted) = node.ints_with_rank(1)?;
    let mut indices = Vec::new();
    for &index in wanted {
        indices.push(node.axis_of(index, data.shape[axis])?);
    }
    let picked = node.movement(OpSpec::Resize(Resize { axis, indices }), &[data.id])?;
    if rank == 1 {
        return Ok(vec![picked]);
    }
    let mut shape = data.shape;
    shape.remove(axis);
    Ok(vec![
        node.movement(OpSpec::Reshape(Reshape { shape }), &[picked])?,
    ])
}
