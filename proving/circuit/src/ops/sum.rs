//! The sum of each window: sums, means and average pooling.

use std::collections::BTreeMap;

use assay_model::Part;
use assay_model::quant::ops::Sum;
use plonky2::iop::target::Target;

use super::product::{requantize_channel, widest};
use super::{Node, Value};
use crate::cost::Purpose;
use crate::field::signed;
use crate::gates::Dividend;
use crate::layout::Layout;
use crate::product::total;

/// Lays out the sums of windows.
///
/// # Panics
/// If a sum could wrap around the field: a checked architecture's cannot.
pub fn run(layout: &mut Layout, node: &Node, op: &Sum) -> Value {
    let bound = node.accumulator_bound();
    let bits = u128::BITS - bound.leading_zeros();
    let gate = widest(bits, false, node.lanes, node.shift(), |bits| {
        Dividend::Channel { bits }
    });
    let data = node.committed();
    let (multiplier, zero_point) = (
        data.values(Part::Multipliers)[0],
        data.values(Part::OutputZeroPoint)[0],
    );
    let zero = layout.builder.zero();
    layout.count(Purpose::Activations, |layout| {
        let sums = sums(layout, node, op);
        let parameters = [zero, multiplier];
        Value::Lanes(requantize_channel(
            layout, gate, zero_point, parameters, &sums,
        ))
    })
}

/// Returns for each channel and window the sum of its lanes less the zero point.
fn sums(layout: &mut Layout, node: &Node, op: &Sum) -> Vec<Target> {
    let lanes = node.input();
    let shape = &node.tensors[0].shape;
    let plane = lanes.len() / shape[1];
    let zero_point = node.committed().values(Part::InputZeroPoint)[0];
    let mut windows = Vec::new();
    op.window.for_each(&shape[2..], |taps| {
        windows.push(taps.iter().flatten().copied().collect::<Vec<_>>());
    });
    // What the zero points of so many lanes take away, once for each count.
    let mut less = BTreeMap::new();
    for window in &windows {
        let count = -signed(i64::try_from(window.len()).expect("windows are limited"));
        less.entry(window.len())
            .or_insert_with(|| layout.builder.mul_const(count, zero_point));
    }
    let mut sums = Vec::with_capacity(shape[1] * windows.len());
    for channel in lanes.chunks(plane) {
        for window in &windows {
            let mut values = vec![less[&window.len()]];
            values.extend(window.iter().map(|&tap| channel[tap]));
            sums.push(total(layout, &values));
        }
    }
    sums
}
