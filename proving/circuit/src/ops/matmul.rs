//! The product of two tensors of matrices.

use std::ops::Range;

use assay_model::Part;
use assay_model::quant::ops::Matmul;
use plonky2::iop::target::Target;

use super::product::{requantize_channel, widest};
use super::{Checks, Node, Value};
use crate::cost::Purpose;
use crate::gates::Dividend;
use crate::layout::{LaneTarget, Layout};
use crate::product::{Factors, Product};

/// Lays out the products of matrices, each checked on its own; of one that only a softmax reads, in blocks of rows
/// without most of what that does not read.
///
/// # Panics
/// If a sum could wrap around the field: a checked architecture's cannot.
pub fn run(layout: &mut Layout, checks: &mut Checks, node: &Node, op: &Matmul) -> Value {
    let bound = node.accumulator_bound();
    let (inner, columns) = (op.inner, node.tensors[1].width());
    let shape = &node.tensors[0].shape;
    let rows = shape[shape.len() - 2];
    let (left, right) = (targets(node, 0), targets(node, 1));
    let zero_points = node.committed().values(Part::InputZeroPoint);
    let zero_points = [zero_points[0], zero_points[1]];
    let factors = left.chunks(rows * inner).zip(right.chunks(inner * columns));
    // Sums that somebody reads, and where they are in the result.
    let (mut read, mut sums) = (Vec::new(), Vec::new());
    for (matrix, (left, right)) in factors.enumerate() {
        for block in blocks(node, matrix * rows..(matrix + 1) * rows, columns) {
            let outputs = checks.supply(layout, block.columns.len(), block.rows.len());
            outputs
                .iter()
                .for_each(|output| checks.transcript.absorb(output));
            for (position, row) in block.rows.clone().enumerate() {
                for column in counting(node, row, columns) {
                    read.push(row * columns + column);
                    sums.push(outputs[column - block.columns.start][position]);
                }
            }
            let of_matrix = block.rows.start - matrix * rows..block.rows.end - matrix * rows;
            let column = |k: usize| {
                let rows = of_matrix.clone();
                rows.map(|row| left[row * inner + k]).collect()
            };
            let right = right.chunks(columns);
            checks.products.push(Product {
                node: node.index,
                first: block.rows.start * columns + block.columns.start,
                stride: columns,
                sums: outputs,
                factors: Factors::Lanes {
                    left: (0..inner).map(column).collect(),
                    right: right
                        .map(|row| row[block.columns.clone()].to_vec())
                        .collect(),
                    zero_points,
                },
            });
        }
    }
    let bits = u128::BITS - bound.leading_zeros();
    let gate = widest(bits, false, node.lanes, node.shift(), |bits| {
        Dividend::Channel { bits }
    });
    let data = node.committed();
    let parameters = [layout.builder.zero(), data.values(Part::Multipliers)[0]];
    let zero_point = data.values(Part::OutputZeroPoint)[0];
    // Lanes that nobody reads have no sum.
    let unread = LaneTarget::checked(layout.builder.zero());
    let mut lanes = vec![unread; node.spec.tensor.elements()];
    let requantized = layout.count(Purpose::Activations, |layout| {
        requantize_channel(layout, gate, zero_point, parameters, &sums)
    });
    for (index, lane) in read.into_iter().zip(requantized) {
        lanes[index] = lane;
    }
    Value::Lanes(lanes)
}

/// Rows of a block of scores of which a part is not read: the sums that are supplied for nothing get fewer with
/// smaller blocks, the sums at the challenge more.
const BLOCK_ROWS: usize = 16;

/// Rows of the result of which the same columns are supplied.
struct Block {
    rows: Range<usize>,
    columns: Range<usize>,
}

/// Splits the rows of one matrix of the result so that few sums are supplied that nobody reads.
fn blocks(node: &Node, rows: Range<usize>, columns: usize) -> Vec<Block> {
    let all_are_read = node.softmax.is_none_or(|softmax| softmax.runs.is_empty());
    let size = if all_are_read { rows.len() } else { BLOCK_ROWS };
    let starts = rows.clone().step_by(size);
    let block = |start: usize| {
        let rows = start..rows.end.min(start + size);
        let runs = rows.clone().map(|row| counting(node, row, columns));
        let union = runs.reduce(|a, b| a.start.min(b.start)..a.end.max(b.end));
        Block {
            rows,
            columns: union.unwrap_or(0..columns),
        }
    };
    starts.map(block).collect()
}

/// Returns the columns of a row of the result that are read.
fn counting(node: &Node, row: usize, columns: usize) -> Range<usize> {
    (node.softmax).map_or(0..columns, |softmax| softmax.columns(row, columns))
}

fn targets(node: &Node, input: usize) -> Vec<Target> {
    node.inputs[input]
        .lanes()
        .iter()
        .map(|lane| lane.target())
        .collect()
}
