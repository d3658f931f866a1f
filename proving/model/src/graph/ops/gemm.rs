//! Gemm: `alpha * data * B + beta * C`.

use super::Op;
use crate::onnx::{ImportError, NodeView};

/// A dense layer with everything folded in.
#[derive(Debug, Clone, PartialEq)]
pub struct Gemm {
    /// Row-major `[outputs, inputs]`.
    pub weights: Vec<f32>,
    /// One per output.
    pub bias: Vec<f32>,
}

pub(super) fn import(node: &NodeView<'_>) -> Result<(Op, Vec<usize>), ImportError> {
    node.expect_data_first(2..=3)?;
    node.expect_attributes(&["alpha", "beta", "transA", "transB"])?;
    if node.int("transA", 0)? != 0 {
        return Err(node.bad("transA is set, expected the data as it is".into()));
    }
    let [1, inputs] = *node.shape() else {
        return Err(node.bad(format!(
            "takes shape {:?}, expected [1, n]; flatten first",
            node.shape()
        )));
    };
    let transposed = match node.int("transB", 0)? {
        0 => false,
        1 => true,
        other => return Err(node.bad(format!("transB is {other}, expected 0 or 1"))),
    };
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
        super::matmul::transpose(values, outputs)
    };
    let bias = if node.inputs() == 3 {
        let (shape, values) = node.floats(2)?;
        super::add::broadcast(shape, values, outputs, 2).map_err(|reason| node.bad(reason))?
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
    let gemm = Gemm {
        weights: scaled(weights, alpha)?,
        bias: scaled(bias, beta)?,
    };
    Ok((Op::Gemm(gemm), vec![1, outputs]))
}
