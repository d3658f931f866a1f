//! A committed tensor as a value.

use assay_model::Part;

use super::{Node, Value};
use crate::layout::LaneTarget;

/// Returns the committed lanes, which are range-checked where they are packed.
pub fn run(node: &Node) -> Value {
    let values = node.committed().values(Part::Values).iter().copied();
    Value::Lanes(values.map(LaneTarget::checked).collect())
}
