//! The float operators, one file each: what it is, how it is read, what shape it gives.

mod add;
mod argmax;
mod flatten;
mod gemm;
mod matmul;
mod relu;
mod reshape;

pub use add::Add;
pub use gemm::Gemm;
pub use matmul::MatMul;

use crate::onnx::{ImportError, NodeView};

/// A float operator on one row of values.
#[derive(Debug, Clone, PartialEq)]
pub enum Op {
    /// Matrix times vector plus vector.
    Gemm(Gemm),
    /// Vector times matrix.
    MatMul(MatMul),
    /// Plus a constant vector.
    Add(Add),
    /// The larger of value and zero.
    Relu,
    /// Other dimensions, same elements in the same order.
    Flatten,
    /// Other dimensions, same elements in the same order.
    Reshape,
    /// The index of the largest value, the lowest one of equals.
    ArgMax,
}

impl Op {
    /// Returns how many numbers the operator holds.
    #[must_use]
    pub fn parameters(&self) -> usize {
        match self {
            Self::Gemm(gemm) => gemm.weights.len() + gemm.bias.len(),
            Self::MatMul(matmul) => matmul.weights.len(),
            Self::Add(add) => add.bias.len(),
            Self::Relu | Self::Flatten | Self::Reshape | Self::ArgMax => 0,
        }
    }
}

/// The operators that [`import`] knows, for messages.
pub(crate) const SUPPORTED: &str = "Gemm, MatMul, Add, Relu, Flatten, Reshape, ArgMax, Constant";

/// Returns the operator and the shape of its result; `None` if the operator is not known.
pub(crate) fn import(
    operator: &str,
    node: &NodeView<'_>,
) -> Option<Result<(Op, Vec<usize>), ImportError>> {
    Some(match operator {
        "Gemm" => gemm::import(node),
        "MatMul" => matmul::import(node),
        "Add" => add::import(node),
        "Relu" => relu::import(node),
        "Flatten" => flatten::import(node),
        "Reshape" => reshape::import(node),
        "ArgMax" => argmax::import(node),
        _ => return None,
    })
}

/// Returns what to do about an operator that is not supported.
pub(crate) fn advice(operator: &str) -> &'static str {
    match operator {
        "Sigmoid" | "Tanh" | "Gelu" | "LeakyRelu" | "Elu" | "Selu" | "PRelu" | "Clip"
        | "HardSwish" => "train the model with Relu activations",
        "Softmax" | "LogSoftmax" => {
            "end the model with ArgMax on the logits: the class is the same"
        }
        "Dropout" | "Identity" | "Cast" => {
            "export the model in inference mode, with constant folding"
        }
        "BatchNormalization" => "fold it into the layer before when exporting",
        "QuantizeLinear" | "DequantizeLinear" | "QLinearMatMul" | "MatMulInteger" => {
            "export the float model: quantization happens at import"
        }
        "Squeeze" | "Unsqueeze" | "Transpose" => {
            "use Flatten or Reshape, which keep the order of elements"
        }
        "Conv" | "MaxPool" | "AveragePool" | "GlobalAveragePool" => {
            "use dense layers: convolutions are planned"
        }
        _ => "express the model with the supported operators",
    }
}
