//! The cost manifest of a model: what its proof is made of, and what it takes.

use std::collections::BTreeMap;

use assay_circuit::{CircuitCost, Purpose};
use assay_model::{Architecture, NodeSpec, OpSpec};
use serde::Serialize;

use crate::{Calibration, CostEstimate, ModelProver};

/// What a model's proof costs, for people and prices.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CostManifest {
    /// Trained parameters.
    pub parameters: usize,
    /// Multiply-adds with weights of one inference.
    pub multiply_adds: usize,
    /// Elements of the results of all operators that compute, before pooling.
    pub activations: usize,
    /// The circuit has 2^`log_rows` rows.
    pub log_rows: usize,
    /// How many of them are not padding.
    pub rows_used: usize,
    /// Those by purpose.
    pub rows_by_purpose: BTreeMap<Purpose, usize>,
    /// Those by node, the whole circuit's last.
    pub rows_by_node: Vec<NodeRows>,
    /// Rows that committing to a weight and multiplying by it take, on average.
    pub rows_per_weight: Option<f64>,
    /// Rows that an activation takes, on average: its share of the product's check, requantizing, pooling, tables.
    pub rows_per_activation: Option<f64>,
    /// Recursion steps between the model's proof and the canonical layer.
    pub shrink_steps: usize,
    /// Time and memory of each stage.
    pub estimate: CostEstimate,
}

/// The rows of one node, or of the whole circuit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NodeRows {
    /// Index of the node; none for what belongs to the whole circuit.
    pub node: Option<usize>,
    /// The node's operator.
    pub op: Option<&'static str>,
    /// Dimensions of its result.
    pub shape: Option<Vec<usize>>,
    /// Rows by purpose.
    pub rows: BTreeMap<Purpose, usize>,
}

impl CostManifest {
    /// Returns the manifest of a model on a machine.
    #[must_use]
    pub fn new(prover: &ModelProver, calibration: &Calibration) -> Self {
        let (architecture, cost) = (prover.architecture(), prover.circuit_cost());
        let (parameters, activations) = (architecture.parameters(), activations(architecture));
        let of = |purposes: &[Purpose]| purposes.iter().map(|&purpose| cost.of(purpose)).sum();
        let weights = of(&[Purpose::Pack, Purpose::Hashing, Purpose::Weights]);
        let computing = of(&[Purpose::Products, Purpose::Activations, Purpose::Tables]);
        Self {
            parameters,
            multiply_adds: architecture.multiply_adds(),
            activations,
            log_rows: cost.log_rows,
            rows_used: cost.used(),
            rows_by_purpose: by_purpose(cost, |_| true),
            rows_by_node: by_node(architecture, cost),
            rows_per_weight: ratio(weights, parameters),
            rows_per_activation: ratio(computing, activations),
            shrink_steps: prover.shrink_steps(),
            estimate: prover.estimate(calibration),
        }
    }
}

/// Returns the elements that operators compute: not those that they move, commit to or choose.
fn activations(architecture: &Architecture) -> usize {
    let computes = |node: &&NodeSpec| {
        let moves = node.op.sources(&architecture.inputs_of(node)).is_some();
        let chooses = matches!(
            node.op,
            OpSpec::MaxPool(_) | OpSpec::ArgMax(_) | OpSpec::ArgMin(_)
        );
        !moves && !chooses && !matches!(node.op, OpSpec::Parameter(_))
    };
    let nodes = architecture.nodes.iter().filter(computes);
    nodes.map(|node| node.tensor.elements()).sum()
}

fn by_node(architecture: &Architecture, cost: &CircuitCost) -> Vec<NodeRows> {
    let nodes = architecture.nodes.iter().enumerate();
    let nodes = nodes.map(|(index, spec)| NodeRows {
        node: Some(index),
        op: Some(spec.op.name()),
        shape: Some(spec.tensor.shape.clone()),
        rows: by_purpose(cost, |node| node == Some(index)),
    });
    let whole = NodeRows {
        node: None,
        op: None,
        shape: None,
        rows: by_purpose(cost, |node| node.is_none()),
    };
    nodes.chain([whole]).collect()
}

fn by_purpose(
    cost: &CircuitCost,
    counts: impl Fn(Option<usize>) -> bool,
) -> BTreeMap<Purpose, usize> {
    let mut rows = BTreeMap::new();
    for count in cost.rows.iter().filter(|count| counts(count.node)) {
        *rows.entry(count.purpose).or_default() += count.rows;
    }
    rows
}

/// Returns a ratio to three digits after the point; none to nothing.
fn ratio(rows: usize, of: usize) -> Option<f64> {
    (of > 0).then(|| (rows as f64 / of as f64 * 1_000.0).round() / 1_000.0)
}
