//! Unsqueeze: new dimensions of 1.

use crate::graph::ValueId;
use crate::onnx::limits::MAX_RANK;
use crate::onnx::{ImportError, NodeImport};
use crate::quant::ops::{OpSpec, Reshape};

pub(super) fn import(node: &mut NodeImport<'_>) -> Result<Vec<ValueId>, ImportError> {
    node.expect_inputs(1..=2)?;
    node.expect_attributes(&["axes"])?;
    let data = node.data_or_class(0)?;
    if node.is_class(data.id) {
        return Ok(vec![data.id]);
    }
    let axes = node.ints_either("axes", 1)?.unwrap_or_default();
    let rank = data.shape.len() + axes.len();
    if rank > MAX_RANK {
        return Err(node.bad(format!("rank {rank}, the limit is {MAX_RANK}")));
    }
    let mut added = vec![false; rank];
    for &axis in axes {
        let axis = node.axis_of(axis, rank)?;
        if std::mem::replace(&mut added[axis], true) {
            return Err(node.bad(format!("axis {axis} is given twice")));
        }
    }
    let mut old = data.shape.iter();
    let shape = added
        .into_iter()
        .map(|added| {
            if added {
                1
            } else {
                old.next().copied().unwrap_or(1)
            }
        })
        .collect();
    Ok(vec![node.movement(
        OpSpec::Reshape(Reshape { shape }),
        &[data.id],
    )?])
}
