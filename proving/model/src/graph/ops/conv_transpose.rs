//! ConvTranspose: a convolution of its input spread out by the strides with zeros between, its kernels flipped.

use super::conv::{Conv, read_bias};
use super::{Op, window};
use crate::graph::ValueId;
use crate::onnx::{ImportError, NodeImport};
use crate::quant::ops::{OpSpec, Pad, Reshape, Slice, Window};
use crate::quant::tensor::elements;

pub(super) fn import(node: &mut NodeImport<'_>) -> Result<Vec<ValueId>, ImportError> {
    node.expect_inputs(2..=3)?;
    node.expect_attributes(&[
        "auto_pad",
        "dilations",
        "group",
        "kernel_shape",
        "output_padding",
        "pads",
        "strides",
    ])?;
    if !["NOTSET", "VALID", ""].contains(&node.text("auto_pad", "NOTSET")?) {
        return Err(node.bad("auto_pad is not NOTSET; export with explicit pads".into()));
    }
    let data = node.data(0)?;
    let [1, channels, spatial @ ..] = data.shape.as_slice() else {
        return Err(node.bad(format!(
            "takes shape {:?}, expected [1, channels, ..]",
            data.shape
        )));
    };
    let (shape, weights) = node.floats(1)?;
    let (inputs, per_group, kernel) = match shape {
        [inputs, per_group, kernel @ ..] if inputs == channels => (*inputs, *per_group, kernel),
        _ => {
            return Err(node.bad(format!(
                "weights have shape {shape:?}, expected [{channels}, outputs, ..]"
            )));
        }
    };
    let groups = usize::try_from(node.int("group", 1)?).unwrap_or(0);
    if groups == 0 || !inputs.is_multiple_of(groups) {
        return Err(node.bad(format!("{groups} groups of {inputs} channels")));
    }
    if node.int_list("kernel_shape")?.is_some()
        && node.sizes("kernel_shape", kernel.len(), 0, 1)? != kernel
    {
        return Err(node.bad(format!(
            "kernel_shape is not that of the weights, {kernel:?}"
        )));
    }
    let given = window::read(node, spatial, kernel)?;
    let more = node.sizes("output_padding", kernel.len(), 0, 0)?;
    let outputs = per_group.saturating_mul(groups);
    let bias = read_bias(node, outputs)?;

    let spread = spread(node, data.id, &data.shape, &given.strides)?;
    // A kernel reaches over the input's ends but for the padding, which here takes away; the spread input ends in
    // the zeros after its last element.
    let mut window = Window::new(kernel).with_dilations(&given.dilations);
    let mut crop = (vec![0; kernel.len()], vec![0; kernel.len()]);
    for axis in 0..kernel.len() {
        let reach = (kernel[axis] - 1).saturating_mul(given.dilations[axis]);
        let (before, after) = (given.pads_before[axis], given.pads_after[axis]);
        window.pads_before[axis] = reach.saturating_sub(before);
        crop.0[axis] = before.saturating_sub(reach);
        let (wanted, there) = (reach + more[axis], after + given.strides[axis] - 1);
        window.pads_after[axis] = wanted.saturating_sub(there);
        crop.1[axis] = there.saturating_sub(wanted);
    }
    let cropped = cropped(node, spread, &crop.0, &crop.1)?;
    let conv = Conv {
        groups,
        window,
        weights: flipped(
            weights,
            groups,
            inputs / groups,
            per_group,
            elements(kernel),
        ),
        bias,
        steps: None,
    };
    let shape = node.inferred(&OpSpec::Conv(conv.spec(inputs)), &[cropped])?;
    Ok(vec![node.emit(Op::Conv(conv), &[cropped], shape)?])
}

/// Puts `stride - 1` zeros after every element of each spatial dimension.
fn spread(
    node: &mut NodeImport<'_>,
    id: ValueId,
    shape: &[usize],
    strides: &[usize],
) -> Result<ValueId, ImportError> {
    if strides.iter().all(|&stride| stride == 1) {
        return Ok(id);
    }
    let (mut apart, mut joined) = (shape[..2].to_vec(), shape[..2].to_vec());
    let mut after = vec![0; 2];
    for (&size, &stride) in shape[2..].iter().zip(strides) {
        apart.extend([size, 1]);
        after.extend([0, stride - 1]);
        joined.push(size.saturating_mul(stride));
    }
    let reshaped = node.movement(OpSpec::Reshape(Reshape { shape: apart }), &[id])?;
    let pad = Pad {
        before: vec![0; after.len()],
        after,
    };
    let shape = node.inferred(&OpSpec::Pad(pad.clone()), &[reshaped])?;
    let padded = node.emit(Op::Pad(pad, 0.0), &[reshaped], shape)?;
    node.movement(OpSpec::Reshape(Reshape { shape: joined }), &[padded])
}

/// Takes elements away at both ends of each spatial dimension.
fn cropped(
    node: &mut NodeImport<'_>,
    id: ValueId,
    before: &[usize],
    after: &[usize],
) -> Result<ValueId, ImportError> {
    if before.iter().chain(after).all(|&count| count == 0) {
        return Ok(id);
    }
    let shape = node.shape(id).to_vec();
    let mut slice = Slice {
        starts: vec![0; 2],
        sizes: shape[..2].to_vec(),
        steps: vec![1; shape.len()],
    };
    for (axis, &size) in shape[2..].iter().enumerate() {
        let rest = size.checked_sub(before[axis] + after[axis]);
        let rest = rest.filter(|&rest| rest > 0);
        let rest = rest.ok_or_else(|| node.bad("pads leave nothing of the input".into()))?;
        slice.starts.push(before[axis]);
        slice.sizes.push(rest);
    }
    node.movement(OpSpec::Slice(slice), &[id])
}

/// Returns the kernels of the convolution: `[inputs, outputs, taps]` of each group to `[outputs, inputs, taps]`, the
/// taps in reverse.
fn flipped(weights: &[f32], groups: usize, inputs: usize, outputs: usize, taps: usize) -> Vec<f32> {
    let mut result = Vec::with_capacity(weights.len());
    for group in 0..groups {
        for output in 0..outputs {
            for input in 0..inputs {
                let first = ((group * inputs + input) * outputs + output) * taps;
                result.extend(weights[first..first + taps].iter().rev());
            }
        }
    }
    result
}
