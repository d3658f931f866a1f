//! Mul and Div with a constant.

use super::add::import_affine;
use crate::graph::ValueId;
use crate::onnx::{ImportError, NodeImport};

pub(super) fn import(node: &mut NodeImport<'_>) -> Result<Vec<ValueId>, ImportError> {
    let constant = usize::from(node.is_data(0));
    import_affine(node, constant, |constant| (constant, 0.0))
}

pub(super) fn import_div(node: &mut NodeImport<'_>) -> Result<Vec<ValueId>, ImportError> {
    import_affine(node, 1, |constant| (1.0 / constant, 0.0))
}
