//! Decision trees that vote.
//!
//! Trees are complete, of one depth D: inner node n has the children 2n + 1 and 2n + 2, the 2^D leaves follow in
//! order. A node compares one feature with a threshold: `b = 1` (to the second child) exactly when `x > t`. A leaf
//! that lies higher in the trained tree is a subtree whose leaves are all alike.
//!
//! # Circuit
//! For each inner node of each tree, whether the input gets there or not:
//!
//! ```text
//! input table:  key feature  ->  x                             one lookup, which refuses features that are no lane
//! distance = b * (x - threshold - 1) + (1 - b) * (threshold - x),   b^2 = b,   0 <= distance < 2^16
//! chosen   = first + b * (second - first)                      for each number of a leaf, the leaves' level first
//! ```
//!
//! Every hint has one solution: x is what the input table holds, and of the two `b` only the true one leaves
//! `distance` at or above zero: the other makes it `-1 - distance`, which is no 16-bit number modulo p. A table of the
//! nodes, looked up along the way alone, has as many entries as there are nodes and would cost no less. Nodes that
//! stand for a trained leaf follow the same equations, so that no level is special. Scores are sums of leaves plus the
//! base, below 2^31 by the widths; they are requantized as any accumulator, or decide the class: by `b = 1` exactly
//! when the score is above zero, or as [`super::ArgMax`] does.

use assay_statement::Lane;
use serde::{Deserialize, Serialize};

use super::arg_max::first_largest;
use super::product::{requantize_all, rescale};
use super::{NodeTrace, Operand, Operator, single};
use crate::quant::limits::{MAX_OUTPUTS, MAX_WEIGHTS};
use crate::quant::model::NodeData;
use crate::quant::sections::{Part, SectionSpec};
use crate::quant::tensor::{Lanes, TensorSpec};

/// Trees of one ensemble: several times what boosting libraries train by default.
pub const MAX_TREES: usize = 1 << 12;

/// Levels of a tree: complete trees of more have more leaves than training data.
pub const MAX_TREE_DEPTH: usize = 12;

/// The sums of leaves stay within 2^30.
const SUM_BITS: u32 = 30;

/// The base stays within 2^29.
const BASE_BITS: u32 = 29;

/// `[1, features]` of int16 to scores or a class: each tree gives the leaf that its comparisons lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TreeEnsemble {
    /// How many trees.
    pub trees: usize,
    /// Comparisons on the way to a leaf.
    pub depth: usize,
    /// Lanes taken.
    pub features: usize,
    /// Sums of leaves.
    pub scores: usize,
    /// Numbers of a leaf: one for each score, or a single one, which tree t adds to score `t % scores`.
    pub leaf_scores: usize,
    /// What becomes of the scores.
    pub result: TreeResult,
}

/// What becomes of an ensemble's scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TreeResult {
    /// They are requantized to int8 lanes.
    Lanes,
    /// The index of the largest score, the lowest one of equals.
    ArgMax,
    /// Class 1 exactly when the one score is above zero, else class 0.
    Sign,
}

/// One comparison on the way to a leaf, with everything a circuit needs to check it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeStep {
    /// The inner node.
    pub node: usize,
    /// Which input lane it compares.
    pub feature: usize,
    /// With what.
    pub threshold: i32,
    /// The lane.
    pub value: i32,
    /// Whether the lane is above the threshold.
    pub above: bool,
    /// `value - threshold - 1` if it is, else `threshold - value`: 16 bits.
    pub distance: i32,
}

/// The way through one tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreePath {
    /// The comparisons, the root's first.
    pub steps: Vec<TreeStep>,
    /// The leaf, counted from the first one of the tree.
    pub leaf: usize,
}

impl TreeEnsemble {
    /// Returns the inner nodes of a tree.
    #[must_use]
    pub const fn inner_nodes(&self) -> usize {
        self.leaves() - 1
    }

    /// Returns the leaves of a tree.
    #[must_use]
    pub const fn leaves(&self) -> usize {
        1 << self.depth
    }

    /// Returns how many classes there are to decide between; `None` where the result is no class.
    #[must_use]
    pub const fn classes(&self) -> Option<usize> {
        match self.result {
            TreeResult::Lanes => None,
            TreeResult::ArgMax => Some(self.scores),
            TreeResult::Sign => Some(2),
        }
    }

    /// Returns the bound of a leaf: at least this negated, and below it, so that leaves have a whole number of
    /// base-4 limbs.
    #[must_use]
    pub const fn leaf_limit(&self) -> i32 {
        let voters = self.trees * self.leaf_scores / self.scores;
        let bits = SUM_BITS + 1 - voters.next_power_of_two().trailing_zeros();
        1 << (bits / 2 * 2 - 1)
    }

    /// Returns the bound of a score's base: at least this negated, and below it.
    #[must_use]
    pub const fn base_limit(&self) -> i32 {
        1 << BASE_BITS
    }

    /// Returns the way that these lanes take through a tree.
    #[must_use]
    pub fn path(&self, data: &NodeData, lanes: &[i32], tree: usize) -> TreePath {
        let first = tree * self.inner_nodes();
        let (features, thresholds) = (data.part(Part::Features), data.part(Part::Thresholds));
        let (mut node, mut steps) = (0, Vec::with_capacity(self.depth));
        for _ in 0..self.depth {
            let feature = features[first + node].cast_unsigned() as usize;
            let (threshold, value) = (thresholds[first + node], lanes[feature]);
            let above = value > threshold;
            steps.push(TreeStep {
                node,
                feature,
                threshold,
                value,
                above,
                distance: if above {
                    value - threshold - 1
                } else {
                    threshold - value
                },
            });
            node = 2 * node + 1 + usize::from(above);
        }
        TreePath {
            steps,
            leaf: node - self.inner_nodes(),
        }
    }

