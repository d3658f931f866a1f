//! The float operators, one file each: how an ONNX operator is read, and into what.

mod add;
mod argmax;
mod average_pool;
mod batch_normalization;
mod cast;
mod clip;
mod compare;
mod concat;
mod conv;
mod conv_transpose;
mod dropout;
mod expand;
mod flatten;
mod gather;
mod gelu;
mod gemm;
mod identity;
mod layer_normalization;
mod matmul;
mod max;
mod max_pool;
mod mul;
mod pad;
mod quantize_linear;
mod reduce;
mod relu;
mod reshape;
mod resize;
mod slice;
mod softmax;
mod split;
mod squeeze;
mod transpose;
mod tree_ensemble;
mod unary;
mod unsqueeze;
mod r#where;
mod window;

pub use add::Affine;
pub use average_pool::Pool;
pub use conv::Conv;
pub use gather::Embedding;
pub use gelu::{Gate, Line};
pub use gemm::Dense;
pub use layer_normalization::LayerNorm;
pub use tree_ensemble::{Tree, TreeEnsemble, TreeNode};
pub use unary::Unary;

use super::ValueId;
use crate::onnx::{ImportError, NodeImport};
use crate::quant::ops::{Mask, OpSpec, Pad, Relation, Runs};
use crate::quant::scale::Quantization;

/// A float operator.
#[derive(Debug, Clone, PartialEq)]
pub enum Op {
    /// Rows times a constant matrix plus a constant row.
    Dense(Dense),
    /// Windows times constant kernels plus constants.
    Conv(Conv),
    /// Times a constant plus a constant, each broadcast.
    Affine(Affine),
    /// The sum of two values, or their difference.
    Add {
        /// Whether the second is taken away.
        subtract: bool,
    },
    /// The product of two values, element by element.
    Mul,
    /// The product of two values as matrices.
    Matmul,
    /// A constant as a value, in row-major order.
    Parameter(Vec<f32>),
    /// The sum or mean of each window.
    Pool(Pool),
    /// A function of each number.
    Unary(Unary),
    /// The larger of value and zero.
    Relu,
    /// A number around a tensor.
    Pad(Pad, f32),
    /// A number in place of the elements outside the runs.
    Mask(Mask, f32),
    /// Each element's share in the exponentials of its row, over the columns that count.
    Softmax(Runs),
    /// Rows normalized, scaled and shifted.
    LayerNorm(LayerNorm),
    /// A constant row for each symbol.
    Embedding(Embedding),
    /// An operator that gives some of its inputs' elements: the same in floats and integers.
    Move(OpSpec),
    /// The index of the largest value, the lowest one of equals.
    ArgMax,
    /// The index of the smallest value, the lowest one of equals.
    ArgMin,
    /// One where a relation of two values holds, else zero.
    Compare(Relation),
    /// A value rounded to lanes, by a mapping that the file has.
    Quantize {
        /// The mapping.
        mapping: Quantization,
        /// What the file calls the constants of the mapping, scale first.
        constants: [String; 2],
        /// What the file calls the lanes.
        quantized: String,
    },
    /// Decision trees that vote.
    TreeEnsemble(TreeEnsemble),
}

impl Op {
    /// Returns how many numbers the operator holds.
    #[must_use]
    pub fn parameters(&self) -> usize {
        match self {
            Self::Dense(dense) => dense.weights.len() + dense.bias.len(),
            Self::Conv(conv) => conv.weights.len() + conv.bias.len(),
            Self::Affine(affine) => [&affine.scale, &affine.shift]
                .map(|values| values.as_ref().map_or(0, Vec::len))
                .iter()
                .sum(),
            Self::Parameter(values) => values.len(),
            Self::LayerNorm(norm) => norm.scale.len() + norm.shift.len(),
            Self::Embedding(embedding) => embedding.values.len(),
            Self::TreeEnsemble(ensemble) => ensemble.parameters(),
            _ => 0,
        }
    }

    /// Returns what the operator is called.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Dense(_) => "dense",
            Self::Conv(_) => "conv",
            Self::Affine(_) => "affine",
            Self::Add { .. } => "add",
            Self::Mul => "mul",
            Self::Matmul => "matmul",
            Self::Parameter(_) => "parameter",
            Self::Pool(_) => "sum",
            Self::Unary(_) => "table",
            Self::Relu => "relu",
            Self::Pad(..) => "pad",
            Self::Mask(..) => "mask",
            Self::Softmax(_) => "softmax",
            Self::LayerNorm(_) => "layer_norm",
            Self::Embedding(_) => "embedding",
            Self::Move(spec) => spec.name(),
            Self::ArgMax => "arg_max",
            Self::ArgMin => "arg_min",
            Self::Compare(_) => "compare",
            Self::TreeEnsemble(_) => "tree_ensemble",
            Self::Quantize { .. } => "quantize",
        }
    }
}

