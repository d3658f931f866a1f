//! MatMul: data times a constant matrix.

use super::{Dense, Op};
use crate::graph::ValueId;
use crate::onnx::{ImportError, NodeImport};

pub(super) fn import(node: &mut NodeImport<'_>) -> Result<Vec<ValueId>, ImportError> {
    node.expect_inputs(2..=2)?;
    node.expect_attributes(&[])?;
    let data = node.data(0)?;
    let Some((&inputs, _)) = data.shape.split_last() else {
        return Err(node.bad("takes a single number, expected rows".into()));
    };
    let (shape, values) = node.floats(1)?;
    let [batch @ .., rows, outputs] = shape else {
        return Err(node.bad(format!("weights have shape {shape:?}, expected a matrix")));
    };
    if *rows != inputs || batch.iter().any(|&size| size != 1) || shape.len() > data.shape.len() {
        return Err(node.bad(format!(
            "weights have shape {shape:?}, which does not fit {inputs} inputs"
        )));
    }
    let mut result = data.shape;
    if let Some(last) = result.last_mut() {
        *last = *outputs;
    }
    let dense = Dense {
        inputs,
        weights: transpose(values, *outputs),
        bias: vec![0.0; *outputs],
    };
    Ok(vec![node.emit(Op::Dense(dense), &[data.id], result)?])
}

/// Returns `[columns, rows]` of a row-major `[rows, columns]`.
pub(super) fn transpose(values: &[f32], columns: usize) -> Vec<f32> {
    (0..columns)
        .flat_map(|column| values.iter().skip(column).step_by(columns).copied())
        .collect()
}
