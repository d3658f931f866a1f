//! TreeEnsembleClassifier and TreeEnsembleRegressor: decision trees as scikit-learn's and similar converters write
//! them. They are a whole model: the trees read its input, and their scores or class are its output.

use std::collections::{BTreeMap, HashMap};

use super::Op;
use crate::graph::ValueId;
use crate::onnx::{ImportError, NodeImport};
use crate::quant::limits::MAX_OUTPUTS;
use crate::quant::ops::tree_ensemble::{MAX_TREE_DEPTH, MAX_TREES};
use crate::quant::ops::{TreeResult, arg_max::first_largest};

/// Trees that vote, in floats.
#[derive(Debug, Clone, PartialEq)]
pub struct TreeEnsemble {
    /// The trees.
    pub trees: Vec<Tree>,
    /// What each score starts from.
    pub base: Vec<f32>,
    /// What becomes of the scores.
    pub result: TreeResult,
}

/// A decision tree: its nodes, the root first.
#[derive(Debug, Clone, PartialEq)]
pub struct Tree(pub Vec<TreeNode>);

/// A node of a tree.
#[derive(Debug, Clone, PartialEq)]
pub enum TreeNode {
    /// A comparison.
    Branch {
        /// Which feature.
        feature: usize,
        /// With what.
        threshold: f32,
        /// The next node where the feature is at most the threshold.
        at_most: usize,
        /// The next node otherwise, for not-a-number too.
        above: usize,
    },
    /// What the tree says: pairs of a score and what it is raised by.
    Leaf(Vec<(usize, f32)>),
}

impl TreeEnsemble {
    /// Returns the scores of a sample.
    #[must_use]
    pub fn scores(&self, sample: &[f32]) -> Vec<f64> {
        let mut scores: Vec<f64> = self.base.iter().map(|&base| base.into()).collect();
        for tree in &self.trees {
            for &(score, value) in tree.leaf(sample) {
                scores[score] += f64::from(value);
            }
        }
        scores
    }

    /// Returns the class that scores stand for; `None` where the result is the scores.
    #[must_use]
    pub fn class(&self, scores: &[f64]) -> Option<u32> {
        match self.result {
            TreeResult::Lanes => None,
            TreeResult::Sign => Some(u32::from(scores[0] > 0.0)),
            TreeResult::ArgMax => u32::try_from(first_largest(scores)).ok(),
        }
    }

    /// Returns the most comparisons on the way to a leaf.
    #[must_use]
    pub fn depth(&self) -> usize {
        let depths = self.trees.iter().map(|tree| tree.depth(0, 0));
        depths.flatten().max().unwrap_or(0)
    }

    /// Returns how many numbers the trees hold.
    #[must_use]
    pub fn parameters(&self) -> usize {
        let nodes = self.trees.iter().flat_map(|tree| &tree.0);
        nodes
            .map(|node| match node {
                TreeNode::Branch { .. } => 1,
                TreeNode::Leaf(values) => values.len(),
            })
            .sum()
    }
}

impl Tree {
    /// Returns what the tree says of a sample.
    fn leaf(&self, sample: &[f32]) -> &[(usize, f32)] {
        let mut node = 0;
        loop {
            match &self.0[node] {
                TreeNode::Leaf(values) => return values,
                TreeNode::Branch {
                    feature,
                    threshold,
                    at_most,
                    above,
                } => {
                    node = if sample[*feature] <= *threshold {
                        *at_most
                    } else {
                        *above
                    };
                }
            }
        }
    }

    /// Returns the most comparisons from the root by way of a node that lies `level` deep; `None` if there are more
    /// than the limit, as on a way that never ends.
    fn depth(&self, node: usize, level: usize) -> Option<usize> {
        match self.0[node] {
            TreeNode::Leaf(_) => Some(level),
            TreeNode::Branch { .. } if level == MAX_TREE_DEPTH => None,
            TreeNode::Branch { at_most, above, .. } => {
                let first = self.depth(at_most, level + 1)?;
                Some(first.max(self.depth(above, level + 1)?))
            }
        }
    }
}

/// What both operators hold.
const NODES: [&str; 9] = [
    "nodes_falsenodeids",
    "nodes_featureids",
    "nodes_hitrates",
    "nodes_missing_value_tracks_true",
    "nodes_modes",
    "nodes_nodeids",
    "nodes_treeids",
    "nodes_truenodeids",
    "nodes_values",
];

