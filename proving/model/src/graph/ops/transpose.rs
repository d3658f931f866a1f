//! Transpose: the dimensions in another order.

use crate::graph::ValueId;
use crate::onnx::{ImportError, NodeImport};
use crate::quant::ops::{OpSpec, Transpose};

pub(super) fn import(node: &mut NodeImport<'_>) -> Result<Vec<ValueId>, ImportError> {
    node.expect_inputs(1..=1)?;
    node.expect_attributes(&["perm"])?;
    let data = node.data(0)?;
    let rank = data.shape.len();
    let permutation: Vec<usize> = match node.int_list("perm")? {
        None => (0..rank).rev().collect(),
        Some(axes) => {
            let axes = axes.iter().take(rank + 1);
            axes.map(|&axis| usize::try_from(axis).unwrap_or(rank))
                .collect()
        }
    };
    if permutation.iter().copied().eq(0..rank) {
        return Ok(vec![data.id]);
    }
    Ok(vec![node.movement(
        OpSpec::Transpose(Transpose { permutation }),
        &[data.id],
    )?])
}
