//! Operators that only move elements: they cost no rows, they choose targets.

use assay_model::{Part, Source};

use super::{Node, Value};
use crate::layout::LaneTarget;

/// Returns the moved lanes.
///
/// # Panics
/// If the operator does not only move elements.
pub fn run(node: &Node) -> Value {
    let sources = node.spec.op.sources(&node.tensors);
    let sources = sources.expect("an operator of movement has sources");
    let lane = |source: &Source| match *source {
        Source::Element { input, index } => node.inputs[input].lanes()[index],
        // The node's committed data are range-checked where they are packed.
        Source::Committed => LaneTarget::checked(node.committed().values(Part::InputZeroPoint)[0]),
    };
    Value::Lanes(sources.iter().map(lane).collect())
}
