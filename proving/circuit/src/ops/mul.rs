//! The product of two tensors, element by element.

use assay_model::Part;

use super::{Node, Value, lanes_of_two};
use crate::gates::{Dividend, Requantize};
use crate::layout::Layout;

/// Lays out a product of elements.
pub fn run(layout: &mut Layout, node: &Node) -> Value {
    let data = node.committed();
    let parameters = [
        data.values(Part::Multipliers),
        data.values(Part::InputZeroPoint),
    ]
    .concat();
    let gate = Requantize::of(Dividend::Product, false, node.lanes, node.shift());
    Value::Lanes(lanes_of_two(layout, node, gate, &parameters))
}
