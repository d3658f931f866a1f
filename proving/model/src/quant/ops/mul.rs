//! The product of two tensors, element by element.

use serde::{Deserialize, Serialize};

use super::add::same_type;
use super::{NodeTrace, Operand, Operator};
use crate::quant::model::NodeData;
use crate::quant::requantize::requantize;
use crate::quant::sections::{Part, SectionSpec};
use crate::quant::tensor::TensorSpec;

/// `(a - z[0]) * (b - z[1])`, requantized; multiplier and zero points are committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mul {}

impl Operator for Mul {
    fn name(&self) -> &'static str {
        "mul"
    }

    fn infer(&self, inputs: &[&TensorSpec]) -> Result<TensorSpec, String> {
        same_type(inputs)
    }

    fn sections(&self, node: usize) -> Vec<SectionSpec> {
        SectionSpec::of_two(node)
    }

    /// A lane less a zero point is at most 255.
    fn accumulator_bound(&self) -> Option<u128> {
        Some(255 * 255)
    }

    fn run(&self, data: &NodeData, inputs: &[Operand<'_>]) -> NodeTrace {
        let zeros = data.part(Part::InputZeroPoint);
        let pairs = inputs[0].lanes.iter().zip(inputs[1].lanes);
        let product = |(&a, &b): (&i32, &i32)| i64::from((a - zeros[0]) * (b - zeros[1]));
        requantize_by_one(data, pairs.map(product).collect())
    }
}

/// Requantizes accumulators with the one multiplier of the node.
pub(super) fn requantize_by_one(data: &NodeData, accumulators: Vec<i64>) -> NodeTrace {
    let multiplier = data.part(Part::Multipliers)[0].cast_unsigned();
    let zero_point = data.zero_point(Part::OutputZeroPoint);
    let lane = |&sum: &i64| requantize(sum, multiplier, zero_point, false).value.into();
    NodeTrace {
        lanes: accumulators.iter().map(lane).collect(),
        accumulators,
    }
}
