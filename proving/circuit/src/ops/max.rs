//! The larger element of two tensors.

use plonky2::iop::target::Target;

use super::max_pool::largest_lanes;
use super::{Node, Value};
use crate::layout::{LaneTarget, Layout};

/// Lays out the larger elements.
pub fn run(layout: &mut Layout, node: &Node) -> Value {
    Value::Lanes(largest_lanes(layout, node.lanes.inputs, pairs(node)))
}

/// Returns the lanes of a node's two inputs, element by element.
pub fn pairs(node: &Node) -> Vec<Vec<Target>> {
    let pair = |(a, b): (&LaneTarget, &LaneTarget)| vec![a.target(), b.target()];
    let lanes = node.inputs[0].lanes().iter().zip(node.inputs[1].lanes());
    lanes.map(pair).collect()
}