/// Reads a node into the graph and returns its results.
type Import = fn(&mut NodeImport<'_>) -> Result<Vec<ValueId>, ImportError>;

/// The operators that are read, each by its file.
const IMPORTS: &[(&str, Import)] = &[
    ("Gemm", gemm::import),
    ("MatMul", matmul::import),
    ("Conv", conv::import),
    ("ConvTranspose", conv_transpose::import),
    ("BatchNormalization", batch_normalization::import),
    ("Add", add::import),
    ("Sub", add::import_sub),
    ("Mul", mul::import),
    ("Div", mul::import_div),
    ("Relu", relu::import),
    ("Clip", clip::import),
    ("MaxPool", max_pool::import),
    ("ArgMax", argmax::import),
    ("ArgMin", argmax::import),
    ("Flatten", flatten::import),
    ("Reshape", reshape::import),
    ("Squeeze", squeeze::import),
    ("Unsqueeze", unsqueeze::import),
    ("Transpose", transpose::import),
    ("Slice", slice::import),
    ("Split", split::import),
    ("Concat", concat::import),
    ("Pad", pad::import),
    ("Expand", expand::import),
    ("Resize", resize::import),
    ("Gather", gather::import),
    ("Identity", identity::import),
    ("Dropout", dropout::import),
    ("Cast", cast::import),
    ("Max", max::import),
    ("Min", max::import_min),
    ("AveragePool", average_pool::import),
    ("GlobalAveragePool", average_pool::import_global),
    ("GlobalMaxPool", max_pool::import_global),
    ("ReduceMax", reduce::import_max),
    ("ReduceMin", reduce::import_min),
    ("ReduceSum", reduce::import_sum),
    ("ReduceMean", reduce::import_mean),
    ("Sigmoid", unary::import),
    ("Tanh", unary::import),
    ("Erf", unary::import),
    ("Gelu", unary::import),
    ("Exp", unary::import),
    ("Log", unary::import),
    ("Sqrt", unary::import),
    ("Reciprocal", unary::import),
    ("Pow", unary::import),
    ("Abs", unary::import),
    ("Neg", unary::import),
    ("LeakyRelu", unary::import),
    ("Elu", unary::import),
    ("HardSigmoid", unary::import),
    ("HardSwish", unary::import),
    ("Softplus", unary::import),
    ("Softmax", softmax::import),
    ("LayerNormalization", layer_normalization::import),
    ("Where", r#where::import),
    ("Less", compare::import),
    ("LessOrEqual", compare::import),
    ("Greater", compare::import),
    ("GreaterOrEqual", compare::import),
    ("Equal", compare::import),
    ("QuantizeLinear", quantize_linear::import),
    ("DequantizeLinear", quantize_linear::import_dequantize),
    (
        "ai.onnx.ml.TreeEnsembleClassifier",
        tree_ensemble::import_classifier,
    ),
    (
        "ai.onnx.ml.TreeEnsembleRegressor",
        tree_ensemble::import_regressor,
    ),
];

/// The operators that [`import`] knows, for messages.
pub(crate) const SUPPORTED: &str = "Gemm, MatMul, Conv, ConvTranspose, BatchNormalization, Add, Sub, Mul, Div, Relu, Clip, MaxPool, \
    ArgMax, ArgMin, Flatten, Reshape, Squeeze, Unsqueeze, Transpose, Slice, Split, Concat, Pad, Expand, Resize, Gather, \
    Identity, Dropout, Cast, Max, Min, AveragePool, GlobalAveragePool, GlobalMaxPool, ReduceMax, ReduceMin, ReduceSum, ReduceMean, Sigmoid, Tanh, Erf, Gelu, Exp, \
    Log, Sqrt, Reciprocal, Pow, Abs, Neg, LeakyRelu, Elu, HardSigmoid, HardSwish, Softplus, Softmax, LayerNormalization, Where, \
    Less, LessOrEqual, Greater, GreaterOrEqual, Equal, QuantizeLinear, DequantizeLinear, ai.onnx.ml.TreeEnsembleClassifier, \
    ai.onnx.ml.TreeEnsembleRegressor, Constant";

/// Returns the ONNX operators that are imported beside Constant, those of other sets than the standard one with its name
/// before them.
pub fn operators() -> impl Iterator<Item = &'static str> {
    IMPORTS.iter().map(|(name, _)| *name)
}

/// Reads a node into the graph and returns its results; `None` if the operator is not known.
pub(crate) fn import(
    operator: &str,
    node: &mut NodeImport<'_>,
) -> Option<Result<Vec<ValueId>, ImportError>> {
    let (_, import) = IMPORTS.iter().find(|(name, _)| *name == operator)?;
    Some(import(node))
}

/// Returns what to do about an operator that is not supported.
pub(crate) fn advice(operator: &str) -> &'static str {
    match operator {
        "Selu" | "PRelu" | "Mish" | "Celu" => "train the model with Relu activations",
        "LogSoftmax" => "end the model with ArgMax on the logits: the class is the same",
        "Shape" | "ConstantOfShape" | "Range" => {
            "export the model with fixed shapes and constant folding"
        }
        "QLinearMatMul" | "QLinearConv" | "MatMulInteger" => {
            "quantize in QDQ format, or export the float model"
        }
        "LSTM" | "GRU" | "RNN" | "If" | "Loop" | "Scan" => "unroll the recurrence when exporting",
        _ => "express the model with the supported operators",
    }
}

#[cfg(test)]
mod tests {
    use super::{IMPORTS, SUPPORTED};

    #[test]
    fn messages_list_every_operator() {
        let names: Vec<&str> = SUPPORTED.split(", ").collect();
        let known = IMPORTS.iter().map(|(name, _)| *name).chain(["Constant"]);
        assert!(known.eq(names));
    }
}
