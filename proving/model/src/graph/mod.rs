//! The imported model: float operators in a graph without cycles, with checked shapes.

pub mod ops;

pub use ops::Op;
use ops::TreeEnsemble;

pub use crate::quant::architecture::ValueId;
use crate::quant::ops::TreeResult;

/// A model as the ONNX file says it, in our operators.
#[derive(Debug, Clone, PartialEq)]
pub struct Graph {
    /// The shape of the input, its batch dimension 1.
    pub input_shape: Vec<usize>,
    /// Whether the input holds symbols, whole numbers that rows are looked up by.
    pub symbols: bool,
    /// The operators in an order in which they can run; every one is needed for the output.
    pub nodes: Vec<Node>,
    /// The value that is the model's result.
    pub output: ValueId,
}

/// One operator of a graph.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Its name in the file, for messages.
    pub name: String,
    /// What it computes.
    pub op: Op,
    /// The values it reads: 0 is the input, `i + 1` the result of node `i`.
    pub inputs: Vec<ValueId>,
    /// The shape of its result.
    pub shape: Vec<usize>,
    /// What the file calls its result, if the file has it.
    pub value: Option<String>,
}

impl Graph {
    /// Returns the number of input elements.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.input_shape.iter().product()
    }

    /// Returns the shape of a value.
    ///
    /// # Panics
    /// If there is no such value.
    #[must_use]
    pub fn shape(&self, id: ValueId) -> &[usize] {
        match id.checked_sub(1) {
            None => &self.input_shape,
            Some(node) => &self.nodes[node].shape,
        }
    }

    /// Returns the node that gives a value; `None` for the input.
    #[must_use]
    pub fn producer(&self, id: ValueId) -> Option<&Node> {
        self.nodes.get(id.checked_sub(1)?)
    }

    /// Returns whether a value is a class, as ArgMax, ArgMin and tree classifiers give it.
    #[must_use]
    pub fn is_class(&self, id: ValueId) -> bool {
        match self.producer(id).map(|node| &node.op) {
            Some(Op::ArgMax | Op::ArgMin) => true,
            Some(Op::TreeEnsemble(ensemble)) => ensemble.result != TreeResult::Lanes,
            _ => false,
        }
    }

    /// Returns the trees of a model of trees.
    #[must_use]
    pub fn tree_ensemble(&self) -> Option<&TreeEnsemble> {
        match self.nodes.as_slice() {
            [
                Node {
                    op: Op::TreeEnsemble(ensemble),
                    ..
                },
            ] => Some(ensemble),
            _ => None,
        }
    }

    /// Returns whether a value is the input and holds symbols.
    #[must_use]
    pub fn is_symbols(&self, id: ValueId) -> bool {
        self.symbols && id == 0
    }

    /// Drops the nodes that the output does not need.
    pub(crate) fn prune(&mut self) {
        let mut needed = vec![false; self.nodes.len() + 1];
        needed[self.output] = true;
        for (index, node) in self.nodes.iter().enumerate().rev() {
            if needed[index + 1] {
                for &id in &node.inputs {
                    needed[id] = true;
                }
            }
        }
        // The input keeps its number whether or not it is needed.
        let mut number = vec![0; needed.len()];
        let mut next = 0;
        for id in 1..needed.len() {
            next += usize::from(needed[id]);
            number[id] = next;
        }
        let mut keep = needed[1..].iter();
        self.nodes.retain(|_| keep.next() == Some(&true));
        for id in self.nodes.iter_mut().flat_map(|node| &mut node.inputs) {
            *id = number[*id];
        }
        self.output = number[self.output];
    }
}
