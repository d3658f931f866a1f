//! The float model as the quantizer sees it: integer operators with real weights.
//!
//! What follows a product and is affine per channel, and a ReLU, become part of it: the integer operator has bias
//! and ReLU built in.
//!
//! The operators, their shapes and attributes, and which inputs are constants decide what a graph becomes. The numbers in
//! those constants do not: two trainings of one architecture become one circuit.

mod float_op;
mod fuse;
mod sign;

use std::collections::HashMap;

use super::architecture::ValueId;
use super::error::QuantizeError;
use super::ops::{self, OpSpec};
use super::scale::Quantization;
use crate::graph::ops::Unary;
use crate::graph::{Graph, Op};

pub(super) use float_op::{FloatNode, FloatOp, Lowered, Product};

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
        pins: (lowering.pins.into_iter())
            .map(|(id, pin)| (id, pin.mapping))
            .collect(),
    })
}

struct Lowering<'a> {
    graph: &'a Graph,
    /// How many read each value of the graph.
    readers: Vec<usize>,
    /// For each value of the graph the value of the lowered model.
    values: Vec<ValueId>,
    nodes: Vec<FloatNode>,
    pins: HashMap<ValueId, Pin>,
}

/// The mapping that the file has for a value.
struct Pin {
    mapping: Quantization,
    /// What the file calls its constants. That a value has the same mapping as another one is read off these names: two
    /// constants that are equal are two that training could have made differ.
    constants: [String; 2],
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
            Op::Quantize {
                mapping, constants, ..
            } => {
                let (mapping, constants) = (*mapping, constants.clone());
                return Ok(self.quantize(index, Pin { mapping, constants }));
            }
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
            negated: false,
        });
        self.nodes.len()
    }

    /// Returns whether nothing but one node of the graph reads a value of the lowered model.
    fn read_once(&self, id: ValueId) -> bool {
        let value = id.checked_sub(1).and_then(|node| self.nodes[node].value);
        value.is_some_and(|value| self.readers[value] == 1)
    }

    /// Gives a value the mapping that the file has for it. A value that has a mapping of other constants already, or one
    /// that its operator fixes, goes through a table.
    fn quantize(&mut self, index: usize, pin: Pin) -> ValueId {
        let id = self.values[self.graph.nodes[index].inputs[0]];
        let known = self.pin(id);
        if known.is_some_and(|known| known.constants == pin.constants) {
            return id;
        }
        let takes_any = match id.checked_sub(1) {
            None => self.readers[0] == 1,
            Some(node) => self.read_once(id) && self.nodes[node].op.takes_any_mapping(),
        };
        let id = if takes_any && known.is_none() {
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
        self.pins.insert(id, pin);
        id
    }

    /// Returns the mapping that the file has for a value, or for what it only moves.
    fn pin(&self, id: ValueId) -> Option<&Pin> {
        if let Some(pin) = self.pins.get(&id) {
            return Some(pin);
        }
        let node = self.nodes.get(id.checked_sub(1)?)?;
        match (&node.op, node.inputs.as_slice()) {
            (FloatOp::Move(_) | FloatOp::Pad(..), &[input, ..]) => self.pin(input),
            _ => None,
        }
    }
}
