//! The imported model: a chain of float operators with checked shapes.

pub mod ops;

pub use ops::Op;

/// A model as the ONNX file says it, in our operators.
#[derive(Debug, Clone, PartialEq)]
pub struct Graph {
    /// The shape of the input, its batch dimension 1.
    pub input_shape: Vec<usize>,
    /// The operators in order: each takes the result of the one before.
    pub nodes: Vec<Node>,
}

/// One operator of a graph.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Its name in the file, for messages.
    pub name: String,
    /// What it computes.
    pub op: Op,
    /// The shape of its result.
    pub shape: Vec<usize>,
}

impl Graph {
    /// Returns the number of input elements.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.input_shape.iter().product()
    }
}
