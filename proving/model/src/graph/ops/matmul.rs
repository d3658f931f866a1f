//! MatMul: data times a constant matrix.

use super::Op;
use crate::onnx::{ImportError, NodeView};

/// A dense layer without bias.
#[derive(Debug, Clone, PartialEq)]
pub struct MatMul {
    /// Row-major `[outputs, inputs]`, the transpose of what the file holds.
    pub weights: Vec<f32>,
}

pub(super) fn import(node: &NodeView<'_>) -> Result<(Op, Vec<usize>), ImportError> {
    node.expect_data_first(2..=2)?;
    node.expect_attributes(&[])?;
    let inputs = node.row()?;
    let (shape, values) = node.floats(1)?;
    let &[rows, outputs] = shape else {
        return Err(node.bad(format!("weights have shape {shape:?}, expected a matrix")));
    };
    if rows != inputs {
        return Err(node.bad(format!(
            "weights have shape {shape:?}, which does not fit {inputs} inputs"
        )));
    }
    let mut shape = node.shape().to_vec();
    if let Some(last) = shape.last_mut() {
        *last = outputs;
    }
    Ok((
        Op::MatMul(MatMul {
            weights: transpose(values, outputs),
        }),
        shape,
    ))
}

/// Returns `[columns, rows]` of a row-major `[rows, columns]`.
pub(super) fn transpose(values: &[f32], columns: usize) -> Vec<f32> {
    (0..columns)
        .flat_map(|column| values.iter().skip(column).step_by(columns).copied())
        .collect()
}
