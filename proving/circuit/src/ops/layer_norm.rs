//! Every row brought to mean 0 and variance 1, then scaled and shifted per column.
//!
//! The equations and why each hint has one solution are in the module of the operator in `assay-model`. The prover
//! supplies nothing: sums, reciprocal root and lanes are functions of the row.
//!
//! A lane costs 1/4 row for its division and 1/76 for the moments, a row one for the root, and what its last 4 and 76
//! lanes leave empty: rows of 64 lanes cost 18 rows, 0.28 a lane. The committed data cost the packing of two values a
//! column and their range checks.

use assay_model::Part;
use assay_model::quant::ops::LayerNorm;
use plonky2::iop::target::Target;

use super::{Node, Value};
use crate::cost::Purpose;
use crate::gates::{Moments, Normalize, Root};
use crate::layout::{LaneTarget, Layout};

/// Lays out normalizations.
pub fn run(layout: &mut Layout, node: &Node, op: &LayerNorm) -> Value {
    let data = node.committed();
    let epsilon = data.values(Part::Epsilon)[0];
    let columns = data.values(Part::ColumnScales).iter();
    let columns = columns
        .copied()
        .zip(data.values(Part::Bias).iter().copied());
    let columns = columns.collect::<Vec<_>>();
    let lanes = node.input();
    Value::Lanes(layout.count(Purpose::Activations, |layout| {
        let rows = lanes.chunks(op.width);
        rows.flat_map(|row| normalize(layout, row, epsilon, &columns))
            .collect()
    }))
}

/// Normalizes a row whose columns have these scales and biases.
fn normalize(
    layout: &mut Layout,
    lanes: &[Target],
    epsilon: Target,
    columns: &[(Target, Target)],
) -> Vec<LaneTarget> {
    let zero = layout.builder.zero();
    let [sum, squares] = moments(layout, lanes);
    let root = layout.place(Root::new(lanes.len()), &[]);
    layout.builder.connect(root.wire(Root::SUM), sum);
    layout.builder.connect(root.wire(Root::SQUARES), squares);
    layout.builder.connect(root.wire(Root::EPSILON), epsilon);

    let gate = Normalize::new(lanes.len());
    let mut results = Vec::with_capacity(lanes.len());
    let lanes = lanes.iter().zip(columns).collect::<Vec<_>>();
    for chunk in lanes.chunks(Normalize::LANES) {
        let row = layout.place(gate, &[]);
        let mut connect = |wire, target| layout.builder.connect(row.wire(wire), target);
        connect(Normalize::SUM, sum);
        connect(Normalize::ROOT, root.wire(Root::ROOT));
        for lane in 0..Normalize::LANES {
            // An absent lane's scale and bias are zero, so that it is.
            let given = chunk
                .get(lane)
                .map(|&(&x, &(scale, bias))| [x, scale, bias]);
            let [x, scale, bias] = given.unwrap_or([zero; 3]);
            connect(Normalize::lane(lane), x);
            connect(Normalize::scale(lane), scale);
            connect(Normalize::bias(lane), bias);
        }
        // The gate has range-checked them.
        let value = |lane| LaneTarget::checked(row.wire(Normalize::value(lane)));
        results.extend((0..chunk.len()).map(value));
    }
    results
}

/// Returns the sum of a row and that of its squares.
fn moments(layout: &mut Layout, lanes: &[Target]) -> [Target; 2] {
    let zero = layout.builder.zero();
    let mut sums = [zero; 2];
    for chunk in lanes.chunks(Moments::VALUES) {
        let row = layout.place(Moments, &[]);
        let mut connect = |wire, target| layout.builder.connect(row.wire(wire), target);
        connect(Moments::SUM_BEFORE, sums[0]);
        connect(Moments::SQUARES_BEFORE, sums[1]);
        for index in 0..Moments::VALUES {
            let value = chunk.get(index).copied().unwrap_or(zero);
            connect(Moments::value(index), value);
        }
        sums = [Moments::SUM_AFTER, Moments::SQUARES_AFTER].map(|wire| row.wire(wire));
    }
    sums
}
