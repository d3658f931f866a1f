//! Dimensions of 1 repeated.

use serde::{Deserialize, Serialize};

use super::{NodeTrace, Operand, Operator, Source, movement, single};
use crate::quant::model::NodeData;
use crate::quant::tensor::{Lanes, TensorSpec};

/// The input repeated to `shape`: its dimensions are aligned at the last one, and each of them is 1 or that of
/// the result.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expand {
    /// The dimensions of the result.
    pub shape: Vec<usize>,
}

impl Operator for Expand {
    fn name(&self) -> &'static str {
        "expand"
    }

    fn infer(&self, inputs: &[&TensorSpec]) -> Result<TensorSpec, String> {
        let input = single(inputs)?;
        let fits = self.shape.len() >= input.shape.len() && {
            let pairs = input.shape.iter().rev().zip(self.shape.iter().rev());
            pairs
                .into_iter()
                .all(|(&from, &to)| from == 1 || from == to)
        };
        if !fits {
            return Err(format!(
                "cannot expand {:?} to {:?}",
                input.shape, self.shape
            ));
        }
        Ok(TensorSpec {
            shape: self.shape.clone(),
            lane: input.lane,
        })
    }

    fn sources(&self, inputs: &[&TensorSpec]) -> Option<Vec<Source>> {
        let shape = &inputs[0].shape;
        let extra = self.shape.len() - shape.len();
        let coordinate = |at: &[usize], axis: usize| {
            if shape[axis] == 1 {
                0
            } else {
                at[extra + axis]
            }
        };
        Some(movement::from_first(inputs[0], &self.shape, coordinate))
    }

    fn run(&self, data: &NodeData, inputs: &[Operand<'_>], _: Lanes) -> NodeTrace {
        movement::run_operator(self, data, inputs)
    }
}
