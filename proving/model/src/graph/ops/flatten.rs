//! Flatten: two dimensions out of many.

use crate::graph::ValueId;
use crate::onnx::{ImportError, NodeImport};
use crate::quant::ops::{OpSpec, Reshape};
use crate::quant::tensor::elements;

pub(super) fn import(node: &mut NodeImport<'_>) -> Result<Vec<ValueId>, ImportError> {
    node.expect_inputs(1..=1)?;
    node.expect_attributes(&["axis"])?;
    let data = node.data(0)?;
    let rank = data.shape.len();
    let axis = match node.int("axis", 1)? {
        axis if usize::try_from(axis) == Ok(rank) => rank,
        axis => node.axis_of(axis, rank)?,
    };
    let (outer, inner) = data.shape.split_at(axis);
    let shape = vec![elements(outer), elements(inner)];
    Ok(vec![node.movement(
        OpSpec::Reshape(Reshape { shape }),
        &[data.id],
    )?])
}
