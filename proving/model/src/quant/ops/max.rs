//! The larger element of two tensors.

use serde::{Deserialize, Serialize};

use super::add::same_type;
use super::{NodeTrace, Operand, Operator};
use crate::quant::model::NodeData;
use crate::quant::tensor::{Lanes, TensorSpec};

/// The larger lane of two, element by element. Their lanes mean the same numbers: the quantizer gives them one scale
/// and zero point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Max {}

impl Operator for Max {
    fn name(&self) -> &'static str {
        "max"
    }

    fn infer(&self, inputs: &[&TensorSpec]) -> Result<TensorSpec, String> {
        same_type(inputs)
    }

    fn run(&self, _: &NodeData, inputs: &[Operand<'_>], _: Lanes) -> NodeTrace {
        let pairs = inputs[0].lanes.iter().zip(inputs[1].lanes);
        NodeTrace::of(pairs.map(|(&a, &b)| a.max(b)).collect())
    }
}
