//! The product of two tensors of matrices.

use assay_model::Part;
use assay_model::quant::ops::Matmul;
use plonky2::iop::target::Target;

use super::product::{requantize_channel, widest};
use super::{Checks, Node, Value};
use crate::cost::Purpose;
use crate::field::assert_no_wrap;
use crate::gates::Dividend;
use crate::layout::Layout;
use crate::product::{Factors, Product};

/// Lays out the products of matrices, each checked on its own.
///
/// # Panics
/// If a sum could wrap around the field: a checked architecture's cannot.
pub fn run(layout: &mut Layout, checks: &mut Checks, node: &Node, op: &Matmul) -> Value {
    let bound = node
        .spec
        .accumulator_bound()
        .expect("a product has accumulators");
    assert_no_wrap("an accumulator", bound, bound);
    let (inner, columns) = (op.inner, node.tensors[1].width());
    let shape = &node.tensors[0].shape;
    let rows = shape[shape.len() - 2];
    let (left, right) = (targets(node, 0), targets(node, 1));
    let mut sums = Vec::new();
    for (left, right) in left.chunks(rows * inner).zip(right.chunks(inner * columns)) {
        let outputs = checks.supply(layout, columns, rows);
        outputs
            .iter()
            .for_each(|output| checks.transcript.absorb(output));
        let column = |k: usize| (0..rows).map(|row| left[row * inner + k]).collect();
        let zero_points = node.committed().values(Part::InputZeroPoint);
        checks.products.push(Product {
            node: node.index,
            first: sums.len(),
            sums: outputs.clone(),
            factors: Factors::Lanes {
                left: (0..inner).map(column).collect(),
                right: right.chunks(columns).map(<[_]>::to_vec).collect(),
                zero_points: [zero_points[0], zero_points[1]],
            },
        });
        sums.extend((0..rows * columns).map(|i| outputs[i % columns][i / columns]));
    }
    let bits = u128::BITS - bound.leading_zeros();
    let gate = widest(bits, false, |bits| Dividend::Channel { bits });
    let data = node.committed();
    let parameters = [layout.builder.zero(), data.values(Part::Multipliers)[0]];
    let zero_point = data.values(Part::OutputZeroPoint)[0];
    Value::Lanes(layout.count(Purpose::Activations, |layout| {
        requantize_channel(layout, gate, zero_point, parameters, &sums)
    }))
}

fn targets(node: &Node, input: usize) -> Vec<Target> {
    node.inputs[input]
        .lanes()
        .iter()
        .map(|lane| lane.target())
        .collect()
}
