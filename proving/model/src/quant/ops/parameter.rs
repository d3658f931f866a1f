//! A committed tensor as a value.

use serde::{Deserialize, Serialize};

use super::{NodeTrace, Operand, Operator};
use crate::quant::model::NodeData;
use crate::quant::sections::{Part, SectionSpec};
use crate::quant::tensor::{Lanes, TensorSpec, check_shape, elements};

/// Committed lanes of this shape; it reads nothing.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// The dimensions.
    pub shape: Vec<usize>,
}

impl Operator for Parameter {
    fn name(&self) -> &'static str {
        "parameter"
    }

    fn infer(&self, inputs: &[&TensorSpec]) -> Result<TensorSpec, String> {
        if !inputs.is_empty() {
            return Err(format!("{} inputs, expected none", inputs.len()));
        }
        check_shape(&self.shape)?;
        Ok(TensorSpec::int8(&self.shape))
    }

    fn sections(&self, node: usize, lanes: Lanes) -> Vec<SectionSpec> {
        vec![SectionSpec::of_lane(
            node,
            Part::Values,
            self.weights(),
            lanes.result,
        )]
    }

    fn weights(&self) -> usize {
        elements(&self.shape)
    }

    fn run(&self, data: &NodeData, _: &[Operand<'_>], _: Lanes) -> NodeTrace {
        NodeTrace::of(data.part(Part::Values).to_vec())
    }
}
