//! The float model as the quantizer sees it: dense layers with bias and ReLU fused, shapes gone.

use super::error::QuantizeError;
use super::ops::{ArgMax, Dense, OpSpec};
use crate::graph::{Graph, Op};

/// One fused float layer.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum FloatLayer {
    /// `relu(weights * x + bias)`, or without the ReLU.
    Dense(FloatDense),
    /// The index of the largest value.
    ArgMax,
}

/// A fused dense layer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct FloatDense {
    pub inputs: usize,
    pub outputs: usize,
    /// Row-major `[outputs, inputs]`.
    pub weights: Vec<f32>,
    pub bias: Vec<f32>,
    pub relu: bool,
}

impl FloatLayer {
    pub(super) fn spec(&self) -> OpSpec {
        match self {
            Self::Dense(dense) => OpSpec::Dense(Dense {
                inputs: dense.inputs,
                outputs: dense.outputs,
                relu: dense.relu,
            }),
            Self::ArgMax => OpSpec::ArgMax(ArgMax {}),
        }
    }
}

impl FloatDense {
    fn new(inputs: usize, weights: &[f32], bias: Option<&[f32]>) -> Self {
        let outputs = weights.len() / inputs;
        let bias = bias.map_or_else(|| vec![0.0; outputs], <[f32]>::to_vec);
        Self {
            inputs,
            outputs,
            weights: weights.to_vec(),
            bias,
            relu: false,
        }
    }

    /// Returns the layer's result in double precision, summed in order: the same on every machine.
    pub(super) fn run(&self, input: &[f64]) -> Vec<f64> {
        self.weights
            .chunks_exact(self.inputs)
            .zip(&self.bias)
            .map(|(row, &bias)| {
                let sum = row
                    .iter()
                    .zip(input)
                    .fold(f64::from(bias), |sum, (&w, x)| sum + f64::from(w) * x);
                if self.relu { sum.max(0.0) } else { sum }
            })
            .collect()
    }
}

/// Fuses a graph's operators; refuses a ReLU or Add with no dense layer before it to take it in.
pub(super) fn fuse(graph: &Graph) -> Result<Vec<FloatLayer>, QuantizeError> {
    let mut layers: Vec<FloatLayer> = Vec::new();
    let mut width = graph.inputs();
    for node in &graph.nodes {
        let unfused = |reason| QuantizeError::CannotFuse {
            node: node.name.clone(),
            reason,
        };
        match &node.op {
            Op::Flatten | Op::Reshape => continue,
            Op::Gemm(gemm) => {
                layers.push(FloatLayer::Dense(FloatDense::new(
                    width,
                    &gemm.weights,
                    Some(&gemm.bias),
                )));
            }
            Op::MatMul(matmul) => {
                layers.push(FloatLayer::Dense(FloatDense::new(
                    width,
                    &matmul.weights,
                    None,
                )));
            }
            Op::Add(add) => match layers.last_mut() {
                Some(FloatLayer::Dense(dense)) if !dense.relu => {
                    for (sum, term) in dense.bias.iter_mut().zip(&add.bias) {
                        *sum += term;
                    }
                    if !dense.bias.iter().all(|bias| bias.is_finite()) {
                        return Err(unfused("the sum of biases is beyond what a float holds"));
                    }
                }
                _ => return Err(unfused("an Add must follow Gemm or MatMul directly")),
            },
            Op::Relu => match layers.last_mut() {
                Some(FloatLayer::Dense(dense)) => dense.relu = true,
                _ => return Err(unfused("a Relu must follow Gemm, MatMul or Add")),
            },
            Op::ArgMax => layers.push(FloatLayer::ArgMax),
        }
        if let Some(FloatLayer::Dense(dense)) = layers.last() {
            width = dense.outputs;
        }
    }
    Ok(layers)
}
