//! AveragePool and GlobalAveragePool.

use super::{Op, window};
use crate::graph::ValueId;
use crate::onnx::{ImportError, NodeImport};
use crate::quant::ops::{OpSpec, Sum, Window};

/// The sum of each window, or its mean.
#[derive(Debug, Clone, PartialEq)]
pub struct Pool {
    /// Where the windows lie.
    pub sum: Sum,
    /// Whether the sums are divided by the taps of a window.
    pub mean: bool,
}

pub(super) fn import(node: &mut NodeImport<'_>) -> Result<Vec<ValueId>, ImportError> {
    node.expect_inputs(1..=1)?;
    node.expect_attributes(&[
        "auto_pad",
        "ceil_mode",
        "count_include_pad",
        "dilations",
        "kernel_shape",
        "pads",
        "strides",
    ])?;
    let data = node.data(0)?;
    let spatial = data.shape.get(2..).unwrap_or_default();
    let kernel = node.sizes("kernel_shape", spatial.len(), 0, 1)?;
    let window = window::read(node, spatial, &kernel)?;
    if node.flag("ceil_mode", false)? {
        return Err(node.bad("ceil_mode is set, expected whole windows".into()));
    }
    if window.is_padded() && !node.flag("count_include_pad", false)? {
        return Err(node.bad("pads are not counted, expected count_include_pad or no pads".into()));
    }
    Ok(vec![pool(node, data.id, window, true)?])
}

pub(super) fn import_global(node: &mut NodeImport<'_>) -> Result<Vec<ValueId>, ImportError> {
    node.expect_inputs(1..=1)?;
    node.expect_attributes(&[])?;
    let data = node.data(0)?;
    let window = Window::new(data.shape.get(2..).unwrap_or_default());
    Ok(vec![pool(node, data.id, window, true)?])
}

/// Adds a pooling and returns its result.
pub(super) fn pool(
    node: &mut NodeImport<'_>,
    id: ValueId,
    window: Window,
    mean: bool,
) -> Result<ValueId, ImportError> {
    let sum = Sum { window };
    let shape = node.inferred(&OpSpec::Sum(sum.clone()), &[id])?;
    node.emit(Op::Pool(Pool { sum, mean }), &[id], shape)
}
