//! Squeeze: without dimensions of 1.

use crate::graph::ValueId;
use crate::onnx::{ImportError, NodeImport};
use crate::quant::ops::{OpSpec, Reshape};

pub(super) fn import(node: &mut NodeImport<'_>) -> Result<Vec<ValueId>, ImportError> {
    node.expect_inputs(1..=2)?;
    node.expect_attributes(&["axes"])?;
    let data = node.data_or_class(0)?;
    if node.is_class(data.id) {
        return Ok(vec![data.id]);
    }
    let rank = data.shape.len();
    let mut dropped = vec![false; rank];
    match node.ints_either("axes", 1)? {
        None => dropped = data.shape.iter().map(|&size| size == 1).collect(),
        Some(axes) => {
            for &axis in axes {
                let axis = node.axis_of(axis, rank)?;
                if data.shape[axis] != 1 {
                    return Err(node.bad(format!("axis {axis} of {:?} is not 1", data.shape)));
                }
                dropped[axis] = true;
            }
        }
    }
    let kept = data
        .shape
        .iter()
        .zip(dropped)
        .filter(|(_, dropped)| !dropped);
    let shape = kept.map(|(&size, _)| size).collect();
    Ok(vec![node.movement(
        OpSpec::Reshape(Reshape { shape }),
        &[data.id],
    )?])
}