pub(super) fn import_classifier(node: &mut NodeImport<'_>) -> Result<Vec<ValueId>, ImportError> {
    let own = [
        "base_values",
        "class_ids",
        "class_nodeids",
        "class_treeids",
        "class_weights",
        "classlabels_int64s",
        "classlabels_strings",
        "post_transform",
    ];
    node.expect_attributes(&[&NODES[..], &own].concat())?;
    let labels = node.int_list("classlabels_int64s")?.unwrap_or_default();
    if labels.len() < 2 || !labels.iter().copied().eq(0..labels.len() as i64) {
        return Err(node.bad("its labels are not 0, 1, 2, ...; train with such labels".into()));
    }
    // Each of these keeps the order of the scores, so the class is that of the scores.
    let transform = node.text("post_transform", "NONE")?;
    if !["NONE", "LOGISTIC", "SOFTMAX"].contains(&transform) {
        return Err(node.bad("post_transform is not NONE, LOGISTIC or SOFTMAX".into()));
    }
    let ids = node.int_list("class_ids")?.unwrap_or_default();
    let one_score = labels.len() == 2 && ids.iter().all(|&id| id == 0);
    let (scores, result) = match one_score {
        true => (1, TreeResult::Sign),
        false => (labels.len(), TreeResult::ArgMax),
    };
    let mut ensemble = read(node, "class", scores, result)?;
    let weights = node.float_list("class_weights")?.unwrap_or_default();
    if one_score && weights.iter().all(|&weight| weight >= 0.0) {
        // Weights that are shares of votes: class 1 has the majority.
        ensemble.base[0] -= 0.5;
    }
    let id = node.emit(Op::TreeEnsemble(ensemble), &[0], vec![1])?;
    Ok(vec![id])
}

pub(super) fn import_regressor(node: &mut NodeImport<'_>) -> Result<Vec<ValueId>, ImportError> {
    let own = [
        "aggregate_function",
        "base_values",
        "n_targets",
        "post_transform",
        "target_ids",
        "target_nodeids",
        "target_treeids",
        "target_weights",
    ];
    node.expect_attributes(&[&NODES[..], &own].concat())?;
    if node.text("post_transform", "NONE")? != "NONE" {
        return Err(node.bad("post_transform is not NONE".into()));
    }
    let average = match node.text("aggregate_function", "SUM")? {
        "SUM" => false,
        "AVERAGE" => true,
        _ => return Err(node.bad("aggregate_function is not SUM or AVERAGE".into())),
    };
    let targets = usize::try_from(node.int("n_targets", 1)?).unwrap_or(0);
    let mut ensemble = read(node, "target", targets, TreeResult::Lanes)?;
    if average {
        let share = 1.0 / ensemble.trees.len() as f32;
        let nodes = ensemble.trees.iter_mut().flat_map(|tree| &mut tree.0);
        for node in nodes {
            if let TreeNode::Leaf(values) = node {
                values.iter_mut().for_each(|(_, value)| *value *= share);
            }
        }
    }
    let id = node.emit(Op::TreeEnsemble(ensemble), &[0], vec![1, targets])?;
    Ok(vec![id])
}

/// Reads the trees, their leaves from the attributes with this prefix.
fn read(
    node: &NodeImport<'_>,
    prefix: &str,
    scores: usize,
    result: TreeResult,
) -> Result<TreeEnsemble, ImportError> {
    node.expect_inputs(1..=1)?;
    let data = node.data(0)?;
    let &[1, features] = data.shape.as_slice() else {
        return Err(node.bad(format!(
            "takes shape {:?}, expected [1, features]",
            data.shape
        )));
    };
    if data.id != 0 {
        return Err(node.bad("does not read the model's input; leave out what is before it".into()));
    }
    if !(1..=MAX_OUTPUTS).contains(&scores) {
        return Err(node.bad(format!("{scores} scores, expected 1 to {MAX_OUTPUTS}")));
    }
    let base = match node.float_list("base_values")? {
        Some(values) if values.len() == scores => values.to_vec(),
        None | Some([]) => vec![0.0; scores],
        Some(values) => {
            return Err(node.bad(format!("{} base_values, expected {scores}", values.len())));
        }
    };
    let mut leaves = read_leaves(node, prefix, scores)?;
    let trees = read_trees(node, features, &mut leaves)?;
    if trees.is_empty() || trees.len() > MAX_TREES {
        return Err(node.bad(format!("{} trees, expected 1 to {MAX_TREES}", trees.len())));
    }
    if trees.iter().any(|tree| tree.depth(0, 0).is_none()) {
        return Err(node.bad(format!(
            "a tree is deeper than {MAX_TREE_DEPTH}, which is the limit; train with a smaller max_depth"
        )));
    }
    Ok(TreeEnsemble {
        trees,
        base,
        result,
    })
}

/// What a leaf adds to which score, by tree and node.
type Leaves = HashMap<(i64, i64), Vec<(usize, f32)>>;

