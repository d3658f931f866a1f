//! The product of two tensors, element by element.

use serde::{Deserialize, Serialize};

use super::add::same_shape;
use super::product::{requantize_all, rescale};
use super::{NodeTrace, Operand, Operator};
use crate::quant::limits::{difference_bound, pair_shift};
use crate::quant::model::NodeData;
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

    fn shift(&self, lanes: Lanes) -> u32 {
        pair_shift(lanes.inputs)
    }

    fn run(&self, data: &NodeData, inputs: &[Operand<'_>], lanes: Lanes) -> NodeTrace {
        let zeros = data.part(Part::InputZeroPoint);
        let pairs = inputs[0].lanes.iter().zip(inputs[1].lanes);
        let product = |(&a, &b): (&i32, &i32)| i64::from(a - zeros[0]) * i64::from(b - zeros[1]);
        let rescale = rescale(self, false, lanes);
        requantize_all(data, pairs.map(product).collect(), |_| 0, rescale)
    }
}
