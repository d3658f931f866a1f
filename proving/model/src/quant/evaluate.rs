//! The integer evaluator: the specification of what a model computes.

use assay_statement::Lane;

use super::architecture::{OutputSpec, ValueId};
use super::model::QuantizedModel;
use super::ops::{NodeTrace, Operand};
use crate::ModelError;

/// What a model says about an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// The class, of a model that ends in ArgMax.
    Class(u32),
    /// int8 lanes, of any other model.
    Lanes(Vec<i8>),
}

/// One run with every intermediate value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// The input lanes.
    pub input: Vec<i32>,
    /// One entry per node of the architecture.
    pub nodes: Vec<NodeTrace>,
    /// The result.
    pub output: Output,
}

impl Output {
    /// Returns lane type and lanes, as the output commitment takes them.
    #[must_use]
    pub fn lanes(&self) -> (Lane, Vec<i64>) {
        match self {
            Self::Class(class) => (Lane::Int32, vec![i64::from(*class)]),
            Self::Lanes(lanes) => (Lane::Int8, lanes.iter().map(|&lane| lane.into()).collect()),
        }
    }
}

impl Trace {
    /// Returns the elements of a value.
    ///
    /// # Panics
    /// If the architecture has no such value.
    #[must_use]
    pub fn value(&self, id: ValueId) -> &[i32] {
        value(&self.input, &self.nodes, id)
    }
}

impl QuantizedModel {
    /// Returns the model's result for an input; refuses only an input of the wrong length or with a number that
    /// is no lane of the input, or no symbol where the model takes symbols.
    pub fn evaluate<L: Copy + Into<i32>>(&self, input: &[L]) -> Result<Output, ModelError> {
        Ok(self.trace(input)?.output)
    }

    /// Returns the result with every intermediate value; refuses what [`QuantizedModel::evaluate`] refuses.
    pub fn trace<L: Copy + Into<i32>>(&self, input: &[L]) -> Result<Trace, ModelError> {
        let architecture = self.architecture();
        let expected = architecture.inputs();
        if input.len() != expected {
            return Err(ModelError::WrongInputLength {
                expected,
                got: input.len(),
            });
        }
        let input: Vec<i32> = input.iter().map(|&lane| lane.into()).collect();
        let lane = architecture.input.lane;
        let (min, max) = match architecture.symbols() {
            Some(symbols) => (0, symbols as i64 - 1),
            None => (lane.min(), lane.max()),
        };
        let fits = |&value: &i32| (min..=max).contains(&value.into());
        if let Some(index) = input.iter().position(|value| !fits(value)) {
            return Err(ModelError::InputOutOfRange {
                index,
                min,
                max,
                got: input[index],
            });
        }
        let mut nodes = Vec::with_capacity(architecture.nodes.len());
        for (node, data) in architecture.nodes.iter().zip(self.data()) {
            let operands: Vec<Operand<'_>> = (node.inputs.iter())
                .map(|&id| Operand {
                    tensor: architecture.value(id),
                    lanes: value(&input, &nodes, id),
                })
                .collect();
            nodes.push(
                node.op
                    .operator()
                    .run(data, &operands, architecture.lanes_of(node)),
            );
        }
        let lanes = value(&input, &nodes, architecture.output);
        let output = match architecture.output() {
            OutputSpec::Class { .. } => Output::Class(lanes[0].cast_unsigned()),
            OutputSpec::Lanes { .. } => {
                let narrow = |&lane: &i32| i8::try_from(lane).expect("results keep to their lanes");
                Output::Lanes(lanes.iter().map(narrow).collect())
            }
        };
        Ok(Trace {
            input,
            nodes,
            output,
        })
    }
}

fn value<'a>(input: &'a [i32], nodes: &'a [NodeTrace], id: ValueId) -> &'a [i32] {
    match id.checked_sub(1) {
        None => input,
        Some(node) => &nodes[node].lanes,
    }
}
