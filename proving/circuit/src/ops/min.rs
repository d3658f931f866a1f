//! The smaller element of two tensors.

use super::max::pairs;
use super::max_pool::largest_lanes;
use super::{Node, Value};
use crate::cost::Purpose;
use crate::layout::{LaneTarget, Layout};

/// Lays out the smaller elements: what the larger one leaves of the sum of both.
pub fn run(layout: &mut Layout, node: &Node) -> Value {
    let pairs = pairs(node);
    let larger = largest_lanes(layout, node.lanes.inputs, pairs.clone());
    let lanes = layout.count(Purpose::Activations, |layout| {
        let pairs = pairs.iter().zip(larger);
        pairs
            .map(|(pair, larger)| {
                let sum = layout.builder.add(pair[0], pair[1]);
                // It is one of two lanes.
                LaneTarget::checked(layout.builder.sub(sum, larger.target()))
            })
            .collect()
    });
    Value::Lanes(lanes)
}
