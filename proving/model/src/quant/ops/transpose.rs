//! The dimensions in another order.

use serde::{Deserialize, Serialize};

use super::{NodeTrace, Operand, Operator, Source, movement, single};
use crate::quant::model::NodeData;
use crate::quant::tensor::{Lanes, TensorSpec};

/// Dimension `i` of the result is dimension `permutation[i]` of the input.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transpose {
    /// Every dimension of the input once.
    pub permutation: Vec<usize>,
}

impl Operator for Transpose {
    fn name(&self) -> &'static str {
        "transpose"
    }

    fn infer(&self, inputs: &[&TensorSpec]) -> Result<TensorSpec, String> {
        let input = single(inputs)?;
        let rank = input.shape.len();
        let mut sorted = self.permutation.clone();
        sorted.sort_unstable();
        if !sorted.into_iter().eq(0..rank) {
            return Err(format!(
                "permutation is {:?}, expected each of {rank} dimensions once",
                self.permutation
            ));
        }
        Ok(TensorSpec {
            shape: self
                .permutation
                .iter()
                .map(|&axis| input.shape[axis])
                .collect(),
            lane: input.lane,
        })
    }

    fn sources(&self, inputs: &[&TensorSpec]) -> Option<Vec<Source>> {
        let output = self.infer(inputs).ok()?;
        let mut place = vec![0; self.permutation.len()];
        for (to, &from) in self.permutation.iter().enumerate() {
            place[from] = to;
        }
        Some(movement::from_first(
            inputs[0],
            &output.shape,
            |at, axis| at[place[axis]],
        ))
    }

    fn run(&self, data: &NodeData, inputs: &[Operand<'_>], _: Lanes) -> NodeTrace {
        movement::run_operator(self, data, inputs)
    }
}
