//! Recording of formulas.

use std::collections::HashMap;

use super::Program;
use super::compile::compile;
use crate::goldilocks::field::{self, ORDER, canonical};

/// A value of a [`ProgramBuilder`]: what it was asked to compute, at every point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Value(pub(super) u32);

/// How a value comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Node {
    Constant(u64),
    Parameter(u32),
    Input(u32),
    Add(Value, Value),
    Sub(Value, Value),
    Mul(Value, Value),
}

/// Records formulas. Operations on constants are done at once and equal formulas are recorded once, so that a gate's
/// own code can be run on values without thought for what it repeats.
#[derive(Clone, Debug, Default)]
pub struct ProgramBuilder {
    nodes: Vec<Node>,
    known: HashMap<Node, Value>,
    outputs: Vec<Value>,
}

impl ProgramBuilder {
    /// Begins with nothing recorded.
    pub fn new() -> Self {
        Self::default()
    }

    /// A constant; any word.
    pub fn constant(&mut self, word: u64) -> Value {
        self.node(Node::Constant(canonical(word)))
    }

    /// The value of source `slot` at the point: a wire, a selector, a polynomial at the next point.
    pub fn input(&mut self, slot: u32) -> Value {
        self.node(Node::Input(slot))
    }

    /// Word `index` of the run's parameters, the same at every point: a challenge, a word of the public inputs' hash.
    pub fn parameter(&mut self, index: u32) -> Value {
        self.node(Node::Parameter(index))
    }

    /// Returns the word of a value that is constant.
    pub fn as_constant(&self, value: Value) -> Option<u64> {
        match self.nodes[value.0 as usize] {
            Node::Constant(word) => Some(word),
            _ => None,
        }
    }

    /// `a + b`.
    pub fn add(&mut self, a: Value, b: Value) -> Value {
        match (self.as_constant(a), self.as_constant(b)) {
            (Some(a), Some(b)) => self.constant(field::add(a, b)),
            (Some(0), None) => b,
            (None, Some(0)) => a,
            _ => self.node(Node::Add(a.min(b), a.max(b))),
        }
    }

    /// `a - b`.
    pub fn sub(&mut self, a: Value, b: Value) -> Value {
        match (self.as_constant(a), self.as_constant(b)) {
            _ if a == b => self.constant(0),
            (Some(a), Some(b)) => self.constant(field::sub(a, b)),
            (None, Some(0)) => a,
            _ => self.node(Node::Sub(a, b)),
        }
    }

    /// `-a`.
    pub fn neg(&mut self, a: Value) -> Value {
        let zero = self.constant(0);
        self.sub(zero, a)
    }

    /// `a b`.
    pub fn mul(&mut self, a: Value, b: Value) -> Value {
        match (self.as_constant(a), self.as_constant(b)) {
            (Some(a), Some(b)) => self.constant(field::mul(a, b)),
            (Some(0), None) | (None, Some(1)) => a,
            (None, Some(0)) | (Some(1), None) => b,
            (Some(word), None) if word == ORDER - 1 => self.neg(b),
            (None, Some(word)) if word == ORDER - 1 => self.neg(a),
            _ => self.node(Node::Mul(a.min(b), a.max(b))),
        }
    }

    /// `a b + c`.
    pub fn mul_add(&mut self, a: Value, b: Value, c: Value) -> Value {
        let product = self.mul(a, b);
        self.add(product, c)
    }

    /// Makes the value the next output, and returns that output's index.
    pub fn output(&mut self, value: Value) -> usize {
        self.outputs.push(value);
        self.outputs.len() - 1
    }

    /// Compiles what the outputs depend on.
    pub fn build(&self) -> Program {
        compile(&self.nodes, &self.outputs)
    }

    fn node(&mut self, node: Node) -> Value {
        let next = Value(self.nodes.len() as u32);
        *self.known.entry(node).or_insert_with(|| {
            self.nodes.push(node);
            next
        })
    }
}
