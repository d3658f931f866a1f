//! The sum or difference of two tensors.

use assay_model::Part;
use assay_model::quant::ops::Add;

use super::{Node, Value, lanes_of_two};
use crate::gates::{Dividend, Requantize};
use crate::layout::Layout;

/// Lays out a sum or difference.
pub fn run(layout: &mut Layout, node: &Node, op: &Add) -> Value {
    let data = node.committed();
    let parameters = [
        data.values(Part::Multipliers),
        data.values(Part::InputZeroPoint),
    ]
    .concat();
    let dividend = Dividend::Sum {
        subtract: op.subtract,
        wide: op.wide,
    };
    let gate = Requantize::of(dividend, op.relu, node.lanes, node.shift());
    Value::Lanes(lanes_of_two(layout, node, gate, &parameters))
}
