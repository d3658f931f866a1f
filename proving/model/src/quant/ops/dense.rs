//! The dense layer: every row of the last dimension times a matrix.

use serde::{Deserialize, Serialize};

use super::product::{check_counts, requantize_all, rescale};
use super::{NodeTrace, Operand, Operator, single};
use crate::quant::limits::product_shift;
use crate::quant::model::NodeData;
use crate::quant::sections::{Part, SectionSpec};
use crate::quant::tensor::{Lanes, TensorSpec};

/// `[.., inputs]` to `[.., outputs]`: each row is multiplied by the weights `[outputs, inputs]`, the biases are
/// added, the sums requantized.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dense {
    /// Lanes of a row taken.
    pub inputs: usize,
    /// Lanes of a row given.
    pub outputs: usize,
    /// Whether values below the output's zero point become the zero point.
    pub relu: bool,
}

impl Dense {
    /// Returns `bias[j] + sum_k weights[j][k] * row[k]` for every row of `lanes` and output j, row-major.
    ///
    /// Every sum stays below the limit of accumulators: [`crate::Architecture::validate`] refuses shapes where it might
    /// not.
    #[must_use]
    pub fn accumulate(&self, data: &NodeData, lanes: &[i32]) -> Vec<i64> {
        let (weights, bias) = (data.part(Part::Weights), data.part(Part::Bias));
        let dot = |row: &[i32], weights: &[i32], bias: i32| {
            let products = row.iter().zip(weights);
            products.fold(i64::from(bias), |sum, (&x, &w)| sum + i64::from(x * w))
        };
        lanes
            .chunks_exact(self.inputs)
            .flat_map(|row| {
                let outputs = weights.chunks_exact(self.inputs).zip(bias);
                outputs.map(move |(weights, &bias)| dot(row, weights, bias))
            })
            .collect()
    }
}

impl Operator for Dense {
    fn name(&self) -> &'static str {
        "dense"
    }

    fn infer(&self, inputs: &[&TensorSpec]) -> Result<TensorSpec, String> {
        let input = single(inputs)?;
        check_counts(self.outputs, self.inputs)?;
        let mut tensor = input.clone();
        match tensor.shape.last_mut() {
            Some(last) if *last == self.inputs => *last = self.outputs,
            _ => {
                return Err(format!(
                    "takes rows of {}, but shape {:?} reaches it",
                    self.inputs, input.shape
                ));
            }
        }
        Ok(tensor)
    }

    fn sections(&self, node: usize, lanes: Lanes) -> Vec<SectionSpec> {
        SectionSpec::of_product(node, self.outputs, self.inputs, lanes)
    }

    fn products(&self) -> Option<usize> {
        Some(self.inputs)
    }

    fn weights(&self) -> usize {
        self.inputs.saturating_mul(self.outputs)
    }

    fn shift(&self, lanes: Lanes) -> u32 {
        product_shift(lanes.inputs)
    }

    fn run(&self, data: &NodeData, inputs: &[Operand<'_>], lanes: Lanes) -> NodeTrace {
        let accumulators = self.accumulate(data, inputs[0].lanes);
        let channel = |index| index % self.outputs;
        let rescale = rescale(self, self.relu, lanes);
        requantize_all(data, accumulators, channel, rescale)
    }
}
