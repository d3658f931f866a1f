//! The convolution over one or two spatial dimensions.

use assay_model::Part;
use assay_model::quant::ops::Conv;
use plonky2::iop::target::Target;

use super::product::{Counts, Sums, dot_products};
use super::{Checks, Node, Value};
use crate::layout::Layout;
use crate::product::{Factors, Inputs, Product};

/// `[channels][height][width]`.
type Planes = Vec<Vec<Vec<Target>>>;

/// Lays out a convolution. One whose only reader is a pooling leaves its sums to it.
pub fn run(layout: &mut Layout, checks: &mut Checks, node: &Node, op: &Conv) -> Value {
    let sums = sums(layout, checks, node, op);
    if node.is_pooled {
        return Value::Sums(sums);
    }
    if sums.supplied {
        for channel in &sums.channels {
            checks.transcript.absorb(channel);
        }
    }
    Value::Lanes(sums.requantize(layout, node.committed()).concat())
}

fn sums(layout: &mut Layout, checks: &mut Checks, node: &Node, op: &Conv) -> Sums {
    let windows = &node.spec.tensor.shape[2..];
    let planes = padded_planes(node, op);
    let weights = node.committed().weights();
    let products = node.spec.op.products().expect("a convolution has products");
    let (height, width) = (planes[0].len(), windows[windows.len() - 1]);
    let lines = planes.len() * height;
    let taps = op.window.kernel[op.window.kernel.len() - 1];
    let counts = Counts {
        outputs: op.outputs / op.groups,
        products,
        groups: op.groups,
        positions: windows.iter().product(),
        inputs: Counts::horner(lines * width) + (2 * lines * taps).div_ceil(9),
    };
    if !counts.supply_is_cheaper() {
        let channels = direct(layout, node, op, &planes, &weights);
        return Sums::of(node, op.relu, channels, false);
    }
    let channels = checks.supply(layout, op.outputs, counts.positions);
    checks.products.push(Product {
        node: node.index,
        first: 0,
        stride: 0,
        sums: channels.clone(),
        factors: Factors::Weights {
            weights,
            inputs: Inputs::windows(planes, &op.window, windows, op.groups),
        },
    });
    Sums::of(node, op.relu, channels, true)
}

/// Returns the input channels with padding around them, which holds the committed zero point.
fn padded_planes(node: &Node, op: &Conv) -> Planes {
    let lanes = node.input();
    let window = &op.window;
    let (size, before, after) = match node.tensors[0].shape[2..] {
        [width] => (
            [1, width],
            [0, window.pads_before[0]],
            [0, window.pads_after[0]],
        ),
        _ => (
            [node.tensors[0].shape[2], node.tensors[0].shape[3]],
            [window.pads_before[0], window.pads_before[1]],
            [window.pads_after[0], window.pads_after[1]],
        ),
    };
    let padding = window
        .is_padded()
        .then(|| node.committed().values(Part::InputZeroPoint)[0]);
    let at = |channel: usize, y: usize, x: usize| {
        let inside = (y.checked_sub(before[0])).zip(x.checked_sub(before[1]));
        match inside.filter(|&(y, x)| y < size[0] && x < size[1]) {
            Some((y, x)) => lanes[(channel * size[0] + y) * size[1] + x],
            None => padding.expect("only padded windows leave the input"),
        }
    };
    let total = |axis: usize| before[axis] + size[axis] + after[axis];
    (0..op.inputs)
        .map(|channel| {
            (0..total(0))
                .map(|y| (0..total(1)).map(|x| at(channel, y, x)).collect())
                .collect()
        })
        .collect()
}

/// Returns the accumulators of every window, each a dot product of its own.
fn direct(
    layout: &mut Layout,
    node: &Node,
    op: &Conv,
    planes: &Planes,
    weights: &[Vec<Target>],
) -> Vec<Vec<Target>> {
    let (outputs, inputs) = (op.outputs / op.groups, op.inputs / op.groups);
    let bias = node.committed().values(Part::Bias);
    let mut channels = vec![Vec::new(); op.outputs];
    for window in window_starts(op, &node.spec.tensor.shape[2..]) {
        for group in 0..op.groups {
            let planes = &planes[group * inputs..][..inputs];
            let lanes = window_lanes(op, planes, window);
            let first = group * outputs;
            let (weights, bias) = (&weights[first..][..outputs], &bias[first..][..outputs]);
            let sums = dot_products(layout, &lanes, weights, bias);
            for (channel, sum) in channels[first..].iter_mut().zip(sums) {
                channel.push(sum);
            }
        }
    }
    channels
}

/// Returns where each window starts in a padded plane.
fn window_starts(op: &Conv, windows: &[usize]) -> Vec<[usize; 2]> {
    match *windows {
        [width] => (0..width).map(|x| [0, x * op.window.strides[0]]).collect(),
        _ => (0..windows[0])
            .flat_map(|y| {
                let start = move |x| [y * op.window.strides[0], x * op.window.strides[1]];
                (0..windows[1]).map(start)
            })
            .collect(),
    }
}

/// Returns the lanes under a window, channel by channel, row-major in the kernel.
fn window_lanes(op: &Conv, planes: &[Vec<Vec<Target>>], [y, x]: [usize; 2]) -> Vec<Target> {
    let (rows, columns) = match *op.window.kernel.as_slice() {
        [width] => ([1, 1], [width, op.window.dilations[0]]),
        _ => (
            [op.window.kernel[0], op.window.dilations[0]],
            [op.window.kernel[1], op.window.dilations[1]],
        ),
    };
    let mut lanes = Vec::new();
    for plane in planes {
        for dy in 0..rows[0] {
            for dx in 0..columns[0] {
                lanes.push(plane[y + dy * rows[1]][x + dx * columns[1]]);
            }
        }
    }
    lanes
}
