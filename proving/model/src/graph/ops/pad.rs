//! Pad with a constant.

use super::Op;
use crate::graph::ValueId;
use crate::onnx::{ImportError, NodeImport};
use crate::quant::limits::MAX_ACTIVATIONS;
use crate::quant::ops::{OpSpec, Pad};

pub(super) fn import(node: &mut NodeImport<'_>) -> Result<Vec<ValueId>, ImportError> {
    node.expect_inputs(1..=4)?;
    node.expect_attributes(&["mode", "pads", "value"])?;
    let mode = node.text("mode", "constant")?;
    if mode != "constant" {
        return Err(node.bad(format!(
            "mode is `{}`, expected constant",
            mode.escape_default()
        )));
    }
    let data = node.data(0)?;
    let rank = data.shape.len();
    let pads = node.ints_either("pads", 1)?.unwrap_or_default();
    let value = if node.has(2) {
        node.floats(2)?.1.first().copied().unwrap_or(0.0)
    } else {
        node.float("value", 0.0)?
    };
    let axes = if node.has(3) {
        let mut axes = Vec::new();
        for &axis in node.ints(3)?.iter().take(rank + 1) {
            axes.push(node.axis_of(axis, rank)?);
        }
        axes
    } else {
        (0..rank).collect()
    };
    if pads.len() != 2 * axes.len() {
        return Err(node.bad(format!("{} pads, expected {}", pads.len(), 2 * axes.len())));
    }
    let mut pad = Pad {
        before: vec![0; rank],
        after: vec![0; rank],
    };
    for (index, &axis) in axes.iter().enumerate() {
        let size = |pad: i64| {
            let size = usize::try_from(pad)
                .ok()
                .filter(|&size| size <= MAX_ACTIVATIONS);
            size.ok_or_else(|| node.bad(format!("pad {pad}, expected 0 to {MAX_ACTIVATIONS}")))
        };
        pad.before[axis] = size(pads[index])?;
        pad.after[axis] = size(pads[axes.len() + index])?;
    }
    let shape = node.inferred(&OpSpec::Pad(pad.clone()), &[data.id])?;
    if shape == data.shape {
        return Ok(vec![data.id]);
    }
    Ok(vec![node.emit(Op::Pad(pad, value), &[data.id], shape)?])
}
