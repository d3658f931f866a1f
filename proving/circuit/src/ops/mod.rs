//! The operators in a circuit, one file each.

pub mod add;
pub mod arg_max;
pub mod arg_min;
pub mod compare;
pub mod conv;
pub mod dense;
pub mod embedding;
pub mod layer_norm;
pub mod matmul;
pub mod max;
pub mod max_pool;
pub mod min;
pub mod movement;
pub mod mul;
pub mod parameter;
pub mod product;
pub mod softmax;
pub mod sum;
pub mod table;
pub mod tree_ensemble;
pub mod r#where;

use assay_model::quant::ops::Softmax;
use assay_model::{Architecture, Lanes, NodeSpec, OpSpec, Part, TensorSpec};
use plonky2::iop::target::Target;

use crate::challenge::Transcript;
use crate::committed::Committed;
use crate::cost::Purpose;
use crate::field::assert_no_wrap;
use crate::gates::Requantize;
use crate::layout::{LaneTarget, Layout};
use crate::lookup::Lookup;
use crate::product::Product;
use product::Sums;

/// A value of an architecture in a circuit.
#[derive(Clone)]
pub enum Value {
    /// Lanes of the value's type, int8 or int16, row-major.
    Lanes(Vec<LaneTarget>),
    /// A class.
    Class(Target),
    /// What the one reader of a product requantizes.
    Sums(Sums),
}

impl Value {
    /// Returns the lanes.
    ///
    /// # Panics
    /// If the value is something else: a checked architecture's operators read lanes.
    pub fn lanes(&self) -> &[LaneTarget] {
        match self {
            Self::Lanes(lanes) => lanes,
            _ => unreachable!("an operator reads lanes"),
        }
    }
}

/// A node to lay out.
pub struct Node<'a> {
    /// Its index.
    pub index: usize,
    /// What it is.
    pub spec: &'a NodeSpec,
    /// The types of its inputs.
    pub tensors: Vec<&'a TensorSpec>,
    /// The lanes that it reads and gives.
    pub lanes: Lanes,
    /// Its inputs.
    pub inputs: Vec<&'a Value>,
    /// The committed data of all nodes.
    pub data: &'a [Committed],
    /// Whether its result is read by one pooling and nothing else.
    pub is_pooled: bool,
    /// The softmax that alone reads its result, if there is one: lanes that do not count there need no value.
    pub softmax: Option<&'a Softmax>,
}

impl Node<'_> {
    /// Returns the node's own committed data.
    pub fn committed(&self) -> &Committed {
        &self.data[self.index]
    }

    /// Returns the largest absolute value of the node's accumulators.
    ///
    /// # Panics
    /// If it has none, or one could wrap around the field: a checked architecture's cannot.
    pub fn accumulator_bound(&self) -> u128 {
        let bound = self.spec.op.accumulator_bound(self.lanes);
        let bound = bound.expect("the operator has accumulators");
        assert_no_wrap("an accumulator", bound, bound);
        bound
    }

    /// Returns by which power of two the node's accumulators, times their multipliers, are divided.
    pub fn shift(&self) -> u32 {
        self.spec.op.shift(self.lanes)
    }

    /// Returns the targets of the first input's lanes.
    pub fn input(&self) -> Vec<Target> {
        self.inputs[0]
            .lanes()
            .iter()
            .map(|lane| lane.target())
            .collect()
    }
}

/// What laying out nodes leaves to do.
#[derive(Default)]
pub struct Checks {
    /// What the challenges will be a hash of.
    pub transcript: Transcript,
    /// The products that need them.
    pub products: Vec<Product>,
    /// The lookups that need them.
    pub lookups: Vec<Lookup>,
    /// What the prover supplies for the rows of softmaxes.
    pub softmaxes: Vec<softmax::RowHints>,
}

impl Checks {
    /// Adds targets for `[channels][positions]` of sums that the prover supplies.
    pub fn supply(
        &mut self,
        layout: &mut Layout,
        channels: usize,
        positions: usize,
    ) -> Vec<Vec<Target>> {
        let mut channel = || layout.builder.add_virtual_targets(positions);
        let sums = (0..channels).map(|_| channel()).collect::<Vec<_>>();
        for channel in &sums {
            self.transcript.supply(channel);
        }
        sums
    }
}