    /// Returns the scores: the base plus a leaf of every tree.
    #[must_use]
    pub fn accumulate(&self, data: &NodeData, lanes: &[i32]) -> Vec<i64> {
        let bases = data.part(Part::Bias).iter();
        let mut scores: Vec<i64> = bases.map(|&base| base.into()).collect();
        for tree in 0..self.trees {
            let leaf = tree * self.leaves() + self.path(data, lanes, tree).leaf;
            let values = &data.part(Part::Leaves)[leaf * self.leaf_scores..][..self.leaf_scores];
            for (index, &value) in values.iter().enumerate() {
                let score = if self.leaf_scores == 1 {
                    tree % self.scores
                } else {
                    index
                };
                scores[score] += i64::from(value);
            }
        }
        scores
    }

    fn check(&self) -> Result<(), String> {
        let within = |name: &str, limit: usize, got: usize| match got {
            got if (1..=limit).contains(&got) => Ok(()),
            got => Err(format!("{got} {name}, expected 1 to {limit}")),
        };
        within("trees", MAX_TREES, self.trees)?;
        within("levels", MAX_TREE_DEPTH, self.depth)?;
        within("features", MAX_OUTPUTS, self.features)?;
        within("scores", MAX_OUTPUTS, self.scores)?;
        if self.leaf_scores != 1 && self.leaf_scores != self.scores {
            return Err(format!(
                "{} numbers of a leaf, expected 1 or {}",
                self.leaf_scores, self.scores
            ));
        }
        if self.leaf_scores == 1 && !self.trees.is_multiple_of(self.scores) {
            return Err(format!(
                "{} scores do not divide {} trees",
                self.scores, self.trees
            ));
        }
        match self.result {
            TreeResult::Sign if self.scores != 1 => {
                return Err(format!("the sign of {} scores, expected 1", self.scores));
            }
            TreeResult::ArgMax if self.scores < 2 => {
                return Err("the largest of 1 score, expected 2 at least".into());
            }
            _ => {}
        }
        within("numbers", MAX_WEIGHTS / 4, self.weights())
    }
}

impl Operator for TreeEnsemble {
    fn name(&self) -> &'static str {
        "tree_ensemble"
    }

    fn infer(&self, inputs: &[&TensorSpec]) -> Result<TensorSpec, String> {
        let input = single(inputs)?;
        self.check()?;
        if input.lane != Lane::Int16 || input.shape != [1, self.features] {
            return Err(format!(
                "takes int16 lanes of shape [1, {}], but {input:?} reaches it",
                self.features
            ));
        }
        Ok(match self.result {
            TreeResult::Lanes => TensorSpec::int8(&[1, self.scores]),
            TreeResult::ArgMax | TreeResult::Sign => TensorSpec {
                shape: vec![1],
                lane: Lane::Int32,
            },
        })
    }

    fn sections(&self, node: usize, _: Lanes) -> Vec<SectionSpec> {
        let nodes = self.trees * self.inner_nodes();
        let leaves = self.trees * self.leaves() * self.leaf_scores;
        let last = i32::try_from(self.features - 1).expect("features are limited");
        let (leaf, base) = (self.leaf_limit(), self.base_limit());
        let mut sections = vec![
            SectionSpec {
                lane: Lane::Int16,
                ..SectionSpec::int32(node, Part::Features, nodes, 0, last)
            },
            SectionSpec {
                lane: Lane::Int16,
                ..SectionSpec::int32(
                    node,
                    Part::Thresholds,
                    nodes,
                    i16::MIN.into(),
                    i16::MAX.into(),
                )
            },
            SectionSpec::int32(node, Part::Leaves, leaves, -leaf, leaf - 1),
            SectionSpec::int32(node, Part::Bias, self.scores, -base, base - 1),
        ];
        if self.result == TreeResult::Lanes {
            sections.push(SectionSpec::multipliers(node, 1));
            sections.push(SectionSpec::int8(node, Part::OutputZeroPoint, 1));
        }
        sections
    }

    /// Features, thresholds and leaves.
    fn weights(&self) -> usize {
        let leaves = 1_usize << self.depth.min(MAX_TREE_DEPTH + 1);
        let per_leaf = self.leaf_scores.saturating_add(2);
        self.trees.saturating_mul(leaves).saturating_mul(per_leaf)
    }

    /// The leaves of all trees that vote on a score, and its base.
    fn accumulator_bound(&self, _: Lanes) -> Option<u128> {
        Some((1 << SUM_BITS) + (1 << BASE_BITS))
    }

    fn run(&self, data: &NodeData, inputs: &[Operand<'_>], lanes: Lanes) -> NodeTrace {
        let scores = self.accumulate(data, inputs[0].lanes);
        let class = match self.result {
            TreeResult::Lanes => {
                return requantize_all(data, scores, |_| 0, rescale(self, false, lanes));
            }
            TreeResult::Sign => i32::from(scores[0] > 0),
            TreeResult::ArgMax => {
                i32::try_from(first_largest(&scores)).expect("scores are limited")
            }
        };
        NodeTrace {
            lanes: vec![class],
            accumulators: scores,
        }
    }
}
