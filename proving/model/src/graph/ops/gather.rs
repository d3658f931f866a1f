//! Gather at constant indices, and of constant rows at the symbols of the input.

use super::Op;
use crate::graph::ValueId;
use crate::onnx::{ImportError, NodeImport};
use crate::quant::ops::{self, OpSpec, Reshape, Resize};

/// A constant row for each symbol.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedding {
    /// How many symbols there are.
    pub symbols: usize,
    /// The rows, one after the other.
    pub values: Vec<f32>,
}

pub(super) fn import(node: &mut NodeImport<'_>) -> Result<Vec<ValueId>, ImportError> {
    node.expect_inputs(2..=2)?;
    node.expect_attributes(&["axis"])?;
    if !node.is_data(0) && node.is_data(1) {
        return import_symbols(node);
    }
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

fn import_symbols(node: &mut NodeImport<'_>) -> Result<Vec<ValueId>, ImportError> {
    let data = node.data_or_class(1)?;
    if !node.is_symbols(data.id) {
        return Err(node.bad("the indices are not the model's input of type int64".into()));
    }
    let (shape, values) = node.floats(0)?;
    let (&[symbols, width], 0) = (shape, node.int("axis", 0)?) else {
        return Err(node.bad(format!(
            "looks up in shape {shape:?}, expected a matrix along axis 0"
        )));
    };
    let spec = OpSpec::Embedding(ops::Embedding { symbols, width });
    let values = values.to_vec();
    let shape = node.inferred(&spec, &[data.id])?;
    let embedding = Op::Embedding(Embedding { symbols, values });
    Ok(vec![node.emit(embedding, &[data.id], shape)?])
}
