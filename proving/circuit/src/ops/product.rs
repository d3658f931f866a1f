//! What products share: direct dot products, and the way from sums to lanes.

use assay_model::quant::limits::product_bound;
use assay_model::{Lanes, Part};
use assay_statement::Lane;
use plonky2::iop::target::Target;

use super::Node;
use crate::committed::Committed;
use crate::cost::Purpose;
use crate::gates::{Dividend, Requantize, WeightColumn, WeightRow};
use crate::layout::{LaneTarget, Layout};

/// What a product gives before requantization.
#[derive(Clone)]
pub struct Sums {
    /// `[channels][positions]`.
    pub channels: Vec<Vec<Target>>,
    /// Whether the prover supplied them: then they are without biases, and checked at random points. Else they
    /// are whole accumulators.
    pub supplied: bool,
    /// No sum without its bias is larger in absolute value.
    pub bound: u128,
    /// The node whose committed data requantize them.
    pub node: usize,
    /// Bits of the node's accumulators.
    pub accumulator_bits: u32,
    /// Whether the zero point is the lower bound.
    pub relu: bool,
    /// The lanes that the node reads and gives.
    pub lanes: Lanes,
    /// What sums times multipliers are divided by, as a power of two.
    pub shift: u32,
}

/// Bits of accumulators in use: each kind of gate in a circuit costs the proofs above it.
const WIDTHS: [u32; 5] = [12, 16, 24, 28, 32];

/// Bits of accumulators of int16 lanes in use, beyond those.
const WIDE_WIDTHS: [u32; 2] = [36, 38];

impl Sums {
    /// Returns the sums of a node's channels.
    ///
    /// # Panics
    /// If the node has no accumulators, or they could wrap around the field.
    pub fn of(node: &Node, relu: bool, channels: Vec<Vec<Target>>, supplied: bool) -> Self {
        let bound = node.accumulator_bound();
        Self {
            channels,
            supplied,
            bound: sum_bound(node),
            node: node.index,
            accumulator_bits: u128::BITS - bound.leading_zeros(),
            relu,
            lanes: node.lanes,
            shift: node.shift(),
        }
    }

    /// Requantizes each channel with its multiplier and bias.
    pub fn requantize(&self, layout: &mut Layout, data: &Committed) -> Vec<Vec<LaneTarget>> {
        let gate = |dividend: fn(u32) -> Dividend| {
            let (bits, relu) = (self.accumulator_bits, self.relu);
            widest(bits, relu, self.lanes, self.shift, dividend)
        };
        let shared = gate(|bits| Dividend::Channel { bits });
        let own = gate(|bits| Dividend::Own { bits });
        let (count, positions) = (
            self.channels.len(),
            self.channels.first().map_or(0, Vec::len),
        );
        let rows_shared = count * positions.div_ceil(shared.lanes());
        // A bias that no row shares is added by an operation of its own, of which a row has twenty.
        let biases = if self.supplied {
            count * positions / 20
        } else {
            0
        };
        let rows_own = (count * positions).div_ceil(own.lanes()) + biases;
        layout.count(Purpose::Activations, |layout| {
            if rows_shared <= rows_own {
                self.requantize_shared(layout, data, shared)
            } else {
                self.requantize_own(layout, data, own)
            }
        })
    }

    fn requantize_shared(
        &self,
        layout: &mut Layout,
        data: &Committed,
        gate: Requantize,
    ) -> Vec<Vec<LaneTarget>> {
        let zero = layout.builder.zero();
        let parameters = data
            .values(Part::Multipliers)
            .iter()
            .zip(data.values(Part::Bias));
        let zero_point = data.values(Part::OutputZeroPoint)[0];
        let channels = self.channels.iter().zip(parameters);
        channels
            .map(|(sums, (&multiplier, &bias))| {
                let bias = if self.supplied { bias } else { zero };
                requantize_channel(layout, gate, zero_point, [bias, multiplier], sums)
            })
            .collect()
    }

    fn requantize_own(
        &self,
        layout: &mut Layout,
        data: &Committed,
        gate: Requantize,
    ) -> Vec<Vec<LaneTarget>> {
        let parameters = data
            .values(Part::Multipliers)
            .iter()
            .zip(data.values(Part::Bias));
        let zero_point = data.values(Part::OutputZeroPoint)[0];
        let mut operands = Vec::new();
        for (sums, (&multiplier, &bias)) in self.channels.iter().zip(parameters) {
            layout.make_room(0);
            for &sum in sums {
                let accumulator = if self.supplied {
                    layout.builder.add(sum, bias)
                } else {
                    sum
                };
                operands.push(vec![accumulator, multiplier]);
            }
        }
        let lanes = layout.requantize(gate, zero_point, &[], &operands);
        let positions = self.channels.first().map_or(1, Vec::len);
        lanes.chunks(positions).map(<[_]>::to_vec).collect()
    }
}

