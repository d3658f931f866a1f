//! What the operators that only move elements share.

use super::{NodeTrace, Operand};
use crate::quant::model::NodeData;
use crate::quant::sections::Part;
use crate::quant::tensor::{TensorSpec, for_each_index, strides};

/// Where an element of a moved tensor comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// An element of an input.
    Element {
        /// Which of the node's inputs.
        input: usize,
        /// Row-major index.
        index: usize,
    },
    /// The node's committed lane, [`Part::InputZeroPoint`].
    Committed,
}

/// Moves the elements of a run.
pub(super) fn run(sources: &[Source], data: &NodeData, inputs: &[Operand<'_>]) -> NodeTrace {
    let lane = |source: &Source| match *source {
        Source::Element { input, index } => inputs[input].lanes[index],
        Source::Committed => data.zero_point(Part::InputZeroPoint).into(),
    };
    NodeTrace::of(sources.iter().map(lane).collect())
}

/// Returns the sources of a result of shape `output` whose element at an index comes from the first input, at
/// the coordinates that `coordinate(index, axis)` gives for each axis of the input.
pub(super) fn from_first(
    input: &TensorSpec,
    output: &[usize],
    coordinate: impl Fn(&[usize], usize) -> usize,
) -> Vec<Source> {
    let steps = strides(&input.shape);
    let mut sources = Vec::new();
    for_each_index(output, |at| {
        let index = (0..steps.len()).map(|axis| coordinate(at, axis) * steps[axis]);
        sources.push(Source::Element {
            input: 0,
            index: index.sum(),
        });
    });
    sources
}

/// Runs an operator that has sources.
pub(super) fn run_operator(
    operator: &dyn super::Operator,
    data: &NodeData,
    inputs: &[Operand<'_>],
) -> NodeTrace {
    let types: Vec<&TensorSpec> = inputs.iter().map(|input| input.tensor).collect();
    let sources = operator.sources(&types).unwrap_or_default();
    run(&sources, data, inputs)
}
