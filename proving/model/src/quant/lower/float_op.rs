//! Integer operators with real weights.

use std::collections::HashMap;

use crate::graph::ops::{LayerNorm, Pool, Unary};
use crate::quant::architecture::ValueId;
use crate::quant::ops::{self, OpSpec};
use crate::quant::scale::Quantization;

/// One operator with its real numbers.
#[derive(Debug, Clone)]
pub(in crate::quant) struct FloatNode {
    /// What the file calls it.
    pub name: String,
    pub op: FloatOp,
    /// Values of the lowered model: 0 is the input, `i + 1` the result of node `i`.
    pub inputs: Vec<ValueId>,
    /// The value of the graph that the result is.
    pub value: Option<ValueId>,
    /// Whether the result is that value with the opposite sign.
    pub negated: bool,
}

/// An operator of the architecture, with the real numbers that it takes.
#[derive(Debug, Clone)]
pub(in crate::quant) enum FloatOp {
    /// A dense layer or convolution.
    Product(Product),
    /// The sum or difference of two tensors.
    Add(ops::Add),
    /// The product of two tensors, element by element, times a number that is not negative.
    Mul(f32),
    /// The product of two tensors of matrices, times a number that is not negative.
    Matmul(ops::Matmul, f32),
    /// A constant tensor.
    Parameter(ops::Parameter, Vec<f32>),
    /// The sum or mean of windows.
    Pool(Pool),
    /// A function of each number, times a number plus another.
    Unary(Unary, f32, f32),
    /// A number around a tensor.
    Pad(ops::Pad, f32),
    /// A number in place of elements.
    Mask(ops::Mask, f32),
    /// Shares of exponentials.
    Softmax(ops::Softmax),
    /// Normalized rows.
    LayerNorm(LayerNorm),
    /// Constant rows for symbols.
    Embedding(ops::Embedding, Vec<f32>),
    /// An operator whose result holds elements of its inputs and nothing else.
    Move(OpSpec),
    /// The class.
    ArgMax,
    /// The class of the smallest.
    ArgMin,
    /// Zero or one.
    Compare(ops::Relation),
}

impl FloatOp {
    /// Returns the operator of the architecture.
    pub(in crate::quant) fn spec(&self) -> OpSpec {
        match self {
            Self::Product(product) => product.spec.clone(),
            Self::Add(add) => OpSpec::Add(*add),
            Self::Mul(_) => OpSpec::Mul(ops::Mul {}),
            Self::Matmul(matmul, _) => OpSpec::Matmul(*matmul),
            Self::Parameter(parameter, _) => OpSpec::Parameter(parameter.clone()),
            Self::Pool(pool) => OpSpec::Sum(pool.sum.clone()),
            Self::Unary(..) => OpSpec::Table(ops::Table {}),
            Self::Pad(pad, _) => OpSpec::Pad(pad.clone()),
            Self::Mask(mask, _) => OpSpec::Mask(mask.clone()),
            Self::Softmax(softmax) => OpSpec::Softmax(softmax.clone()),
            Self::LayerNorm(norm) => OpSpec::LayerNorm(ops::LayerNorm {
                width: norm.scale.len(),
            }),
            Self::Embedding(embedding, _) => OpSpec::Embedding(*embedding),
            Self::Move(spec) => spec.clone(),
            Self::ArgMax => OpSpec::ArgMax(ops::ArgMax {}),
            Self::ArgMin => OpSpec::ArgMin(ops::ArgMin {}),
            Self::Compare(relation) => OpSpec::Compare(ops::Compare {
                relation: *relation,
            }),
        }
    }

    /// Returns whether the result has a mapping of its own, by its range.
    pub(in crate::quant) fn is_measured(&self) -> bool {
        !matches!(
            self,
            Self::Pad(..) | Self::Mask(..) | Self::Move(_) | Self::ArgMax | Self::ArgMin
        )
    }

    /// Returns whether the result can have any mapping.
    pub(super) fn takes_any_mapping(&self) -> bool {
        self.is_measured() && !matches!(self, Self::Softmax(_) | Self::Compare(_))
    }

    /// Returns whether no number that was computed from the file's is beyond what a float holds.
    pub(super) fn is_finite(&self) -> bool {
        let all = |numbers: &[f32]| numbers.iter().all(|number| number.is_finite());
        match self {
            Self::Product(product) => all(&product.weights) && all(&product.bias),
            Self::Mul(factor) | Self::Matmul(_, factor) => factor.is_finite(),
            Self::Unary(_, factor, term) => factor.is_finite() && term.is_finite(),
            Self::LayerNorm(norm) => all(&norm.scale) && all(&norm.shift),
            _ => true,
        }
    }

    /// Returns the values, out of those read and the result, that must have one mapping.
    pub(in crate::quant) fn joined(&self, inputs: &[ValueId], result: ValueId) -> Vec<ValueId> {
        let inputs = match self {
            Self::Compare(_) => return inputs.to_vec(),
            Self::Move(OpSpec::Where(_)) => &inputs[1..],
            _ if self.is_measured() => return vec![],
            _ => inputs,
        };
        [inputs, &[result]].concat()
    }

    /// Returns whether nothing below zero is left.
    pub(in crate::quant) fn relu(&self) -> bool {
        match self {
            Self::Product(product) => product.relu(),
            Self::Add(add) => add.relu,
            _ => false,
        }
    }

    /// Takes a ReLU in; returns whether the operator can.
    pub(super) fn set_relu(&mut self) -> bool {
        match self {
            Self::Product(product) => product.set_relu(),
            Self::Add(add) => add.relu = true,
            _ => return false,
        }
        true
    }
}

/// A dense layer or convolution.
#[derive(Debug, Clone)]
pub(in crate::quant) struct Product {
    pub spec: OpSpec,
    /// Row-major `[outputs, products]`.
    pub weights: Vec<f32>,
    pub bias: Vec<f32>,
    /// The step of each output's weights, of a model that is quantized.
    pub steps: Option<Vec<f32>>,
}

impl Product {
    /// Returns how many products each accumulator sums.
    pub(in crate::quant) fn products(&self) -> usize {
        self.spec.products().unwrap_or(1)
    }

    pub(in crate::quant) fn relu(&self) -> bool {
        match &self.spec {
            OpSpec::Dense(dense) => dense.relu,
            OpSpec::Conv(conv) => conv.relu,
            _ => false,
        }
    }

    pub(super) fn set_relu(&mut self) {
        match &mut self.spec {
            OpSpec::Dense(dense) => dense.relu = true,
            OpSpec::Conv(conv) => conv.relu = true,
            _ => {}
        }
    }

    /// Applies an affine map to each output.
    pub(super) fn apply(&mut self, map: &[(f32, f32)]) {
        self.steps = None;
        let products = self.products();
        for (row, (scale, _)) in self.weights.chunks_exact_mut(products).zip(map) {
            row.iter_mut().for_each(|weight| *weight *= scale);
        }
        for (bias, (scale, shift)) in self.bias.iter_mut().zip(map) {
            *bias = *bias * scale + shift;
        }
    }
}

/// The lowered model.
#[derive(Debug, Clone)]
pub(in crate::quant) struct Lowered {
    pub nodes: Vec<FloatNode>,
    pub output: ValueId,
    /// The mappings that the file has.
    pub pins: HashMap<ValueId, Quantization>,
}
