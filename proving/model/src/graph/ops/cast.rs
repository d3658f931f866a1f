//! Cast: of floats to floats and of a class to another integer, where it changes nothing.

use tract_onnx::pb::tensor_proto::DataType;

use crate::graph::ValueId;
use crate::onnx::{ImportError, NodeImport};

pub(super) fn import(node: &mut NodeImport<'_>) -> Result<Vec<ValueId>, ImportError> {
    node.expect_inputs(1..=1)?;
    node.expect_attributes(&["to", "saturate"])?;
    let data = node.data_or_class(0)?;
    let to = node.int("to", 0)?;
    let same: &[DataType] = if node.is_class(data.id) || node.is_symbols(data.id) {
        &[DataType::Int32, DataType::Int64]
    } else {
        &[DataType::Float]
    };
    if same.iter().all(|&known| i64::from(known as i32) != to) {
        return Err(node.bad(format!("casts to type {to}, expected {same:?}")));
    }
    Ok(vec![data.id])
}
