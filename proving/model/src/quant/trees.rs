//! From trained trees to complete trees of integers.
//!
//! A feature's mapping never falls where the number grows, so a comparison of integers can differ from that of floats
//! only where number and threshold share a lane or lie in neighboring ones. Each threshold is rounded so that it decides
//! the fewest of the samples' numbers differently.
//!
//! The mapping follows from the samples alone, because the model's card shows it and thresholds are trained. It reaches
//! beyond their range, since a threshold may lie there and a number too.

use super::architecture::Architecture;
use super::calibrate::check_samples;
use super::error::QuantizeError;
use super::feature::Feature;
use super::limits::{MULTIPLIER_MAX, SHIFT};
use super::model::{NodeData, QuantizedModel};
use super::observer::{Histogram, Observer, Range};
use super::ops::tree_ensemble::MAX_TREES;
use super::ops::{self, OpSpec, TreeResult};
use super::scale::{Quantization, Scale, Scales};
use super::sections::Part;
use super::tensor::TensorSpec;
use crate::graph::ops::{Tree, TreeEnsemble, TreeNode};
use crate::onnx::FloatModel;
use assay_statement::Lane;

/// The threshold that no lane is above but the largest, which stands for numbers beyond the calibrated range.
const ALWAYS: i32 = i16::MAX as i32 - 1;

/// Steps that a feature's range is spread over: two lanes are left for numbers beyond it, and rounding takes one.
const STEPS: f64 = 65_532.0;

/// How far a feature's range reaches beyond the samples' on each side, as a share of theirs.
const MARGIN: f64 = 0.5;

/// Quantizes an ensemble.
pub(super) fn quantize(
    float: &FloatModel,
    ensemble: &TreeEnsemble,
    samples: &[Vec<f32>],
    observer: Observer,
) -> Result<QuantizedModel, QuantizeError> {
    check_samples(float, samples)?;
    let graph = float.graph();
    let name = &graph.nodes[graph.output - 1].name;
    let bad = |what: &str| QuantizeError::Range {
        node: name.clone(),
        reason: format!("{what} has no scale"),
    };
    let order = order(ensemble);
    let spec = ops::TreeEnsemble {
        trees: order.len(),
        depth: ensemble.depth().max(1),
        features: graph.inputs(),
        scores: ensemble.base.len(),
        leaf_scores: if single_scores(ensemble).is_some() {
            1
        } else {
            ensemble.base.len()
        },
        result: ensemble.result,
    };
    let mut architecture = Architecture::new(TensorSpec {
        shape: graph.input_shape.clone(),
        lane: Lane::Int16,
    });
    architecture.push(OpSpec::TreeEnsemble(spec), &[0])?;
    architecture.validate()?;

    let columns = columns(samples, spec.features);
    let features: Vec<Feature> = (columns.iter().enumerate())
        .map(|(index, column)| {
            column
                .feature()
                .ok_or_else(|| bad(&format!("feature {index}")))
        })
        .collect::<Result<_, _>>()?;
    let output = output(ensemble, samples, observer).ok_or_else(|| bad("the result"))?;
    let step = leaf_step(ensemble, &spec, output).ok_or_else(|| bad("a leaf"))?;

    let mut data = Complete {
        spec,
        step,
        columns: &columns,
        features: &features,
        indices: Vec::new(),
        thresholds: Vec::new(),
        leaves: Vec::new(),
    };
    for tree in order {
        data.push(tree.map(|index| &ensemble.trees[index]));
    }
    let round = |value: f32, limit: i32| fixed(value, step, limit);
    let bases = ensemble.base.iter();
    let bases = bases.map(|&base| round(base, spec.base_limit())).collect();
    let mut parts = vec![
        (Part::Features, data.indices),
        (Part::Thresholds, data.thresholds),
        (Part::Leaves, data.leaves),
        (Part::Bias, bases),
    ];
    if spec.result == TreeResult::Lanes {
        let factor = step / output.scale.to_f64() * 2f64.powi(SHIFT.cast_signed());
        let multiplier = (factor.round() as i32).min(MULTIPLIER_MAX.cast_signed());
        parts.push((Part::Multipliers, vec![multiplier]));
        parts.push((Part::OutputZeroPoint, vec![output.zero_point.into()]));
    }
    let scales = Scales {
        input: Quantization::IDENTITY,
        output,
    };
    let model = QuantizedModel::new(architecture, scales, vec![NodeData::new(parts)])?;
    Ok(model.with_features(features)?)
}

