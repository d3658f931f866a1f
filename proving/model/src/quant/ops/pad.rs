//! A committed lane around a tensor.

use serde::{Deserialize, Serialize};

use super::{NodeTrace, Operand, Operator, Source, movement, single};
use crate::quant::limits::MAX_ACTIVATIONS;
use crate::quant::model::NodeData;
use crate::quant::sections::{Part, SectionSpec};
use crate::quant::tensor::{Lanes, TensorSpec, for_each_index, strides};

/// `before[d]` and `after[d]` elements on the two ends of dimension `d`, all of them the committed lane.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pad {
    /// Elements before each dimension.
    pub before: Vec<usize>,
    /// Elements after each dimension.
    pub after: Vec<usize>,
}

impl Operator for Pad {
    fn name(&self) -> &'static str {
        "pad"
    }

    fn infer(&self, inputs: &[&TensorSpec]) -> Result<TensorSpec, String> {
        let input = single(inputs)?;
        let rank = input.shape.len();
        let fits =
            |list: &[usize]| list.len() == rank && list.iter().all(|&n| n <= MAX_ACTIVATIONS);
        if !fits(&self.before) || !fits(&self.after) {
            return Err(format!(
                "expected {rank} numbers up to {MAX_ACTIVATIONS} before and after"
            ));
        }
        let grow = |axis: usize| input.shape[axis] + self.before[axis] + self.after[axis];
        Ok(TensorSpec {
            shape: (0..rank).map(grow).collect(),
            lane: input.lane,
        })
    }

    fn sections(&self, node: usize, lanes: Lanes) -> Vec<SectionSpec> {
        vec![SectionSpec::of_lane(
            node,
            Part::InputZeroPoint,
            1,
            lanes.inputs,
        )]
    }

    fn sources(&self, inputs: &[&TensorSpec]) -> Option<Vec<Source>> {
        let input = inputs[0];
        let output = self.infer(inputs).ok()?;
        let steps = strides(&input.shape);
        let mut sources = Vec::new();
        for_each_index(&output.shape, |at| {
            let index = (0..steps.len()).try_fold(0, |sum, axis| {
                let inside = at[axis].checked_sub(self.before[axis])?;
                (inside < input.shape[axis]).then(|| sum + inside * steps[axis])
            });
            sources.push(index.map_or(Source::Committed, |index| Source::Element {
                input: 0,
                index,
            }));
        });
        Some(sources)
    }

    fn run(&self, data: &NodeData, inputs: &[Operand<'_>], _: Lanes) -> NodeTrace {
        movement::run_operator(self, data, inputs)
    }
}