/// Lays out all nodes of an architecture and returns the values; the first of them only, where the layout becomes full.
pub fn run_all(
    layout: &mut Layout,
    checks: &mut Checks,
    architecture: &Architecture,
    data: &[Committed],
    input: Value,
) -> Vec<Value> {
    let mut values = vec![input];
    for (index, spec) in architecture.nodes.iter().enumerate() {
        if layout.check_room().is_err() {
            return values;
        }
        layout.set_node(Some(index));
        let node = Node {
            index,
            spec,
            tensors: architecture.inputs_of(spec),
            lanes: architecture.lanes_of(spec),
            inputs: spec.inputs.iter().map(|&id| &values[id]).collect(),
            data,
            is_pooled: is_pooled(architecture, index + 1),
            softmax: only_softmax(architecture, index + 1),
        };
        let value = run(layout, checks, &node);
        values.push(value);
        layout.make_room(0);
    }
    layout.set_node(None);
    values
}

/// Returns whether a value is read by one pooling and nothing else.
fn is_pooled(architecture: &Architecture, id: usize) -> bool {
    let readers = architecture.readers(id).collect::<Vec<_>>();
    let pools = |&node: &usize| matches!(architecture.nodes[node].op, OpSpec::MaxPool(_));
    id != architecture.output && readers.len() == 1 && readers.iter().all(pools)
}

/// Returns the softmax that reads a value, if nothing else does.
fn only_softmax(architecture: &Architecture, id: usize) -> Option<&Softmax> {
    let mut readers = architecture.readers(id);
    let (reader, others) = (readers.next()?, readers.next());
    match &architecture.nodes[reader].op {
        OpSpec::Softmax(op) if others.is_none() && id != architecture.output => Some(op),
        _ => None,
    }
}

fn run(layout: &mut Layout, checks: &mut Checks, node: &Node) -> Value {
    match &node.spec.op {
        OpSpec::Dense(op) => dense::run(layout, checks, node, op),
        OpSpec::Conv(op) => conv::run(layout, checks, node, op),
        OpSpec::MaxPool(op) => max_pool::run(layout, checks, node, op),
        OpSpec::ArgMax(_) => {
            let bits = node.lanes.inputs.bits();
            Value::Class(arg_max::run(layout, bits, &node.input()))
        }
        OpSpec::ArgMin(_) => {
            let bits = node.lanes.inputs.bits();
            Value::Class(arg_min::run(layout, bits, &node.input()))
        }
        OpSpec::Reshape(_)
        | OpSpec::Transpose(_)
        | OpSpec::Slice(_)
        | OpSpec::Concat(_)
        | OpSpec::Pad(_)
        | OpSpec::Expand(_)
        | OpSpec::Resize(_)
        | OpSpec::Mask(_) => movement::run(node),
        OpSpec::Add(op) => add::run(layout, node, op),
        OpSpec::Sum(op) => sum::run(layout, node, op),
        OpSpec::Table(_) => table::run(layout, checks, node),
        OpSpec::Mul(_) => mul::run(layout, node),
        OpSpec::Max(_) => max::run(layout, node),
        OpSpec::Min(_) => min::run(layout, node),
        OpSpec::Compare(op) => compare::run(layout, node, op),
        OpSpec::Where(_) => r#where::run(layout, node),
        OpSpec::Parameter(_) => parameter::run(node),
        OpSpec::Matmul(op) => matmul::run(layout, checks, node, op),
        OpSpec::Embedding(op) => embedding::run(layout, checks, node, op),
        OpSpec::TreeEnsemble(op) => tree_ensemble::run(layout, checks, node, op),
        OpSpec::Softmax(op) => softmax::run(layout, checks, node, op),
        OpSpec::LayerNorm(op) => layer_norm::run(layout, node, op),
    }
}

/// Returns the requantized lanes of a function of two inputs, element by element.
fn lanes_of_two(
    layout: &mut Layout,
    node: &Node,
    gate: Requantize,
    parameters: &[Target],
) -> Vec<LaneTarget> {
    let zero_point = node.committed().values(Part::OutputZeroPoint)[0];
    let pairs = node.inputs[0].lanes().iter().zip(node.inputs[1].lanes());
    let operands = pairs.map(|(a, b)| vec![a.target(), b.target()]);
    let operands = operands.collect::<Vec<_>>();
    layout.count(Purpose::Activations, |layout| {
        layout.requantize(gate, zero_point, parameters, &operands)
    })
}
