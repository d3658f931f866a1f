//! Dropout: nothing, at inference.

use crate::graph::ValueId;
use crate::onnx::{ImportError, NodeImport};

pub(super) fn import(node: &mut NodeImport<'_>) -> Result<Vec<ValueId>, ImportError> {
    node.expect_inputs(1..=3)?;
    node.expect_attributes(&["ratio", "seed"])?;
    if node.has(2) {
        return Err(node.bad("has a training mode; export the model for inference".into()));
    }
    Ok(vec![node.data(0)?.id])
}
