//! Gemm: `alpha * data * B + beta * C`.

use super::Op;
use super::add::broadcast_row;
use super::matmul::transpose;
use crate::graph::ValueId;
use crate::onnx::{ImportError, NodeImport};

/// A dense layer with everything folded in.
#[derive(Debug, Clone, PartialEq)]
pub struct Dense {
    /// Elements of a row taken.
    pub inputs: usize,
    /// Row-major `[outputs, inputs]`.
    pub weights: Vec<f32>,
    /// One per output.
    pub bias: Vec<f32>,
    /// The step of each output's weights, of a model that is quantized.
    pub steps: Option<Vec<f32>>,
}

pub(super) fn import(node: &mut NodeImport<'_>) -> Result<Vec<ValueId>, ImportError> {
    node.expect_inputs(2..=3)?;
    node.expect_attributes(&["alpha", "beta", "transA", "transB"])?;
    if node.flag("transA", false)? {
        return Err(node.bad("transA is set, expected the data as it is".into()));
    }
    let data = node.data(0)?;
    let [rows, inputs] = *data.shape.as_slice() else {
        return Err(node.bad(format!(
            "takes shape {:?}, expected [rows, n]; flatten first",
            data.shape
        )));
    };
    let transposed = node.flag("transB", false)?;
    let (alpha, beta) = (node.float("alpha", 1.0)?, node.float("beta", 1.0)?);
    let (shape, values) = node.floats(1)?;
    let outputs = match (shape, transposed) {
        ([rows, columns], false) if *rows == inputs => *columns,
        ([rows, columns], true) if *columns == inputs => *rows,
        _ => {
            return Err(node.bad(format!(
                "weights have shape {shape:?}, which does not fit {inputs} inputs"
            )));
        }
    };
    let weights = if transposed {
        values.to_vec()
    } else {
        transpose(values, outputs)
    };
    let bias = if node.has(2) {
        let (shape, values) = node.floats(2)?;
        broadcast_row(shape, values, outputs).map_err(|reason| node.bad(reason))?
    } else {
        vec![0.0; outputs]
    };
    let scaled = |values: Vec<f32>, by: f32| -> Result<Vec<f32>, ImportError> {
        let values: Vec<f32> = values.into_iter().map(|value| value * by).collect();
        if values.iter().all(|value| value.is_finite()) {
            return Ok(values);
        }
        Err(node.bad("alpha or beta scale a value beyond what a float holds".into()))
    };
    let steps = node.steps(1, usize::from(!transposed), outputs);
    let dense = Dense {
        inputs,
        steps: steps.filter(|_| alpha == 1.0),
        weights: scaled(weights, alpha)?,
        bias: scaled(bias, beta)?,
    };
    Ok(vec![node.emit(
        Op::Dense(dense),
        &[data.id],
        vec![rows, outputs],
    )?])
}
