//! The largest lane of each window; of a product that nothing else reads, the largest sum of each window.

use std::collections::HashSet;

use assay_model::quant::ops::MaxPool as Op;
use assay_statement::Lane;
use plonky2::iop::target::Target;

use super::product::Sums;
use super::{Checks, Node, Value};
use crate::cost::Purpose;
use crate::gates::{MaxPool, bits_of};
use crate::layout::{LaneTarget, Layout};

/// Bits of differences in use: each kind of gate in a circuit costs the proofs above it.
const WIDTHS: [u32; 4] = [20, 24, 28, 32];

/// Bits of differences of sums of int16 lanes that are wider. They have a row for each window.
const WIDE_WIDTHS: [u32; 2] = [36, 40];

/// Lays out a pooling.
pub fn run(layout: &mut Layout, checks: &mut Checks, node: &Node, op: &Op) -> Value {
    let windows = op.windows(node.tensors[0]);
    let of = |values: &[Target]| {
        let window = |window: &Vec<usize>| window.iter().map(|&at| values[at]).collect();
        windows.iter().map(window).collect::<Vec<_>>()
    };
    if let Value::Sums(sums) = node.inputs[0] {
        let values = sums.channels.concat();
        return Value::Lanes(pool_sums(layout, checks, node, sums, of(&values)));
    }
    let lanes = largest_lanes(layout, node.lanes.inputs, of(&node.input()));
    Value::Lanes(lanes)
}

/// Returns the largest lane of each window.
pub fn largest_lanes(
    layout: &mut Layout,
    lane: Lane,
    windows: Vec<Vec<Target>>,
) -> Vec<LaneTarget> {
    let pooled = Pooled::of(layout, MaxPool::new(lane.bits(), false), windows);
    // The largest of lanes is one of them.
    pooled
        .largest
        .into_iter()
        .map(LaneTarget::checked)
        .collect()
}

/// Pools sums and then requantizes.
///
/// That gives what requantizing and then pooling gives: a channel's sums have one bias, one multiplier, which is
/// not negative, and one zero point, so requantization never decreases.
fn pool_sums(
    layout: &mut Layout,
    checks: &mut Checks,
    node: &Node,
    sums: &Sums,
    windows: Vec<Vec<Target>>,
) -> Vec<LaneTarget> {
    let values = sums.channels.concat();
    let covered = windows.iter().flatten().copied().collect::<HashSet<_>>();
    let bits = bits_of(2 * sums.bound);
    let packing = widest(bits, true);
    // Whether the gate's packing has fewer elements than there are sums.
    let parts = windows
        .iter()
        .map(|window| window.len().div_ceil(MaxPool::WINDOW));
    let parts = parts.sum::<usize>();
    let elements = parts + parts.div_ceil(packing.windows()) * packing.elements();
    let packed = sums.supplied && elements < covered.len();
    let gate = if packed { packing } else { widest(bits, false) };
    let pooled = Pooled::of(layout, gate, windows);
    if packed {
        let bound = values
            .iter()
            .copied()
            .filter(|value| covered.contains(value));
        checks
            .transcript
            .absorb_as(&pooled.elements, &bound.collect::<Vec<_>>());
    }
    if sums.supplied {
        let left = values
            .into_iter()
            .filter(|value| !packed || !covered.contains(value));
        checks.transcript.absorb(&left.collect::<Vec<_>>());
    }
    let positions = pooled.largest.len() / sums.channels.len();
    let pooled = Sums {
        channels: pooled
            .largest
            .chunks(positions)
            .map(<[_]>::to_vec)
            .collect(),
        ..sums.clone()
    };
    pooled.requantize(layout, &node.data[sums.node]).concat()
}

/// Returns the gate for at least `bits` bits that is the widest with as many windows as the narrowest has.
fn widest(bits: u32, packed: bool) -> MaxPool {
    let fitting = WIDTHS.into_iter().filter(|&width| width >= bits);
    let mut fitting = fitting.collect::<Vec<_>>();
    if fitting.is_empty() {
        fitting.extend(WIDE_WIDTHS.into_iter().filter(|&width| width >= bits));
    }
    let fitting = fitting.into_iter();
    let gates = fitting
        .map(|width| MaxPool::new(width, packed))
        .collect::<Vec<_>>();
    let narrowest = gates.first().expect("sums have at most 38 bits");
    let as_good = |gate: &&MaxPool| {
        gate.windows() == narrowest.windows() && gate.elements() == narrowest.elements()
    };
    *gates.iter().rev().find(as_good).unwrap_or(narrowest)
}

/// The largest value of each window.
struct Pooled {
    largest: Vec<Target>,
    /// Of a packing gate: elements of which every value of a window is a function.
    elements: Vec<Target>,
}

impl Pooled {
    /// Pools windows of any size, four values at a time.
    fn of(layout: &mut Layout, gate: MaxPool, mut windows: Vec<Vec<Target>>) -> Self {
        let mut elements = None;
        while windows.iter().any(|window| window.len() > 1) || elements.is_none() {
            let parts = windows
                .iter()
                .flat_map(|window| window.chunks(MaxPool::WINDOW))
                .collect::<Vec<_>>();
            let round = layout.count(Purpose::Activations, |l| Self::round(l, gate, &parts));
            let mut largest = round.largest.into_iter();
            windows = windows
                .iter()
                .map(|window| {
                    let parts = window.len().div_ceil(MaxPool::WINDOW);
                    largest.by_ref().take(parts).collect()
                })
                .collect();
            // Later rounds only see what the first one gave.
            elements.get_or_insert(round.elements);
        }
        Self {
            largest: windows.concat(),
            elements: elements.unwrap_or_default(),
        }
    }

    /// Pools windows of at most four values.
    fn round(layout: &mut Layout, gate: MaxPool, windows: &[&[Target]]) -> Self {
        let zero = layout.builder.zero();
        let mut round = Self {
            largest: Vec::with_capacity(windows.len()),
            elements: Vec::new(),
        };
        for row in windows.chunks(gate.windows()) {
            let operation = layout.place(gate, &[]);
            for window in 0..gate.windows() {
                for index in 0..MaxPool::WINDOW {
                    // A short window repeats its first value.
                    let value = row.get(window).map_or(zero, |values| {
                        values.get(index).copied().unwrap_or(values[0])
                    });
                    let wire = operation.wire(MaxPool::value(window, index));
                    layout.builder.connect(wire, value);
                }
            }
            let largest = (0..row.len()).map(|window| operation.wire(gate.largest(window)));
            let largest = largest.collect::<Vec<_>>();
            let packed = (0..gate.elements()).map(|element| operation.wire(gate.element(element)));
            round.elements.extend(largest.iter().copied().chain(packed));
            round.largest.extend(largest);
        }
        round
    }
}
