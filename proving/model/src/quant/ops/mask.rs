//! A committed lane in place of chosen elements.

use serde::{Deserialize, Serialize};

use super::{NodeTrace, Operand, Operator, Source, movement, single};
use crate::quant::model::NodeData;
use crate::quant::sections::{Part, SectionSpec};
use crate::quant::tensor::{Lanes, TensorSpec};

/// For each row of the last two dimensions the columns `first..end`.
pub type Runs = Vec<[usize; 2]>;

/// In each row of the last two dimensions the columns of its run stay; all others become the committed lane.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mask {
    /// The columns that stay.
    pub runs: Runs,
}

/// Checks that there is one run within the width for each row.
pub(super) fn check_runs(runs: &Runs, shape: &[usize]) -> Result<(), String> {
    let [.., rows, width] = *shape else {
        return Err(format!("a mask for shape {shape:?}, expected rows"));
    };
    if runs.len() != rows {
        return Err(format!("{} runs for {rows} rows", runs.len()));
    }
    let fits = |&[first, end]: &[usize; 2]| first <= end && end <= width;
    match runs.iter().find(|run| !fits(run)) {
        Some([first, end]) => Err(format!("run {first}..{end} of {width} columns")),
        None => Ok(()),
    }
}

impl Operator for Mask {
    fn name(&self) -> &'static str {
        "mask"
    }

    fn infer(&self, inputs: &[&TensorSpec]) -> Result<TensorSpec, String> {
        let input = single(inputs)?;
        check_runs(&self.runs, &input.shape)?;
        Ok(input.clone())
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
        let width = inputs[0].width();
        let source = |index: usize| {
            let [first, end] = self.runs[index / width % self.runs.len()];
            if (first..end).contains(&(index % width)) {
                Source::Element { input: 0, index }
            } else {
                Source::Committed
            }
        };
        Some((0..inputs[0].elements()).map(source).collect())
    }

    fn run(&self, data: &NodeData, inputs: &[Operand<'_>], _: Lanes) -> NodeTrace {
        movement::run_operator(self, data, inputs)
    }
}
