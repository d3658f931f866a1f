//! Less, Greater and their kin.

use super::Op;
use super::expand::broadcast_two;
use crate::graph::ValueId;
use crate::onnx::{ImportError, NodeImport};
use crate::quant::ops::Relation;

pub(super) fn import(node: &mut NodeImport<'_>) -> Result<Vec<ValueId>, ImportError> {
    node.expect_inputs(2..=2)?;
    node.expect_attributes(&[])?;
    let (mut ids, shape) = broadcast_two(node)?;
    let (relation, swapped) = match node.operator() {
        "Less" => (Relation::Less, false),
        "LessOrEqual" => (Relation::LessOrEqual, false),
        "Greater" => (Relation::Less, true),
        "GreaterOrEqual" => (Relation::LessOrEqual, true),
        "Equal" => (Relation::Equal, false),
        other => unreachable!("{other} is not in the list of imports"),
    };
    if swapped {
        ids.reverse();
    }
    Ok(vec![node.emit(Op::Compare(relation), &ids, shape)?])
}
