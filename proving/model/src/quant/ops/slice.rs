//! Some elements of every dimension, at equal steps.

use serde::{Deserialize, Serialize};

use super::{NodeTrace, Operand, Operator, Source, movement, single};
use crate::quant::model::NodeData;
use crate::quant::tensor::{Lanes, TensorSpec};

/// Element `i` of dimension `d` is element `starts[d] + i * steps[d]` of the input, for `i < sizes[d]`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slice {
    /// The first element of each dimension.
    pub starts: Vec<usize>,
    /// How many elements of each dimension.
    pub sizes: Vec<usize>,
    /// How far apart they lie; below zero counts backwards.
    pub steps: Vec<i32>,
}

impl Slice {
    /// Returns the input's coordinate for a coordinate of the result; `None` beyond what a number holds.
    fn coordinate(&self, axis: usize, at: usize) -> Option<usize> {
        let offset = i64::try_from(at)
            .ok()?
            .checked_mul(self.steps[axis].into())?;
        let start = i64::try_from(self.starts[axis]).ok()?;
        usize::try_from(start.checked_add(offset)?).ok()
    }
}

impl Operator for Slice {
    fn name(&self) -> &'static str {
        "slice"
    }

    fn infer(&self, inputs: &[&TensorSpec]) -> Result<TensorSpec, String> {
        let input = single(inputs)?;
        let rank = input.shape.len();
        if [self.starts.len(), self.sizes.len(), self.steps.len()] != [rank; 3] {
            return Err(format!(
                "expected one start, size and step for each of {rank} dimensions"
            ));
        }
        for (axis, &size) in input.shape.iter().enumerate() {
            let last = self.sizes[axis].checked_sub(1);
            let ends = last.map(|last| [0, last].map(|at| self.coordinate(axis, at)));
            let inside = |end: Option<usize>| end.is_some_and(|at| at < size);
            if self.steps[axis] == 0 || !ends.is_some_and(|ends| ends.into_iter().all(inside)) {
                return Err(format!(
                    "{} elements from {} by {} are not within axis {axis} of {size}",
                    self.sizes[axis], self.starts[axis], self.steps[axis]
                ));
            }
        }
        Ok(TensorSpec {
            shape: self.sizes.clone(),
            lane: input.lane,
        })
    }

    fn sources(&self, inputs: &[&TensorSpec]) -> Option<Vec<Source>> {
        let coordinate = |at: &[usize], axis: usize| {
            self.coordinate(axis, at[axis])
                .expect("inference checked both ends")
        };
        Some(movement::from_first(inputs[0], &self.sizes, coordinate))
    }

    fn run(&self, data: &NodeData, inputs: &[Operand<'_>], _: Lanes) -> NodeTrace {
        movement::run_operator(self, data, inputs)
    }
}
