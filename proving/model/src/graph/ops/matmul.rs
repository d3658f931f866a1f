//! MatMul: data times a constant matrix, or of two values.

use super::{Dense, Op};
use crate::graph::ValueId;
use crate::onnx::{ImportError, NodeImport};
use crate::quant::ops::{Expand, Matmul, OpSpec};

pub(super) fn import(node: &mut NodeImport<'_>) -> Result<Vec<ValueId>, ImportError> {
    node.expect_inputs(2..=2)?;
    node.expect_attributes(&[])?;
    if node.is_data(1) {
        return import_two(node);
    }
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
        steps: node.steps(1, shape.len() - 1, *outputs),
    };
    Ok(vec![node.emit(Op::Dense(dense), &[data.id], result)?])
}

/// Reads a product of values, whose batch dimensions are made the same.
fn import_two(node: &mut NodeImport<'_>) -> Result<Vec<ValueId>, ImportError> {
    let both = [node.data_or_parameter(0)?, node.data_or_parameter(1)?];
    let bad = |node: &NodeImport<'_>| {
        let [first, second] = both.each_ref().map(|data| &data.shape);
        node.bad(format!("cannot multiply {first:?} and {second:?}"))
    };
    if both.iter().any(|data| data.shape.len() < 2) {
        return Err(bad(node));
    }
    let rank = both[0].shape.len().max(both[1].shape.len());
    let mut shapes = both.each_ref().map(|data| {
        let mut shape = vec![1; rank - data.shape.len()];
        shape.extend(&data.shape);
        shape
    });
    for axis in 0..rank - 2 {
        let size = shapes[0][axis].max(shapes[1][axis]);
        for shape in &mut shapes {
            if shape[axis] != size && shape[axis] != 1 {
                return Err(bad(node));
            }
            shape[axis] = size;
        }
    }
    let mut ids = both.each_ref().map(|data| data.id);
    for ((id, data), shape) in ids.iter_mut().zip(&both).zip(&shapes) {
        if data.shape != *shape {
            let shape = shape.clone();
            *id = node.movement(OpSpec::Expand(Expand { shape }), &[*id])?;
        }
    }
    let inner = shapes[0][rank - 1];
    let shape = node.inferred(&OpSpec::Matmul(Matmul { inner }), &ids)?;
    Ok(vec![node.emit(Op::Matmul, &ids, shape)?])
}

/// Returns `[columns, rows]` of a row-major `[rows, columns]`.
pub(super) fn transpose(values: &[f32], columns: usize) -> Vec<f32> {
    (0..columns)
        .flat_map(|column| values.iter().skip(column).step_by(columns).copied())
        .collect()
}
