//! The values that share one mapping, and their ranges.
//!
//! Operators that only move elements, and the pooling that picks the largest, give lanes as they take them. So the
//! values around them, among them all inputs of a concatenation, form a class with one mapping and one type of lanes.

use assay_statement::Lane;

use super::activations::class_lanes;
use super::architecture::ValueId;
use super::calibrate::calibrate;
use super::error::QuantizeError;
use super::lower::{FloatOp, Lowered};
use super::observer::{Observer, Range};
use crate::onnx::FloatModel;

/// The classes of a model's values, each named by its lowest value.
pub(super) struct Classes {
    lowest: Vec<ValueId>,
    lanes: Vec<Lane>,
}

impl Classes {
    /// Returns the classes, of lanes up to the widest.
    pub fn of(lowered: &Lowered, widest: Lane) -> Self {
        let lowest = lowest(lowered);
        let lanes = class_lanes(lowered, &lowest, widest);
        Self { lowest, lanes }
    }

    /// Returns the class of a value.
    pub fn class(&self, id: ValueId) -> ValueId {
        self.lowest[id]
    }

    /// Returns the lanes of a value.
    pub fn lane(&self, id: ValueId) -> Lane {
        self.lanes[self.lowest[id]]
    }

    /// Returns how many values there are, the input among them.
    pub fn values(&self) -> usize {
        self.lowest.len()
    }

    /// Returns the range of each class, under its lowest value: what the samples show and what the file fixes.
    pub fn ranges(
        &self,
        float: &FloatModel,
        lowered: &Lowered,
        samples: &[Vec<f32>],
        observer: Observer,
    ) -> Result<Vec<Range>, QuantizeError> {
        let mut places = vec![(0, 0, false, false)];
        for (index, node) in lowered.nodes.iter().enumerate() {
            let known = matches!(
                node.op,
                FloatOp::Parameter(..)
                    | FloatOp::Embedding(..)
                    | FloatOp::Softmax(_)
                    | FloatOp::Compare(_)
            );
            if let (true, Some(value)) = (node.op.is_measured() && !known, node.value) {
                places.push((index + 1, value, node.op.relu(), node.negated));
            }
        }
        let values: Vec<ValueId> = places.iter().map(|&(_, value, ..)| value).collect();
        let observers: Vec<Observer> = (places.iter())
            .map(|&(id, ..)| match (observer, self.lane(id)) {
                // Steps so small make no error that a smaller range could lessen.
                (Observer::MeanSquaredError, Lane::Int16) => Observer::MinMax,
                _ => observer,
            })
            .collect();
        let measured = calibrate(float, &values, samples, &observers)?;
        let mut ranges = vec![Range::ZERO; self.lowest.len()];
        for (&(id, _, relu, negated), mut range) in places.iter().zip(measured) {
            if relu {
                range.min = 0.0;
            }
            if negated {
                range = range.negated();
            }
            let class = self.class(id);
            ranges[class] = ranges[class].union(range);
        }
        for (index, node) in lowered.nodes.iter().enumerate() {
            match &node.op {
                FloatOp::Pad(_, value) | FloatOp::Mask(_, value) => {
                    ranges[self.class(index + 1)].extend(&[*value]);
                }
                FloatOp::Parameter(_, values) | FloatOp::Embedding(_, values) => {
                    ranges[self.class(index + 1)].extend(values);
                }
                _ => {}
            }
        }
        Ok(ranges)
    }
}

/// Returns for each value the lowest value of its class. A class is in the class of what it compares.
fn lowest(lowered: &Lowered) -> Vec<ValueId> {
    let mut classes: Vec<ValueId> = (0..=lowered.nodes.len()).collect();
    for (index, node) in lowered.nodes.iter().enumerate() {
        let joined = node.op.joined(&node.inputs, index + 1);
        let joined: Vec<ValueId> = joined.into_iter().map(|id| classes[id]).collect();
        let Some(&lowest) = joined.iter().min() else {
            continue;
        };
        for class in classes.iter_mut().filter(|class| joined.contains(class)) {
            *class = lowest;
        }
    }
    classes
}
