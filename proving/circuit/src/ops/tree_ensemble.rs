//! Decision trees that vote.
//!
//! # Constraints
//! All nodes of all trees are compared, not only those on the way of the input: a table of the nodes, looked up along
//! the way, would take as many rows. For every inner node one lookup finds the lane that its committed feature names:
//! the keys are the features, the entries the input lanes. The table has the keys from 0 to `features - 1` alone, so
//! every committed feature is one of them. Level by level, the leaves' first, a [`TreeNode`] compares and takes the
//! numbers of the child that the comparison leads to; what reaches the root is what the tree adds to the scores.
//!
//! Scores are below 2^31 in absolute value by the widths of leaves and bases. They are requantized as any
//! accumulator, or decide the class: the largest one, or 1 exactly if the one score is larger than zero.
//!
//! # Costs
//! For each inner node 1/8 row of the transcript, 1/24 of the lookup and 1/9 to compare and choose, and 2/15 to pack
//! and 1/12 to hash feature and threshold; for each leaf 1/10 row to pack and 1/8 to hash it: with one number a leaf
//! about 0.72 rows a node. A model of 100 trees takes 571 rows at depth 3 and 1,142 at depth 4, all told.

use std::collections::VecDeque;

use assay_model::Part;
use assay_model::quant::ops::{TreeEnsemble, TreeResult};
use plonky2::iop::target::Target;

use super::product::widest;
use super::{Checks, Node, Value, arg_max};
use crate::cost::Purpose;
use crate::gates::{Dividend, TreeNode, bits_of};
use crate::layout::Layout;
use crate::lookup::{Column, Lookup};
use crate::product::total;

/// Lays out the trees, the scores and what becomes of them.
///
/// # Panics
/// If a score could wrap around the field: a checked architecture's cannot.
pub fn run(layout: &mut Layout, checks: &mut Checks, node: &Node, op: &TreeEnsemble) -> Value {
    let bound = node.accumulator_bound();
    let values = compared_lanes(layout, checks, node);
    layout.count(Purpose::Activations, |layout| {
        let scores = scores(layout, node, op, &values);
        // Two scores differ by at most twice the bound.
        let bits = bits_of(2 * bound);
        match op.result {
            TreeResult::Lanes => requantize(layout, node, bound, &scores),
            TreeResult::ArgMax => Value::Class(arg_max::run(layout, bits, &scores)),
            TreeResult::Sign => {
                let zero = layout.builder.zero();
                Value::Class(arg_max::run(layout, bits, &[zero, scores[0]]))
            }
        }
    })
}

/// Returns for each inner node the lane that it compares, found by a lookup of its feature.
fn compared_lanes(layout: &mut Layout, checks: &mut Checks, node: &Node) -> Vec<Target> {
    let keys = node.committed().values(Part::Features).to_vec();
    let values = layout.builder.add_virtual_targets(keys.len());
    checks.transcript.supply(&values);
    checks.transcript.absorb(&values);
    let column = Column {
        table: node.input(),
        found: values.clone(),
    };
    let lookup = Lookup::of(
        layout,
        &mut checks.transcript,
        node.index,
        (0, keys, vec![column]),
        values.clone(),
    );
    checks.lookups.push(lookup);
    values
}

/// Returns the scores: the base plus the leaf that each voting tree leads to.
fn scores(layout: &mut Layout, node: &Node, op: &TreeEnsemble, values: &[Target]) -> Vec<Target> {
    let data = node.committed();
    let bases = data.values(Part::Bias).iter();
    let mut votes = bases.map(|&base| vec![base]).collect::<Vec<_>>();
    let nodes = values.iter().zip(data.values(Part::Thresholds));
    let nodes = nodes.map(|(&value, &threshold)| [value, threshold]);
    let nodes = nodes.collect::<Vec<_>>();
    let leaves = data.values(Part::Leaves);
    let trees = nodes
        .chunks(op.inner_nodes())
        .zip(leaves.chunks(op.leaves() * op.leaf_scores));
    for (tree, (nodes, leaves)) in trees.enumerate() {
        let leaves = leaves.chunks(op.leaf_scores).map(<[_]>::to_vec);
        let leaf = climb(layout, nodes, leaves.collect());
        for (number, &vote) in leaf.iter().enumerate() {
            let score = if op.leaf_scores == 1 {
                tree % op.scores
            } else {
                number
            };
            votes[score].push(vote);
        }
    }
    votes.iter().map(|votes| total(layout, votes)).collect()
}

/// Returns the numbers of the leaf that the inner nodes' `[value, threshold]` lead to. A node has its children at
/// twice its index plus one and two, and the leaves follow the inner nodes.
fn climb(layout: &mut Layout, nodes: &[[Target; 2]], leaves: VecDeque<Vec<Target>>) -> Vec<Target> {
    let mut below = leaves;
    for &compared in nodes.iter().rev() {
        // Of the nodes left the last one has the last two of what is below; what it chooses stands before those.
        let (Some(second), Some(first)) = (below.pop_back(), below.pop_back()) else {
            unreachable!("a complete tree has one leaf more than inner nodes")
        };
        below.push_front(choose(layout, compared, &first, &second));
    }
    below.pop_front().expect("a tree has a root")
}

/// Returns the numbers of the first child, or of the second if the value is above the threshold.
fn choose(
    layout: &mut Layout,
    [value, threshold]: [Target; 2],
    first: &[Target],
    second: &[Target],
) -> Vec<Target> {
    let gate = TreeNode::new(first.len().min(TreeNode::MAX_NUMBERS));
    let zero = layout.builder.zero();
    let mut chosen = Vec::with_capacity(first.len());
    let runs = first
        .chunks(gate.numbers())
        .zip(second.chunks(gate.numbers()));
    for (first, second) in runs {
        let operation = layout.place(gate, &[]);
        let mut connect = |wire, target| layout.builder.connect(operation.wire(wire), target);
        connect(TreeNode::VALUE, value);
        connect(TreeNode::THRESHOLD, threshold);
        for number in 0..gate.numbers() {
            let of = |child: &[Target]| child.get(number).copied().unwrap_or(zero);
            connect(TreeNode::first(number), of(first));
            connect(TreeNode::second(number), of(second));
        }
        chosen.extend((0..first.len()).map(|number| operation.wire(TreeNode::chosen(number))));
    }
    chosen
}

fn requantize(layout: &mut Layout, node: &Node, bound: u128, scores: &[Target]) -> Value {
    let data = node.committed();
    let (multiplier, zero_point) = (
        data.values(Part::Multipliers)[0],
        data.values(Part::OutputZeroPoint)[0],
    );
    let bits = u128::BITS - bound.leading_zeros();
    let gate = widest(bits, false, node.lanes, node.shift(), |bits| {
        Dividend::Own { bits }
    });
    let operands = scores.iter().map(|&score| vec![score, multiplier]);
    let operands = operands.collect::<Vec<_>>();
    Value::Lanes(layout.requantize(gate, zero_point, &[], &operands))
}
