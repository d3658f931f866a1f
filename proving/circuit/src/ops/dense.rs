//! The dense layer: every row of the last dimension times a matrix.

use assay_model::Part;
use assay_model::quant::ops::Dense;

use super::product::{Counts, Sums, dot_products};
use super::{Checks, Node, Value};
use crate::layout::{LaneTarget, Layout};
use crate::product::{Factors, Inputs, Product};

/// Lays out a dense layer.
pub fn run(layout: &mut Layout, checks: &mut Checks, node: &Node, op: &Dense) -> Value {
    let sums = sums(layout, checks, node, op);
    let channels = sums.requantize(layout, node.committed());
    let rows = node.tensors[0].rows();
    let lane = |index: usize| channels[index % op.outputs][index / op.outputs];
    Value::Lanes(
        (0..rows * op.outputs)
            .map(lane)
            .collect::<Vec<LaneTarget>>(),
    )
}

fn sums(layout: &mut Layout, checks: &mut Checks, node: &Node, op: &Dense) -> Sums {
    let rows = node.tensors[0].rows();
    let lanes = node.input();
    let weights = node.committed().weights();
    let counts = Counts {
        outputs: op.outputs,
        products: op.inputs,
        groups: 1,
        positions: rows,
        inputs: Counts::horner(op.inputs * rows),
    };
    if !counts.supply_is_cheaper() {
        let bias = node.committed().values(Part::Bias);
        let rows = lanes
            .chunks(op.inputs)
            .map(|row| dot_products(layout, row, &weights, bias))
            .collect::<Vec<_>>();
        let channel = |output: usize| rows.iter().map(|row| row[output]).collect();
        let channels = (0..op.outputs).map(channel).collect();
        return Sums::of(node, op.relu, channels, false);
    }
    let channels = checks.supply(layout, op.outputs, rows);
    for channel in &channels {
        checks.transcript.absorb(channel);
    }
    let column = |input: usize| {
        (0..rows)
            .map(|row| lanes[row * op.inputs + input])
            .collect()
    };
    checks.products.push(Product {
        node: node.index,
        first: 0,
        stride: op.outputs,
        sums: channels.clone(),
        factors: Factors::Weights {
            weights,
            inputs: Inputs::Columns((0..op.inputs).map(column).collect()),
        },
    });
    Sums::of(node, op.relu, channels, true)
}
