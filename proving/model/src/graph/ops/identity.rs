//! Identity: nothing.

use crate::graph::ValueId;
use crate::onnx::{ImportError, NodeImport};

pub(super) fn import(node: &mut NodeImport<'_>) -> Result<Vec<ValueId>, ImportError> {
    node.expect_inputs(1..=1)?;
    node.expect_attributes(&[])?;
    Ok(vec![node.data_or_class(0)?.id])
}
