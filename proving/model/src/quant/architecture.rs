//! The public half of a quantized model: everything that its circuit depends on.

use assay_statement::Lane;
use serde::{Deserialize, Serialize};

use super::limits::{
    ACCUMULATOR_LIMIT, FORMAT, MAX_ARCHITECTURE_BYTES, MAX_NODE_INPUTS, MAX_NODES,
    accumulator_limit,
};
use super::ops::OpSpec;
use super::sections::{Part, SectionSpec};
use super::tensor::{Lanes, TensorSpec};
use super::work::Work;
use crate::ModelError;

/// Names a value: 0 is the model's input, `i + 1` the result of node `i`.
pub type ValueId = usize;

/// The shape of a quantized model: enough to build its circuit, nothing about its trained values.
///
/// A graph of integer operators without cycles: a node reads values that come before its own. All numbers have
/// the widths that [`super::limits`] fixes for `format`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Architecture {
    /// Version of the integer semantics, [`FORMAT`].
    pub format: u32,
    /// What the model takes: int8 or int16 lanes.
    pub input: TensorSpec,
    /// The operators in an order in which they can run.
    pub nodes: Vec<NodeSpec>,
    /// The value that is the model's result.
    pub output: ValueId,
}

/// One operator of an architecture.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeSpec {
    /// What it computes.
    pub op: OpSpec,
    /// The values it reads, each smaller than its own.
    pub inputs: Vec<ValueId>,
    /// The type of its result: what [`OpSpec::infer`] gives, or the same of int16 lanes if the operator chooses them.
    pub tensor: TensorSpec,
}

/// What a model's output lanes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputSpec {
    /// One int32 lane, the class, below `classes`.
    Class {
        /// How many classes there are.
        classes: usize,
    },
    /// int8 lanes.
    Lanes {
        /// How many.
        lanes: usize,
    },
}

impl OutputSpec {
    /// Returns the lane type and the count of lanes of the output commitment.
    #[must_use]
    pub const fn lanes(&self) -> (Lane, usize) {
        match *self {
            Self::Class { .. } => (Lane::Int32, 1),
            Self::Lanes { lanes } => (Lane::Int8, lanes),
        }
    }
}

impl Architecture {
    /// Starts an architecture with this input and no nodes.
    #[must_use]
    pub fn new(input: TensorSpec) -> Self {
        Self {
            format: FORMAT,
            input,
            nodes: Vec::new(),
            output: 0,
        }
    }

    /// Appends a node, makes its result the output and returns it; refuses an operator that does not fit. A result
    /// whose lanes the operator chooses is int8.
    pub fn push(&mut self, op: OpSpec, inputs: &[ValueId]) -> Result<ValueId, ModelError> {
        self.push_as(op, inputs, Lane::Int8)
    }

    /// Appends a node as [`Architecture::push`] does. A result whose lanes the operator chooses has these.
    pub fn push_as(
        &mut self,
        op: OpSpec,
        inputs: &[ValueId],
        lane: Lane,
    ) -> Result<ValueId, ModelError> {
        let mut tensor = self.infer(self.nodes.len(), &op, inputs)?;
        if op.chooses_lane() {
            tensor.lane = lane;
        }
        self.nodes.push(NodeSpec {
            op,
            inputs: inputs.to_vec(),
            tensor,
        });
        self.output = self.nodes.len();
        Ok(self.output)
    }

    /// Returns the type of a value.
    ///
    /// # Panics
    /// If there is no such value.
    #[must_use]
    pub fn value(&self, id: ValueId) -> &TensorSpec {
        match id.checked_sub(1) {
            None => &self.input,
            Some(node) => &self.nodes[node].tensor,
        }
    }

    /// Returns the types of a node's inputs.
    #[must_use]
    pub fn inputs_of(&self, node: &NodeSpec) -> Vec<&TensorSpec> {
        node.inputs.iter().map(|&id| self.value(id)).collect()
    }

    /// Returns the lanes that a node reads and gives.
    #[must_use]
    pub fn lanes_of(&self, node: &NodeSpec) -> Lanes {
        Lanes::of(&self.inputs_of(node), node.tensor.lane)
    }

    /// Returns the sections of the committed data of a node.
    ///
    /// # Panics
    /// If there is no such node.
    #[must_use]
    pub fn sections_of(&self, node: usize) -> Vec<SectionSpec> {
        let spec = &self.nodes[node];
        spec.op.sections(node, self.lanes_of(spec))
    }

    /// Returns the largest absolute value of a node's accumulators for any data; `None` without accumulators.
    #[must_use]
    pub fn accumulator_bound(&self, node: &NodeSpec) -> Option<u128> {
        node.op.accumulator_bound(self.lanes_of(node))
    }