/// Returns the gate for at least `bits` bits that is the widest with as many lanes as the narrowest has.
pub fn widest(
    bits: u32,
    relu: bool,
    lanes: Lanes,
    shift: u32,
    dividend: impl Fn(u32) -> Dividend,
) -> Requantize {
    let fitting = WIDTHS.into_iter().filter(|&width| width >= bits);
    let mut fitting = fitting.collect::<Vec<_>>();
    if fitting.is_empty() {
        fitting.extend(WIDE_WIDTHS.into_iter().filter(|&width| width >= bits));
    }
    let gates = fitting.into_iter();
    let gates = gates.map(|width| Requantize::of(dividend(width), relu, lanes, shift));
    let gates = gates.collect::<Vec<_>>();
    let narrowest = gates.first().expect("accumulators have at most 38 bits");
    let as_good = |gate: &&Requantize| gate.lanes() == narrowest.lanes();
    *gates.iter().rev().find(as_good).unwrap_or(narrowest)
}

/// Requantizes sums that share bias and multiplier.
pub fn requantize_channel(
    layout: &mut Layout,
    gate: Requantize,
    zero_point: Target,
    bias_and_multiplier: [Target; 2],
    sums: &[Target],
) -> Vec<LaneTarget> {
    let operands = sums.iter().map(|&sum| vec![sum]).collect::<Vec<_>>();
    layout.requantize(gate, zero_point, &bias_and_multiplier, &operands)
}

/// Returns the largest absolute value of a sum without its bias.
fn sum_bound(node: &Node) -> u128 {
    let products = node.spec.op.products().expect("a product has products");
    product_bound(products, node.lanes.inputs)
}

/// Returns the accumulators of `bias + Σ_k w[j][k]·x[k]`, two outputs at a time, opening each weight once.
pub fn dot_products(
    layout: &mut Layout,
    inputs: &[Target],
    weights: &[Vec<Target>],
    bias: &[Target],
) -> Vec<Target> {
    layout.count(Purpose::Weights, |layout| {
        let pairs = weights
            .chunks(WeightRow::OUTPUTS)
            .zip(bias.chunks(WeightRow::OUTPUTS));
        pairs
            .flat_map(|(weights, bias)| dot_product_pair(layout, inputs, weights, bias))
            .collect()
    })
}

fn dot_product_pair(
    layout: &mut Layout,
    inputs: &[Target],
    weights: &[Vec<Target>],
    bias: &[Target],
) -> Vec<Target> {
    let zero = layout.builder.zero();
    let mut sums = (0..WeightRow::OUTPUTS)
        .map(|output| bias.get(output).copied().unwrap_or(zero))
        .collect::<Vec<_>>();
    for (chunk, inputs) in inputs.chunks(WeightRow::INPUTS).enumerate() {
        let row = layout.place(WeightRow, &[]);
        for i in 0..WeightRow::INPUTS {
            // An absent input is zero, so whatever lanes meet it add nothing.
            let input = inputs.get(i).copied().unwrap_or(zero);
            layout
                .builder
                .connect(row.wire(WeightRow::activation(i)), input);
        }
        for (output, sum) in sums.iter_mut().enumerate() {
            for e in 0..WeightRow::ELEMENTS {
                let elements = weights.get(output);
                let element = elements.and_then(|row| row.get(chunk * WeightRow::ELEMENTS + e));
                let wire = row.wire(WeightRow::element(output, e));
                layout
                    .builder
                    .connect(wire, element.copied().unwrap_or(zero));
            }
            layout
                .builder
                .connect(row.wire(WeightRow::before(output)), *sum);
            *sum = row.wire(WeightRow::after(output));
        }
    }
    sums.truncate(weights.len());
    sums
}

/// The counts that decide between direct and supplied sums.
pub struct Counts {
    /// Outputs in each group.
    pub outputs: usize,
    /// Products that a sum has.
    pub products: usize,
    /// Groups of outputs.
    pub groups: usize,
    /// Positions of each output.
    pub positions: usize,
    /// Rows that the other factor's sums at the challenge take.
    pub inputs: usize,
}

/// Sums that a row of Horner's rule takes, roughly.
const HORNER: usize = 60;
/// Elements that a permutation absorbs.
const RATE: usize = 8;

impl Counts {
    /// Returns roughly how many rows Horner's rule takes for so many values.
    pub fn horner(values: usize) -> usize {
        values.div_ceil(HORNER)
    }

    /// Returns whether it takes fewer rows to check supplied sums than to compute them.
    pub fn supply_is_cheaper(&self) -> bool {
        let lanes = Lane::Int8.per_element();
        let direct = self.positions
            * self.groups
            * self.outputs.div_ceil(WeightRow::OUTPUTS)
            * self.products.div_ceil(WeightRow::INPUTS);
        let weights = self.groups
            * self.outputs.div_ceil(WeightColumn::OUTPUTS)
            * self.products.div_ceil(lanes);
        let sums = self.positions * self.groups * self.outputs;
        direct > weights + sums.div_ceil(RATE) + Self::horner(sums) + self.inputs
    }
}
