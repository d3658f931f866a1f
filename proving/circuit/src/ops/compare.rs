//! Comparisons of two tensors, element by element.

use assay_model::quant::ops::{Compare, Relation};
use plonky2::iop::target::Target;

use super::max::pairs;
use super::{Node, Value};
use crate::cost::Purpose;
use crate::gates::ArgMaxStep;
use crate::layout::{LaneTarget, Layout};

/// Lays out a comparison: the lane 1 where it holds, else 0.
pub fn run(layout: &mut Layout, node: &Node, op: &Compare) -> Value {
    let lanes = layout.count(Purpose::Activations, |layout| {
        let pairs = pairs(node).into_iter();
        pairs
            .map(|pair| holds(layout, op.relation, pair[0], pair[1]))
            .collect()
    });
    Value::Lanes(lanes)
}

/// Returns whether a relation of two int8 lanes holds, as 0 or 1.
fn holds(layout: &mut Layout, relation: Relation, a: Target, b: Target) -> LaneTarget {
    let [zero, one] = [layout.builder.zero(), layout.builder.one()];
    let holds = match relation {
        Relation::Less => if_larger(layout, b, a, [one, zero]),
        Relation::LessOrEqual => if_larger(layout, a, b, [zero, one]),
        Relation::Equal => {
            // Neither is larger.
            let unless_larger = if_larger(layout, a, b, [zero, one]);
            if_larger(layout, b, a, [zero, unless_larger])
        }
    };
    // It is zero or one.
    LaneTarget::checked(holds)
}

/// Returns the first of two values if `a > b`, else the second: the comparison of an ArgMax, with them as indices.
fn if_larger(layout: &mut Layout, a: Target, b: Target, [then, otherwise]: [Target; 2]) -> Target {
    let step = layout.place(ArgMaxStep::new(ArgMaxStep::LANE_BITS), &[]);
    for (wire, target) in [
        (ArgMaxStep::VALUE, a),
        (ArgMaxStep::INDEX, then),
        (ArgMaxStep::BEST, b),
        (ArgMaxStep::AT, otherwise),
    ] {
        layout.builder.connect(step.wire(wire), target);
    }
    step.wire(ArgMaxStep::NEXT_AT)
}
