//! Concat: values one after the other along an axis.

use crate::graph::ValueId;
use crate::onnx::{ImportError, NodeImport};
use crate::quant::limits::MAX_NODE_INPUTS;
use crate::quant::ops::{Concat, OpSpec};

pub(super) fn import(node: &mut NodeImport<'_>) -> Result<Vec<ValueId>, ImportError> {
    node.expect_inputs(1..=MAX_NODE_INPUTS)?;
    node.expect_attributes(&["axis"])?;
    let mut inputs = Vec::new();
    for index in 0..node.inputs() {
        inputs.push(node.data(index)?);
    }
    let axis = node.axis_of(node.int("axis", 0)?, inputs[0].shape.len())?;
    let inputs: Vec<ValueId> = inputs.into_iter().map(|data| data.id).collect();
    Ok(vec![
        node.movement(OpSpec::Concat(Concat { axis }), &inputs)?,
    ])
}
