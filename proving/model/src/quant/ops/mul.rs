//! The product of two tensors, element by element.

use assay_statement::Lane;
use serde::{Deserialize, Serialize};

use super::add::same_shape;
use super::{NodeTrace, Operand, Operator};
use crate::quant::limits::difference_bound;
use crate::quant::model::NodeData;
use crate::quant::requantize::requantize;
use crate::quant::sections::{Part, SectionSpec};
use crate::quant::tensor::{Lanes, TensorSpec};

/// `(a - z[0]) * (b - z[1])`, requantized; multiplier and zero points are committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mul {}

impl Operator for Mul {
    fn name(&self) -> &'static str {
        "mul"
    }

    fn infer(&self, inputs: &[&TensorSpec]) -> Result<TensorSpec, String> {
        same_shape(inputs)
    }

    fn sections(&self, node: usize, lanes: Lanes) -> Vec<SectionSpec> {
        SectionSpec::of_two(node, lanes)
    }

    fn accumulator_bound(&self, lanes: Lanes) -> Option<u128> {
        Some(difference_bound(lanes.inputs).pow(2))
    }

    fn run(&self, data: &NodeData, inputs: &[Operand<'_>], result: Lane) -> NodeTrace {
        let zeros = data.part(Part::InputZeroPoint);
        let pairs = inputs[0].lanes.iter().zip(inputs[1].lanes);
        let product = |(&a, &b): (&i32, &i32)| i64::from(a - zeros[0]) * i64::from(b - zeros[1]);
        requantize_by_one(data, pairs.map(product).collect(), result)
    }
}

/// Requantizes accumulators with the one multiplier of the node.
pub(super) fn requantize_by_one(
    data: &NodeData,
    accumulators: Vec<i64>,
    result: Lane,
) -> NodeTrace {
    let multiplier = data.part(Part::Multipliers)[0].cast_unsigned();
    let zero_point = data.zero_point(Part::OutputZeroPoint);
    let lane = |&sum: &i64| {
        requantize(sum, multiplier, zero_point, false, result)
            .value
            .into()
    };
    NodeTrace {
        lanes: accumulators.iter().map(lane).collect(),
        accumulators,
    }
}
