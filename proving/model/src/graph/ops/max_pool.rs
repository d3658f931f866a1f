//! MaxPool and GlobalMaxPool: the largest value of each window.

use super::window;
use crate::graph::ValueId;
use crate::onnx::{ImportError, NodeImport};
use crate::quant::ops::{MaxPool, OpSpec, Window};

pub(super) fn import(node: &mut NodeImport<'_>) -> Result<Vec<ValueId>, ImportError> {
    node.expect_inputs(1..=1)?;
    node.expect_attributes(&[
        "auto_pad",
        "ceil_mode",
        "dilations",
        "kernel_shape",
        "pads",
        "storage_order",
        "strides",
    ])?;
    if node.flag("storage_order", false)? {
        return Err(node.bad("storage_order is set, expected row-major order".into()));
    }
    let data = node.data(0)?;
    let [1, _, spatial @ ..] = data.shape.as_slice() else {
        return Err(node.bad(format!(
            "takes shape {:?}, expected [1, channels, ..]",
            data.shape
        )));
    };
    let kernel = node.sizes("kernel_shape", spatial.len(), 0, 1)?;
    let mut window = window::read(node, spatial, &kernel)?;
    if node.flag("ceil_mode", false)? {
        round_up(&mut window, spatial);
    }
    Ok(vec![node.movement(
        OpSpec::MaxPool(MaxPool { window }),
        &[data.id],
    )?])
}

pub(super) fn import_global(node: &mut NodeImport<'_>) -> Result<Vec<ValueId>, ImportError> {
    node.expect_inputs(1..=1)?;
    node.expect_attributes(&[])?;
    let data = node.data(0)?;
    let window = Window::new(data.shape.get(2..).unwrap_or_default());
    Ok(vec![node.movement(
        OpSpec::MaxPool(MaxPool { window }),
        &[data.id],
    )?])
}

/// Adds padding after each axis so that the last window that starts inside the input or the padding before it is
/// whole.
pub(super) fn round_up(window: &mut Window, spatial: &[usize]) {
    for (axis, &size) in spatial.iter().enumerate() {
        let extent = (window.kernel[axis] - 1).saturating_mul(window.dilations[axis]);
        let before = size.saturating_add(window.pads_before[axis]);
        let padded = before.saturating_add(window.pads_after[axis]);
        let room = padded.saturating_sub(extent.saturating_add(1));
        let start = room
            .div_ceil(window.strides[axis])
            .saturating_mul(window.strides[axis]);
        if start < before {
            let end = start.saturating_add(extent).saturating_add(1);
            window.pads_after[axis] += end.saturating_sub(padded);
        }
    }
}
