//! A choice between two elements.

use super::{Node, Value};
use crate::cost::Purpose;
use crate::layout::{LaneTarget, Layout};

/// Lays out `b + c·(a - b)` of `c, a, b`, where `c` is 0 or 1: a checked architecture's conditions are comparisons.
pub fn run(layout: &mut Layout, node: &Node) -> Value {
    let [conditions, first, second] = [0, 1, 2].map(|input| node.inputs[input].lanes());
    let lanes = layout.count(Purpose::Activations, |layout| {
        let choices = conditions.iter().zip(first.iter().zip(second));
        choices
            .map(|(condition, (a, b))| {
                layout.make_room(0);
                let more = layout.builder.sub(a.target(), b.target());
                let chosen = (layout.builder).mul_add(condition.target(), more, b.target());
                // It is one of two int8 lanes.
                LaneTarget::checked(chosen)
            })
            .collect()
    });
    Value::Lanes(lanes)
}
