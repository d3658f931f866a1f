//! The smaller element of two tensors.

use serde::{Deserialize, Serialize};

use super::add::same_type;
use super::{NodeTrace, Operand, Operator};
use crate::quant::model::NodeData;
use crate::quant::tensor::{Lanes, TensorSpec};

/// The smaller lane of two, element by element. Their lanes mean the same numbers: the quantizer gives them one scale
/// and zero point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Min {}

impl Operator for Min {
    fn name(&self) -> &'static str {
        "min"
    }

    fn infer(&self, inputs: &[&TensorSpec]) -> Result<TensorSpec, String> {
        same_type(inputs)
    }

    fn run(&self, _: &NodeData, inputs: &[Operand<'_>], _: Lanes) -> NodeTrace {
        let pairs = inputs[0].lanes.iter().zip(inputs[1].lanes);
        NodeTrace::of(pairs.map(|(&a, &b)| a.min(b)).collect())
    }
}
