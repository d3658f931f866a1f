//! Conv: windows over one or two spatial dimensions times constant kernels.

use super::{Op, window};
use crate::graph::ValueId;
use crate::onnx::{ImportError, NodeImport};
use crate::quant::ops::{self, OpSpec, Window};

/// A convolution.
#[derive(Debug, Clone, PartialEq)]
pub struct Conv {
    /// Into how many groups channels are split.
    pub groups: usize,
    /// Where the windows lie.
    pub window: Window,
    /// Row-major `[outputs, inputs / groups, kernel..]`.
    pub weights: Vec<f32>,
    /// One per output channel.
    pub bias: Vec<f32>,
    /// The step of each output channel's weights, of a model that is quantized.
    pub steps: Option<Vec<f32>>,
}

impl Conv {
    /// Returns the integer operator for an input of so many channels.
    #[must_use]
    pub fn spec(&self, inputs: usize) -> ops::Conv {
        ops::Conv {
            inputs,
            outputs: self.bias.len(),
            groups: self.groups,
            window: self.window.clone(),
            relu: false,
        }
    }
}

pub(super) fn import(node: &mut NodeImport<'_>) -> Result<Vec<ValueId>, ImportError> {
    node.expect_inputs(2..=3)?;
    node.expect_attributes(&[
        "auto_pad",
        "dilations",
        "group",
        "kernel_shape",
        "pads",
        "strides",
    ])?;
    let data = node.data(0)?;
    let [1, channels, spatial @ ..] = data.shape.as_slice() else {
        return Err(node.bad(format!(
            "takes shape {:?}, expected [1, channels, ..]",
            data.shape
        )));
    };
    let (shape, weights) = node.floats(1)?;
    let [outputs, per_group, kernel @ ..] = shape else {
        return Err(node.bad(format!(
            "weights have shape {shape:?}, expected [outputs, inputs, ..]"
        )));
    };
    if node.sizes("kernel_shape", kernel.len(), 0, 1)? != kernel
        && node.int_list("kernel_shape")?.is_some()
    {
        return Err(node.bad(format!(
            "kernel_shape is not that of the weights, {kernel:?}"
        )));
    }
    let groups = usize::try_from(node.int("group", 1)?).unwrap_or(0);
    if groups.checked_mul(*per_group) != Some(*channels) {
        return Err(node.bad(format!(
            "weights have shape {shape:?}, which does not fit {channels} channels in {groups} groups"
        )));
    }
    let window = window::read(node, spatial, kernel)?;
    let bias = read_bias(node, *outputs)?;
    let conv = Conv {
        groups,
        window,
        weights: weights.to_vec(),
        bias,
        steps: node.steps(1, 0, *outputs),
    };
    let shape = node.inferred(&OpSpec::Conv(conv.spec(*channels)), &[data.id])?;
    Ok(vec![node.emit(Op::Conv(conv), &[data.id], shape)?])
}

/// Returns the biases, zeros where there are none.
pub(super) fn read_bias(node: &NodeImport<'_>, outputs: usize) -> Result<Vec<f32>, ImportError> {
    if !node.has(2) {
        return Ok(vec![0.0; outputs]);
    }
    let (shape, values) = node.floats(2)?;
    if shape != [outputs] {
        return Err(node.bad(format!("bias has shape {shape:?}, expected [{outputs}]")));
    }
    Ok(values.to_vec())
}
