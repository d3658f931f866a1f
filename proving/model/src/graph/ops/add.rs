//! Add: a constant vector on top of the data.

use super::Op;
use crate::onnx::{ImportError, NodeView};

/// A bias.
#[derive(Debug, Clone, PartialEq)]
pub struct Add {
    /// One per element of the row.
    pub bias: Vec<f32>,
}

pub(super) fn import(node: &NodeView<'_>) -> Result<(Op, Vec<usize>), ImportError> {
    node.expect_inputs(2..=2)?;
    node.expect_attributes(&[])?;
    // Addition commutes: exporters write the bias on either side.
    let constant = usize::from(node.is_data(0));
    node.expect_data(1 - constant)?;
    let width = node.row()?;
    let (shape, values) = node.floats(constant)?;
    let bias =
        broadcast(shape, values, width, node.shape().len()).map_err(|reason| node.bad(reason))?;
    Ok((Op::Add(Add { bias }), node.shape().to_vec()))
}

/// Returns a constant as one value for each of `width` elements of a row of rank `rank`.
pub(super) fn broadcast(
    shape: &[usize],
    values: &[f32],
    width: usize,
    rank: usize,
) -> Result<Vec<f32>, String> {
    let expected = || format!("constant has shape {shape:?}, expected [{width}] or one value");
    if shape.len() > rank {
        return Err(expected());
    }
    match shape.split_last() {
        Some((&last, rest)) if last == width && rest.iter().all(|&size| size == 1) => {
            Ok(values.to_vec())
        }
        _ if values.len() == 1 => Ok(vec![values[0]; width]),
        _ => Err(expected()),
    }
}