fn read_leaves(node: &NodeImport<'_>, prefix: &str, scores: usize) -> Result<Leaves, ImportError> {
    let list = |name: &str| node.int_list(&format!("{prefix}_{name}"));
    let [trees, nodes, ids] = ["treeids", "nodeids", "ids"].map(list);
    let (trees, nodes) = (trees?.unwrap_or_default(), nodes?.unwrap_or_default());
    let ids = ids?.unwrap_or_default();
    let weights = node.float_list(&format!("{prefix}_weights"))?;
    let weights = weights.unwrap_or_default();
    let counts = [nodes.len(), ids.len(), weights.len()];
    if counts != [trees.len(); 3] {
        return Err(node.bad(format!("the lists {prefix}_.. differ in length")));
    }
    let mut leaves = Leaves::new();
    for (index, &weight) in weights.iter().enumerate() {
        let score = usize::try_from(ids[index]).ok().filter(|&id| id < scores);
        let score = score.ok_or_else(|| {
            node.bad(format!(
                "{prefix}_ids holds {}, expected less than {scores}",
                ids[index]
            ))
        })?;
        let leaf = leaves.entry((trees[index], nodes[index])).or_default();
        leaf.push((score, weight));
    }
    Ok(leaves)
}

fn read_trees(
    node: &NodeImport<'_>,
    features: usize,
    leaves: &mut Leaves,
) -> Result<Vec<Tree>, ImportError> {
    let list = |name: &str| Ok::<_, ImportError>(node.int_list(name)?.unwrap_or_default());
    let (trees, nodes) = (list("nodes_treeids")?, list("nodes_nodeids")?);
    let (yes, no) = (list("nodes_truenodeids")?, list("nodes_falsenodeids")?);
    let ids = list("nodes_featureids")?;
    let modes = node.text_list("nodes_modes")?.unwrap_or_default();
    let thresholds = node.float_list("nodes_values")?.unwrap_or_default();
    let counts = [nodes.len(), yes.len(), no.len(), ids.len(), modes.len()];
    if counts != [trees.len(); 5] || thresholds.len() != trees.len() {
        return Err(node.bad("the lists nodes_.. differ in length".into()));
    }
    let missing = list("nodes_missing_value_tracks_true")?;
    if missing.iter().any(|&tracks| tracks != 0) {
        return Err(
            node.bad("treats missing values as small ones; train without missing values".into())
        );
    }
    let mut places = HashMap::new();
    let mut members: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
    for (index, (&tree, &id)) in trees.iter().zip(nodes).enumerate() {
        let place = members.entry(tree).or_default();
        if places.insert((tree, id), place.len()).is_some() {
            return Err(node.bad(format!("tree {tree} has two nodes {id}")));
        }
        place.push(index);
    }
    let mut result = Vec::with_capacity(members.len());
    for (tree, indices) in members {
        // Who is root is not said; converters number it 0 and write it first.
        if nodes[indices[0]] != 0 {
            return Err(node.bad(format!("tree {tree} does not start with node 0")));
        }
        let place = |id: i64| {
            let place = places.get(&(tree, id)).copied();
            place.ok_or_else(|| node.bad(format!("tree {tree} has no node {id}")))
        };
        let mut read = Vec::with_capacity(indices.len());
        for index in indices {
            if modes[index] == b"LEAF" {
                let values = leaves.remove(&(tree, nodes[index]));
                read.push(TreeNode::Leaf(values.unwrap_or_default()));
                continue;
            }
            let feature = usize::try_from(ids[index]).ok();
            let feature = feature.filter(|&feature| feature < features);
            let feature = feature.ok_or_else(|| {
                node.bad(format!(
                    "nodes_featureids holds {}, expected less than {features}",
                    ids[index]
                ))
            })?;
            let (yes, no) = (place(yes[index])?, place(no[index])?);
            let threshold = thresholds[index];
            // Below a number is at most the number before it.
            let (threshold, at_most, above) = match modes[index].as_slice() {
                b"BRANCH_LEQ" => (threshold, yes, no),
                b"BRANCH_LT" => (threshold.next_down(), yes, no),
                b"BRANCH_GT" => (threshold, no, yes),
                b"BRANCH_GTE" => (threshold.next_down(), no, yes),
                other => {
                    let mode = String::from_utf8_lossy(&other[..other.len().min(20)]);
                    let mode = mode.escape_default();
                    return Err(node.bad(format!("mode `{mode}` of a node is not supported")));
                }
            };
            if !threshold.is_finite() {
                return Err(node.bad("a threshold is not a finite number".into()));
            }
            read.push(TreeNode::Branch {
                feature,
                threshold,
                at_most,
                above,
            });
        }
        result.push(Tree(read));
    }
    if !leaves.is_empty() {
        return Err(node.bad("a weight is of a node that is no leaf".into()));
    }
    Ok(result)
}
