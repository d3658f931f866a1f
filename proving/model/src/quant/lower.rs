//! The float model as the quantizer sees it: integer operators with real weights.
//!
//! What follows a product and is affine per channel, and a ReLU, become part of it: the integer operator has bias
//! and ReLU built in.

use std::collections::HashMap;

use super::architecture::ValueId;
use super::error::QuantizeError;
use super::ops::{self, OpSpec, Reshape, Window};
use super::scale::Quantization;
use crate::graph::ops::{Affine, LayerNorm, Pool, Unary};
use crate::graph::{Graph, Op};

/// One operator with its real numbers.
#[derive(Debug, Clone)]
pub(super) struct FloatNode {
    /// What the file calls it.
    pub name: String,
    pub op: FloatOp,
    /// Values of the lowered model: 0 is the input, `i + 1` the result of node `i`.
    pub inputs: Vec<ValueId>,
    /// The value of the graph that the result is.
    pub value: Option<ValueId>,
}

/// An operator of the architecture, with the real numbers that it takes.
#[derive(Debug, Clone)]
pub(super) enum FloatOp {
    /// A dense layer or convolution.
    Product(Product),
    /// The sum or difference of two tensors.
    Add(ops::Add),
    /// The product of two tensors, element by element, times a positive number.
    Mul(f32),
    /// The product of two tensors of matrices, times a positive number.
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
    pub(super) fn spec(&self) -> OpSpec {
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
    pub(super) fn is_measured(&self) -> bool {
        !matches!(
            self,
            Self::Pad(..) | Self::Mask(..) | Self::Move(_) | Self::ArgMax | Self::ArgMin
        )
    }

    /// Returns the values, out of those read and the result, that must have one mapping.
    pub(super) fn joined(&self, inputs: &[ValueId], result: ValueId) -> Vec<ValueId> {
        let inputs = match self {
            Self::Compare(_) => return inputs.to_vec(),
            Self::Move(OpSpec::Where(_)) => &inputs[1..],
            _ if self.is_measured() => return vec![],
            _ => inputs,
        };
        [inputs, &[result]].concat()
    }

    /// Returns whether nothing below zero is left.
    pub(super) fn relu(&self) -> bool {
        match self {
            Self::Product(product) => product.relu(),
            Self::Add(add) => add.relu,
            _ => false,
        }
    }

    /// Takes a ReLU in; returns whether the operator can.
    fn set_relu(&mut self) -> bool {
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
pub(super) struct Product {
    pub spec: OpSpec,
    /// Row-major `[outputs, products]`.
    pub weights: Vec<f32>,
    pub bias: Vec<f32>,
    /// The step of each output's weights, of a model that is quantized.
    pub steps: Option<Vec<f32>>,
}

impl Product {
    /// Returns how many products each accumulator sums.
    pub(super) fn products(&self) -> usize {
        self.spec.products().unwrap_or(1)
    }

    pub(super) fn relu(&self) -> bool {
        match &self.spec {
            OpSpec::Dense(dense) => dense.relu,
            OpSpec::Conv(conv) => conv.relu,
            _ => false,
        }
    }

    fn set_relu(&mut self) {
        match &mut self.spec {
            OpSpec::Dense(dense) => dense.relu = true,
            OpSpec::Conv(conv) => conv.relu = true,
            _ => {}
        }
    }

    /// Applies an affine map to each output.
    fn apply(&mut self, map: &[(f32, f32)]) {
        self.steps = None;
        let products = self.products();
        for (row, (scale, _)) in self.weights.chunks_exact_mut(products).zip(map) {
            row.iter_mut().for_each(|weight| *weight *= scale);
        }
        for (bias, (scale, shift)) in self.bias.iter_mut().zip(map) {
            *bias = *bias * scale + shift;
        }
    }

    fn is_finite(&self) -> bool {
        let mut numbers = self.weights.iter().chain(&self.bias);
        numbers.all(|number| number.is_finite())
    }
}

/// The lowered model.
#[derive(Debug, Clone)]
pub(super) struct Lowered {
    pub nodes: Vec<FloatNode>,
    pub output: ValueId,
    /// The mappings that the file has.
    pub pins: HashMap<ValueId, Quantization>,
}

/// Lowers a graph; refuses what no integer operator can take in.
pub(super) fn lower(graph: &Graph) -> Result<Lowered, QuantizeError> {
    let mut readers = vec![0_usize; graph.nodes.len() + 1];
    readers[graph.output] += 1;
    for &id in graph.nodes.iter().flat_map(|node| &node.inputs) {
        readers[id] += 1;
    }
    let mut lowering = Lowering {
        graph,
        readers,
        values: vec![0],
        nodes: Vec::new(),
        pins: HashMap::new(),
    };
    for index in 0..graph.nodes.len() {
        let id = lowering.node(index)?;
        lowering.values.push(id);
    }
    Ok(Lowered {
        output: lowering.values[graph.output],
        nodes: lowering.nodes,
        pins: lowering.pins,
    })
}

struct Lowering<'a> {
    graph: &'a Graph,
    /// How many read each value of the graph.
    readers: Vec<usize>,
    /// For each value of the graph the value of the lowered model.
    values: Vec<ValueId>,
    nodes: Vec<FloatNode>,
    pins: HashMap<ValueId, Quantization>,
}

impl Lowering<'_> {
    /// Lowers a node of the graph and returns its result.
    fn node(&mut self, index: usize) -> Result<ValueId, QuantizeError> {
        let node = &self.graph.nodes[index];
        let inputs: Vec<ValueId> = node.inputs.iter().map(|&id| self.values[id]).collect();
        let op = match &node.op {
            Op::Dense(dense) => FloatOp::Product(Product {
                spec: OpSpec::Dense(ops::Dense {
                    inputs: dense.inputs,
                    outputs: dense.bias.len(),
                    relu: false,
                }),
                weights: dense.weights.clone(),
                bias: dense.bias.clone(),
                steps: dense.steps.clone(),
            }),
            Op::Conv(conv) => FloatOp::Product(Product {
                spec: OpSpec::Conv(conv.spec(self.graph.shape(node.inputs[0])[1])),
                weights: conv.weights.clone(),
                bias: conv.bias.clone(),
                steps: conv.steps.clone(),
            }),
            Op::Add { subtract } => FloatOp::Add(ops::Add {
                subtract: *subtract,
                relu: false,
                wide: false,
            }),
            Op::Mul => FloatOp::Mul(1.0),
            Op::Matmul => {
                let inner = self.graph.shape(node.inputs[0]).last().copied();
                let inner = inner.unwrap_or(1);
                FloatOp::Matmul(ops::Matmul { inner }, 1.0)
            }
            Op::Parameter(values) => FloatOp::Parameter(
                ops::Parameter {
                    shape: node.shape.clone(),
                },
                values.clone(),
            ),
            Op::Pool(pool) => FloatOp::Pool(pool.clone()),
            Op::Unary(function) => FloatOp::Unary(*function, 1.0, 0.0),
            Op::Affine(affine) => return self.affine(index, affine),
            Op::Relu => return self.relu(index),
            Op::Pad(pad, value) => FloatOp::Pad(pad.clone(), *value),
            Op::Mask(mask, value) => FloatOp::Mask(mask.clone(), *value),
            Op::Softmax(runs) => FloatOp::Softmax(ops::Softmax { runs: runs.clone() }),
            Op::LayerNorm(norm) => FloatOp::LayerNorm(norm.clone()),
            Op::Embedding(embedding) => FloatOp::Embedding(
                ops::Embedding {
                    symbols: embedding.symbols,
                    width: embedding.values.len() / embedding.symbols,
                },
                embedding.values.clone(),
            ),
            Op::Move(spec) => FloatOp::Move(spec.clone()),
            Op::ArgMax => FloatOp::ArgMax,
            Op::ArgMin => FloatOp::ArgMin,
            Op::Compare(relation) => FloatOp::Compare(*relation),
            Op::Quantize { mapping, .. } => return Ok(self.quantize(index, *mapping)),
            Op::TreeEnsemble(_) => {
                return Err(self.unfused(index, "a tree ensemble must be the whole model"));
            }
        };
        Ok(self.push(index, op, inputs, Some(index + 1)))
    }

    fn push(
        &mut self,
        index: usize,
        op: FloatOp,
        inputs: Vec<ValueId>,
        value: Option<ValueId>,
    ) -> ValueId {
        self.nodes.push(FloatNode {
            name: self.graph.nodes[index].name.clone(),
            op,
            inputs,
            value,
        });
        self.nodes.len()
    }

    /// Returns whether nothing but one node of the graph reads a value of the lowered model.
    fn read_once(&self, id: ValueId) -> bool {
        let value = id.checked_sub(1).and_then(|node| self.nodes[node].value);
        value.is_some_and(|value| self.readers[value] == 1)
    }

    /// Gives a value the mapping that the file has for it. A value that has another one already goes through a table.
    fn quantize(&mut self, index: usize, mapping: Quantization) -> ValueId {
        let id = self.values[self.graph.nodes[index].inputs[0]];
        if self.pin(id) == Some(mapping) {
            return id;
        }
        let measured = match id.checked_sub(1) {
            None => self.readers[0] == 1,
            Some(node) => self.read_once(id) && self.nodes[node].op.is_measured(),
        };
        let id = if measured && self.pin(id).is_none() {
            if let Some(node) = id.checked_sub(1) {
                let node = &mut self.nodes[node];
                node.value = Some(index + 1);
                if let FloatOp::Add(add) = &mut node.op {
                    // Of every such sum, whatever the file's scales are: they do not decide the circuit.
                    add.wide = true;
                }
            }
            id
        } else {
            let same = Unary::Clip(f32::MIN, f32::MAX);
            self.push(
                index,
                FloatOp::Unary(same, 1.0, 0.0),
                vec![id],
                Some(index + 1),
            )
        };
        self.pins.insert(id, mapping);
        id
    }

    /// Returns the mapping that the file has for a value, or for what it only moves.
    fn pin(&self, id: ValueId) -> Option<Quantization> {
        if let Some(mapping) = self.pins.get(&id) {
            return Some(*mapping);
        }
        let node = self.nodes.get(id.checked_sub(1)?)?;
        match (&node.op, node.inputs.as_slice()) {
            (FloatOp::Move(_) | FloatOp::Pad(..), &[input, ..]) => self.pin(input),
            _ => None,
        }
    }

    fn affine(&mut self, index: usize, affine: &Affine) -> Result<ValueId, QuantizeError> {
        let node = &self.graph.nodes[index];
        let id = self.values[node.inputs[0]];
        if self.read_once(id)
            && !self.pins.contains_key(&id)
            && let FloatNode {
                op: FloatOp::Product(product),
                value,
                ..
            } = &mut self.nodes[id - 1]
            && !product.relu()
        {
            let axis = match product.spec {
                OpSpec::Conv(_) => 1,
                _ => node.shape.len() - 1,
            };
            if let Some(map) = affine.per_channel(&node.shape, axis) {
                product.apply(&map);
                if !product.is_finite() {
                    return Err(
                        self.unfused(index, "its layer's numbers are beyond what a float holds")
                    );
                }
                *value = Some(index + 1);
                return Ok(id);
            }
        }
        if self.fuse_affine(index, id, affine) {
            return Ok(id);
        }
        match affine.per_channel(&node.shape, 1) {
            Some(map) if node.shape[0] == 1 => Ok(self.per_channel(index, &map, false)),
            _ => Ok(self.with_parameters(index, affine)),
        }
    }

    /// Takes an affine map into the normalization, function or product of two values before it; returns whether that can.
    fn fuse_affine(&mut self, index: usize, id: ValueId, affine: &Affine) -> bool {
        if !self.read_once(id) {
            return false;
        }
        let shape = &self.graph.nodes[index].shape;
        let FloatNode { op, value, .. } = &mut self.nodes[id - 1];
        let fused = match (op, affine.scale.as_slice(), affine.shift.as_slice()) {
            (FloatOp::Mul(factor) | FloatOp::Matmul(_, factor), &[scale], &[0.0])
                if scale > 0.0 && (*factor * scale).is_normal() =>
            {
                *factor *= scale;
                true
            }
            (FloatOp::Unary(_, factor, term), &[scale], &[shift])
                if (*factor * scale).is_finite() && (*term * scale + shift).is_finite() =>
            {
                *factor *= scale;
                *term = *term * scale + shift;
                true
            }
            (FloatOp::LayerNorm(norm), ..) => {
                let Some(map) = affine.per_channel(shape, shape.len() - 1) else {
                    return false;
                };
                for (index, (scale, shift)) in map.into_iter().enumerate() {
                    norm.scale[index] *= scale;
                    norm.shift[index] = norm.shift[index] * scale + shift;
                }
                true
            }
            _ => false,
        };
        if fused {
            *value = Some(index + 1);
        }
        fused
    }

    /// Multiplies with one constant tensor and adds another, leaving out those that change nothing.
    fn with_parameters(&mut self, index: usize, affine: &Affine) -> ValueId {
        let node = &self.graph.nodes[index];
        let mut id = self.values[node.inputs[0]];
        let add = FloatOp::Add(ops::Add {
            subtract: false,
            relu: false,
            wide: false,
        });
        let steps = [
            (&affine.scale, 1.0, FloatOp::Mul(1.0)),
            (&affine.shift, 0.0, add),
        ];
        for (values, neutral, op) in steps {
            if values.iter().all(|&value| value == neutral) {
                continue;
            }
            let shape = affine.shape.clone();
            let parameter = FloatOp::Parameter(ops::Parameter { shape }, values.clone());
            let mut constant = self.push(index, parameter, vec![], None);
            if affine.shape != node.shape {
                let shape = node.shape.clone();
                let expand = FloatOp::Move(OpSpec::Expand(ops::Expand { shape }));
                constant = self.push(index, expand, vec![constant], None);
            }
            id = self.push(index, op, vec![id, constant], Some(index + 1));
        }
        id
    }

    fn relu(&mut self, index: usize) -> Result<ValueId, QuantizeError> {
        let node = &self.graph.nodes[index];
        let id = self.values[node.inputs[0]];
        // The larger of value and zero is the same before and after elements are moved or the largest picked.
        let mut source = id;
        while self.read_once(source) {
            let FloatNode {
                op, inputs, value, ..
            } = &mut self.nodes[source - 1];
            if op.set_relu() {
                if source == id {
                    *value = Some(index + 1);
                } else {
                    self.nodes[id - 1].value = Some(index + 1);
                }
                return Ok(id);
            }
            match (op, inputs.as_slice()) {
                (FloatOp::Move(_), &[input]) => source = input,
                _ => break,
            }
        }
        if node.shape.first() != Some(&1) || node.shape.len() < 2 {
            return Err(self.unfused(index, "a Relu must follow Gemm, MatMul, Conv or Add"));
        }
        let map = vec![(1.0, 0.0); node.shape[1]];
        Ok(self.per_channel(index, &map, true))
    }

    /// Adds a convolution of each channel with a kernel of one element, and returns its result.
    fn per_channel(&mut self, index: usize, map: &[(f32, f32)], relu: bool) -> ValueId {
        let node = &self.graph.nodes[index];
        let mut id = self.values[node.inputs[0]];
        let shape = node.shape.clone();
        let plain = matches!(shape.len(), 3 | 4);
        let spatial = if plain {
            shape[2..].to_vec()
        } else {
            vec![shape[2..].iter().product()]
        };
        let inner = [&shape[..2], &spatial].concat();
        let reshape = |shape: &[usize]| {
            FloatOp::Move(OpSpec::Reshape(Reshape {
                shape: shape.to_vec(),
            }))
        };
        if !plain {
            id = self.push(index, reshape(&inner), vec![id], None);
        }
        let channels = shape[1];
        let conv = ops::Conv {
            inputs: channels,
            outputs: channels,
            groups: channels,
            window: Window::new(&vec![1; spatial.len()]),
            relu,
        };
        let (weights, bias) = map.iter().copied().unzip();
        let product = FloatOp::Product(Product {
            spec: OpSpec::Conv(conv),
            weights,
            bias,
            steps: None,
        });
        id = self.push(index, product, vec![id], Some(index + 1));
        if plain {
            return id;
        }
        self.push(index, reshape(&shape), vec![id], Some(index + 1))
    }

    fn unfused(&self, index: usize, reason: &'static str) -> QuantizeError {
        QuantizeError::CannotFuse {
            node: self.graph.nodes[index].name.clone(),
            reason,
        }
    }
}