/// Returns the one score of each tree, if every tree has one and the scores can take turns within the limit.
fn single_scores(ensemble: &TreeEnsemble) -> Option<Vec<usize>> {
    let score_of = |tree: &Tree| {
        let mut scores = tree.0.iter().flat_map(|node| match node {
            TreeNode::Leaf(values) => values.as_slice(),
            TreeNode::Branch { .. } => &[],
        });
        let first = scores.next().map_or(0, |&(score, _)| score);
        scores.all(|&(score, _)| score == first).then_some(first)
    };
    let scores: Vec<usize> = ensemble.trees.iter().map(score_of).collect::<Option<_>>()?;
    let mut votes = vec![0_usize; ensemble.base.len()];
    scores.iter().for_each(|&score| votes[score] += 1);
    let rounds = votes.iter().max().copied().unwrap_or(0);
    (rounds * votes.len() <= MAX_TREES).then_some(scores)
}

/// Returns the trees in the order that the operator has them, `None` where a tree is missing: with one score a
/// tree, the scores take turns.
fn order(ensemble: &TreeEnsemble) -> Vec<Option<usize>> {
    let Some(scores) = single_scores(ensemble) else {
        return (0..ensemble.trees.len()).map(Some).collect();
    };
    let mut of_score = vec![Vec::new(); ensemble.base.len()];
    for (tree, &score) in scores.iter().enumerate() {
        of_score[score].push(tree);
    }
    let rounds = of_score.iter().map(Vec::len).max().unwrap_or(0);
    (0..rounds)
        .flat_map(|round| of_score.iter().map(move |trees| trees.get(round).copied()))
        .collect()
}

/// The numbers of one feature in the samples, in order.
struct Column {
    numbers: Vec<f32>,
}

fn columns(samples: &[Vec<f32>], features: usize) -> Vec<Column> {
    (0..features)
        .map(|index| {
            let mut numbers: Vec<f32> = samples.iter().map(|sample| sample[index]).collect();
            numbers.sort_by(f32::total_cmp);
            Column { numbers }
        })
        .collect()
}

impl Column {
    /// Returns the mapping that merges the fewest neighboring numbers, of equal ones the first of these: in steps of a
    /// power of ten if the numbers are written so, as in most tables; in the finest steps; in the finest that the samples
    /// allow, without a margin. `None` if the numbers have no scale.
    fn feature(&self) -> Option<Feature> {
        let [min, max] = [self.numbers.first()?, self.numbers.last()?].map(|&end| f64::from(end));
        // A number that never varies says only how large others may be.
        let beyond = match max - min {
            width if width > 0.0 => width * MARGIN,
            _ => min.abs().max(1.0),
        };
        let finest = |beyond: f64| (max - min + 2.0 * beyond) / STEPS * (1.0 + 1e-9);
        let decimal = 10f64.powi(finest(beyond).log10().ceil() as i32);
        let decimal = mapping(min - beyond, decimal).filter(|feature| self.is_written_in(feature));
        let fine = mapping(min - beyond, finest(beyond));
        let without_margin = mapping(min, finest(0.0));
        let candidates = [decimal, fine, without_margin].into_iter().flatten();
        candidates.min_by_key(|feature| self.merged(feature))
    }

    /// Returns whether every number is one that a lane stands for.
    fn is_written_in(&self, feature: &Feature) -> bool {
        let back = |number: f32| feature.value(feature.lane(number)) as f32;
        self.numbers.iter().all(|&number| back(number) == number)
    }

    /// Returns how many neighboring numbers share a lane.
    fn merged(&self, feature: &Feature) -> usize {
        let pairs = self.numbers.windows(2);
        let merges =
            |pair: &&[f32]| pair[0] < pair[1] && feature.lane(pair[0]) == feature.lane(pair[1]);
        pairs.filter(merges).count()
    }

    /// Returns the lane of a threshold: the one that decides the fewest of the numbers differently, and where more than
    /// one does, the one that is right for the numbers that lanes stand for.
    fn threshold(&self, feature: &Feature, threshold: f32) -> i32 {
        let at_most = self.numbers.partition_point(|&number| number <= threshold);
        let lane = feature.lane(threshold);
        let nearest = i32::from(lane);
        let exact = match feature.value(lane) as f32 <= threshold {
            true => [nearest, nearest - 1],
            false => [nearest - 1, nearest],
        };
        let candidates = exact.map(|lane| {
            let lane = lane.clamp(i16::MIN.into(), ALWAYS);
            let below = |&number: &f32| i32::from(feature.lane(number)) <= lane;
            (lane, self.numbers.partition_point(below).abs_diff(at_most))
        });
        match candidates {
            [first, second] if second.1 < first.1 => second.0,
            [first, _] => first.0,
        }
    }
}

/// Returns the mapping of a step width that has a number on the lane after the smallest; `None` if there is none.
fn mapping(min: f64, step: f64) -> Option<Feature> {
    let scale = Scale::from_f64(step).ok()?;
    let first = f64::from(i16::MIN + 1);
    let zero_point = (first - (min / scale.to_f64()).round()) as i64;
    let feature = Feature { scale, zero_point };
    feature.validate().ok().map(|()| feature)
}