    /// Returns how many bits hold the absolute value of every accumulator of a node.
    #[must_use]
    pub fn accumulator_bits(&self, node: &NodeSpec) -> Option<u32> {
        Some(u128::BITS - self.accumulator_bound(node)?.leading_zeros())
    }

    /// Returns the indices of the nodes that read a value.
    pub fn readers(&self, id: ValueId) -> impl Iterator<Item = usize> + '_ {
        let reads = move |node: &&NodeSpec| node.inputs.contains(&id);
        (self.nodes.iter().enumerate())
            .filter(move |(_, node)| reads(node))
            .map(|(index, _)| index)
    }

    /// Returns how many lanes the model takes.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.input.elements()
    }

    /// Returns how many symbols an input lane may be, from 0; `None` if it may be any lane.
    #[must_use]
    pub fn symbols(&self) -> Option<usize> {
        let symbols = |node: &NodeSpec| match node.op {
            OpSpec::Embedding(embedding) => Some(embedding.symbols),
            _ => None,
        };
        self.nodes.iter().filter_map(symbols).min()
    }

    /// Checks the shape against the limits and against itself.
    pub fn validate(&self) -> Result<(), ModelError> {
        if self.format != FORMAT {
            return Err(ModelError::UnknownFormat {
                expected: FORMAT,
                got: self.format,
            });
        }
        if self.nodes.is_empty() {
            return Err(ModelError::Empty { what: "nodes" });
        }
        check_limit("nodes", MAX_NODES, self.nodes.len())?;
        let bad_input = |reason| ModelError::BadInput { reason };
        self.input.check().map_err(bad_input)?;
        if self.input.lane == Lane::Int32 {
            return Err(bad_input("its lanes are neither int8 nor int16".into()));
        }
        self.check_symbols()?;
        let mut work = Work::of_input(self);
        for (index, node) in self.nodes.iter().enumerate() {
            let mut expected = self.infer(index, &node.op, &node.inputs)?;
            if node.op.chooses_lane() && node.tensor.lane == Lane::Int16 {
                expected.lane = Lane::Int16;
            }
            if expected != node.tensor {
                let reason = format!("its result is {:?}, expected {expected:?}", node.tensor);
                return Err(ModelError::bad_node(index, node.op.name(), reason));
            }
            self.check_accumulator(index, node)?;
            work.add(self, node, index)?;
        }
        // Nodes read what comes before them, so that a walk back to where a condition comes from ends.
        self.check_conditions()?;
        let bytes = self.canonical_bytes().len();
        check_limit("bytes of the architecture", MAX_ARCHITECTURE_BYTES, bytes)?;
        self.check_output()
    }

    /// Returns the type of a node's result from what comes before it.
    fn infer(
        &self,
        index: usize,
        op: &OpSpec,
        inputs: &[ValueId],
    ) -> Result<TensorSpec, ModelError> {
        check_limit("inputs of a node", MAX_NODE_INPUTS, inputs.len())?;
        let bad = |reason| ModelError::bad_node(index, op.name(), reason);
        if let Some(&got) = inputs.iter().find(|&&id| id > index) {
            return Err(bad(format!("reads value {got}, expected at most {index}")));
        }
        let types: Vec<&TensorSpec> = inputs.iter().map(|&id| self.value(id)).collect();
        let tensor = op.infer(&types).map_err(bad)?;
        tensor.check().map_err(bad)?;
        Ok(tensor)
    }

    fn check_accumulator(&self, index: usize, node: &NodeSpec) -> Result<(), ModelError> {
        let limit = match node.op {
            // It sums leaves, of widths of their own.
            OpSpec::TreeEnsemble(_) => ACCUMULATOR_LIMIT,
            _ => accumulator_limit(self.lanes_of(node).inputs),
        };
        match self.accumulator_bound(node) {
            Some(bound) if bound >= u128::from(limit.unsigned_abs()) => {
                Err(ModelError::AccumulatorTooWide {
                    node: index,
                    limit,
                    bound,
                })
            }
            _ => Ok(()),
        }
    }

    /// Checks that symbols are looked up nowhere but in the input.
    fn check_symbols(&self) -> Result<(), ModelError> {
        let inner = |node: &NodeSpec| {
            matches!(node.op, OpSpec::Embedding(_)) && node.inputs.first() != Some(&0)
        };
        match self.nodes.iter().position(inner) {
            None => Ok(()),
            Some(node) => Err(ModelError::BadNode {
                node,
                op: self.nodes[node].op.name(),
                reason: "reads a value that is not the input, which alone holds symbols".into(),
            }),
        }
    }

    /// Checks that conditions are 0 or 1: what a comparison gives, at most moved.
    fn check_conditions(&self) -> Result<(), ModelError> {
        for (index, node) in self.nodes.iter().enumerate() {
            if !matches!(node.op, OpSpec::Where(_)) {
                continue;
            }
            let producer = |id: ValueId| Some(&self.nodes[id.checked_sub(1)?]);
            let mut condition = node.inputs.first().and_then(|&id| producer(id));
            while let Some(NodeSpec {
                op:
                    OpSpec::Reshape(_)
                    | OpSpec::Transpose(_)
                    | OpSpec::Slice(_)
                    | OpSpec::Expand(_)
                    | OpSpec::Resize(_),
                inputs,
                ..
            }) = condition
            {
                condition = inputs.first().and_then(|&id| producer(id));
            }
            if !matches!(condition, Some(node) if matches!(node.op, OpSpec::Compare(_))) {
                return Err(ModelError::BadNode {
                    node: index,
                    op: node.op.name(),
                    reason: "its condition is not the result of a comparison".into(),
                });
            }
        }
        Ok(())
    }

    /// Checks that every result is read, by operators that take its lanes, or is the output, and that the output is
    /// int8 or one class.
    fn check_output(&self) -> Result<(), ModelError> {
        let nodes = self.nodes.len();
        if self.output == 0 || self.output > nodes {
            return Err(ModelError::BadOutput {
                reason: format!("is value {}, expected 1 to {nodes}", self.output),
            });
        }
        let mut read = vec![false; nodes + 1];
        for (index, node) in self.nodes.iter().enumerate() {
            for &id in &node.inputs {
                read[id] = true;
                match (id.checked_sub(1), self.value(id).lane) {
                    (_, lane) if node.op.takes(lane) => {}
                    (Some(node), Lane::Int32) => return Err(ModelError::ArgMaxNotLast { node }),
                    _ => {
                        return Err(ModelError::BadNode {
                            node: index,
                            op: node.op.name(),
                            reason: format!("takes int8 lanes, but value {id} has int16 ones"),
                        });
                    }
                }
            }
        }
        if self.value(self.output).lane == Lane::Int16 {
            return Err(ModelError::BadOutput {
                reason: "has int16 lanes, expected int8 or a class".into(),
            });
        }
        let unread = (1..=nodes).find(|&id| !read[id] && id != self.output);
        match unread {
            Some(id) => Err(ModelError::Unread { node: id - 1 }),
            None => Ok(()),
        }
    }

    /// Returns what the output is.
    ///
    /// # Panics
    /// If the output is not a value of the architecture; [`Architecture::validate`] refuses that.
    #[must_use]
    pub fn output(&self) -> OutputSpec {
        let node = &self.nodes[self.output - 1];
        match node.op {
            OpSpec::ArgMax(_) | OpSpec::ArgMin(_) => OutputSpec::Class {
                classes: self.value(node.inputs[0]).elements(),
            },
            OpSpec::TreeEnsemble(ensemble) if ensemble.classes().is_some() => OutputSpec::Class {
                classes: ensemble.classes().unwrap_or(0),
            },
            _ => OutputSpec::Lanes {
                lanes: node.tensor.elements(),
            },
        }
    }

    /// Returns the dimensions of the output: none for a class.
    #[must_use]
    pub fn output_shape(&self) -> &[usize] {
        match self.output() {
            OutputSpec::Class { .. } => &[],
            OutputSpec::Lanes { .. } => &self.value(self.output).shape,
        }
    }

    /// Returns the order of the committed data: node by node, each with its operator's list of parts. It depends
    /// on nothing but the shape.
    #[must_use]
    pub fn sections(&self) -> Vec<SectionSpec> {
        (0..self.nodes.len())
            .flat_map(|node| self.sections_of(node))
            .collect()
    }

    /// Returns the number of trained parameters: weights, biases, gains, the values of parameters, thresholds and leaves.
    #[must_use]
    pub fn parameters(&self) -> usize {
        self.sections()
            .iter()
            .filter(|section| {
                use Part::{Bias, ColumnScales, Leaves, Thresholds, Values, Weights};
                let part = section.part;
                matches!(
                    part,
                    Weights | Bias | ColumnScales | Values | Thresholds | Leaves
                )
            })
            .map(|section| section.len)
            .sum()
    }

    /// Returns the multiply-adds of one inference.
    #[must_use]
    pub fn multiply_adds(&self) -> usize {
        self.nodes
            .iter()
            .map(|node| node.op.products().unwrap_or(0) * node.tensor.elements())
            .sum()
    }

    /// Returns the one JSON form of the architecture: equal bytes exactly for equal architectures.
    #[must_use]
    pub fn canonical_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("numbers and names have a JSON form")
    }
}

pub(super) fn check_limit(what: &'static str, limit: usize, got: usize) -> Result<(), ModelError> {
    if got > limit {
        Err(ModelError::OverLimit { what, limit, got })
    } else {
        Ok(())
    }
}
