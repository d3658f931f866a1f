//! Other dimensions, same elements in the same order.

use serde::{Deserialize, Serialize};

use super::{NodeTrace, Operand, Operator, Source, movement, single};
use crate::quant::model::NodeData;
use crate::quant::tensor::{Lanes, TensorSpec, elements};

/// Any tensor to `shape`, which has as many elements.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reshape {
    /// The dimensions of the result.
    pub shape: Vec<usize>,
}

impl Operator for Reshape {
    fn name(&self) -> &'static str {
        "reshape"
    }

    fn infer(&self, inputs: &[&TensorSpec]) -> Result<TensorSpec, String> {
        let input = single(inputs)?;
        if elements(&self.shape) != input.elements() {
            return Err(format!(
                "cannot reshape {:?} to {:?}",
                input.shape, self.shape
            ));
        }
        Ok(TensorSpec {
            shape: self.shape.clone(),
            lane: input.lane,
        })
    }

    fn sources(&self, inputs: &[&TensorSpec]) -> Option<Vec<Source>> {
        let element = |index| Source::Element { input: 0, index };
        Some((0..inputs[0].elements()).map(element).collect())
    }

    fn run(&self, data: &NodeData, inputs: &[Operand<'_>], _: Lanes) -> NodeTrace {
        movement::run_operator(self, data, inputs)
    }
}