/// Returns what result lanes mean; `None` if no lane does.
fn output(
    ensemble: &TreeEnsemble,
    samples: &[Vec<f32>],
    observer: Observer,
) -> Option<Quantization> {
    let scores = |sample: &Vec<f32>| -> Vec<f32> {
        let scores = ensemble.scores(sample);
        scores.into_iter().map(|score| score as f32).collect()
    };
    let scores: Vec<f32> = samples.iter().flat_map(scores).collect();
    let mut range = Range::ZERO;
    range.extend(&scores);
    let mut histogram = Histogram::new(range);
    histogram.add(&scores);
    Quantization::of_range(observer.range(&histogram))
}

/// Returns the step of leaves and bases, the finest in which all of them fit; where scores are requantized, one that
/// a whole multiplier leads to the output's step from. `None` if the numbers have no scale.
fn leaf_step(
    ensemble: &TreeEnsemble,
    spec: &ops::TreeEnsemble,
    output: Quantization,
) -> Option<f64> {
    let largest = |values: &mut dyn Iterator<Item = f32>| {
        values.fold(0.0_f64, |largest, value| {
            largest.max(f64::from(value).abs())
        })
    };
    let nodes = ensemble.trees.iter().flat_map(|tree| &tree.0);
    let leaf = largest(&mut nodes.flat_map(|node| match node {
        TreeNode::Leaf(values) => sums(values, spec.scores),
        TreeNode::Branch { .. } => Vec::new(),
    }));
    let base = largest(&mut ensemble.base.iter().copied());
    let fits = |step: f64| {
        leaf / step <= f64::from(spec.leaf_limit() - 1)
            && base / step <= f64::from(spec.base_limit() - 1)
    };
    if !leaf.is_finite() || !base.is_finite() {
        return None;
    }
    match spec.result {
        TreeResult::Lanes => {
            let step = |shift: i32| output.scale.to_f64() / 2f64.powi(shift);
            (1..=SHIFT.cast_signed())
                .rev()
                .map(step)
                .find(|&step| fits(step))
        }
        TreeResult::ArgMax | TreeResult::Sign => {
            let leaf = leaf / f64::from(spec.leaf_limit() - 1);
            let step = leaf.max(base / f64::from(spec.base_limit() - 1));
            Some(if step > 0.0 { step } else { 1.0 })
        }
    }
}

/// Returns what a leaf adds to each score.
fn sums(values: &[(usize, f32)], scores: usize) -> Vec<f32> {
    let mut sums = vec![0.0; scores];
    for &(score, value) in values {
        sums[score] += value;
    }
    sums
}

fn fixed(value: f32, step: f64, limit: i32) -> i32 {
    let steps = (f64::from(value) / step).round() as i32;
    steps.clamp(-limit, limit - 1)
}

/// The committed data of complete trees, one after the other.
struct Complete<'a> {
    spec: ops::TreeEnsemble,
    step: f64,
    columns: &'a [Column],
    features: &'a [Feature],
    indices: Vec<i32>,
    thresholds: Vec<i32>,
    leaves: Vec<i32>,
}

impl Complete<'_> {
    /// Appends a tree; without one, a tree of leaves that change nothing.
    fn push(&mut self, tree: Option<&Tree>) {
        let nothing = Tree(vec![TreeNode::Leaf(Vec::new())]);
        let nodes = &tree.unwrap_or(&nothing).0;
        let mut level = vec![0];
        for _ in 0..self.spec.depth {
            let mut next = Vec::with_capacity(2 * level.len());
            for node in level {
                // A leaf that lies higher stays itself whatever is compared.
                let (feature, threshold, children) = match nodes[node] {
                    TreeNode::Leaf(_) => (0, ALWAYS, [node, node]),
                    TreeNode::Branch {
                        feature,
                        threshold,
                        at_most,
                        above,
                    } => {
                        let column = &self.columns[feature];
                        let lane = column.threshold(&self.features[feature], threshold);
                        (feature, lane, [at_most, above])
                    }
                };
                let index = i32::try_from(feature).expect("features are limited");
                self.indices.push(index);
                self.thresholds.push(threshold);
                next.extend(children);
            }
            level = next;
        }
        for node in level {
            let TreeNode::Leaf(values) = &nodes[node] else {
                unreachable!("no tree is deeper than the ensemble")
            };
            let (step, limit) = (self.step, self.spec.leaf_limit());
            let sums = sums(values, self.spec.scores);
            if self.spec.leaf_scores == 1 {
                let sum = sums.iter().sum();
                self.leaves.push(fixed(sum, step, limit));
            } else {
                let fixed = sums.iter().map(|&sum| fixed(sum, step, limit));
                self.leaves.extend(fixed);
            }
        }
    }
}
