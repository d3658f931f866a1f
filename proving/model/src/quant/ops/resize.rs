//! Chosen slices along an axis, each any number of times.

use serde::{Deserialize, Serialize};

use super::{NodeTrace, Operand, Operator, Source, check_axis, movement, single};
use crate::quant::limits::MAX_ACTIVATIONS;
use crate::quant::model::NodeData;
use crate::quant::tensor::{Lanes, TensorSpec};

/// Element `i` of the axis is element `indices[i]` of the input: nearest-neighbor resizing in any of its
/// roundings, and reading at constant indices.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resize {
    /// The dimension that changes.
    pub axis: usize,
    /// For each element of the result along the axis the element of the input.
    pub indices: Vec<usize>,
}

impl Operator for Resize {
    fn name(&self) -> &'static str {
        "resize"
    }

    fn infer(&self, inputs: &[&TensorSpec]) -> Result<TensorSpec, String> {
        let input = single(inputs)?;
        check_axis(input, self.axis)?;
        let size = input.shape[self.axis];
        if self.indices.len() > MAX_ACTIVATIONS {
            return Err(format!(
                "more than {MAX_ACTIVATIONS} indices, which is the limit"
            ));
        }
        if let Some(index) = self.indices.iter().find(|&&index| index >= size) {
            return Err(format!("index {index} of axis {} of {size}", self.axis));
        }
        let mut tensor = input.clone();
        tensor.shape[self.axis] = self.indices.len();
        Ok(tensor)
    }

    fn sources(&self, inputs: &[&TensorSpec]) -> Option<Vec<Source>> {
        let output = self.infer(inputs).ok()?;
        let coordinate = |at: &[usize], axis: usize| {
            if axis == self.axis {
                self.indices[at[axis]]
            } else {
                at[axis]
            }
        };
        Some(movement::from_first(inputs[0], &output.shape, coordinate))
    }

    fn run(&self, data: &NodeData, inputs: &[Operand<'_>], _: Lanes) -> NodeTrace {
        movement::run_operator(self, data, inputs)
    }
}
