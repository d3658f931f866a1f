//! The sum or difference of two tensors.

use serde::{Deserialize, Serialize};

use super::product::rescale;
use super::{NodeTrace, Operand, Operator};
use crate::quant::limits::{MULTIPLIER_BITS, WIDE_MULTIPLIER_BITS};
use crate::quant::model::NodeData;
use crate::quant::requantize::requantize;
use crate::quant::sections::{Part, SectionSpec};
use crate::quant::tensor::{Lanes, TensorSpec};

/// `m[0] * (a - z[0]) + m[1] * (b - z[1])`, or minus the second term, element by element, requantized with
/// multiplier 1: the multipliers are committed, one for each input, and so are the zero points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Add {
    /// Whether the second input is taken away.
    pub subtract: bool,
    /// Whether values below the output's zero point become the zero point.
    pub relu: bool,
    /// Whether the multipliers have [`WIDE_MULTIPLIER_BITS`], for a result with finer steps than its terms.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub wide: bool,
}

impl Add {
    /// Returns the bits of the multipliers.
    #[must_use]
    pub const fn multiplier_bits(&self) -> u32 {
        if self.wide {
            WIDE_MULTIPLIER_BITS
        } else {
            MULTIPLIER_BITS
        }
    }
}

impl Operator for Add {
    fn name(&self) -> &'static str {
        "add"
    }

    fn infer(&self, inputs: &[&TensorSpec]) -> Result<TensorSpec, String> {
        same_shape(inputs)
    }

    fn sections(&self, node: usize, lanes: Lanes) -> Vec<SectionSpec> {
        vec![
            SectionSpec::int32(
                node,
                Part::Multipliers,
                2,
                0,
                (1 << self.multiplier_bits()) - 1,
            ),
            SectionSpec::of_lane(node, Part::InputZeroPoint, 2, lanes.inputs),
            SectionSpec::of_lane(node, Part::OutputZeroPoint, 1, lanes.result),
        ]
    }

    fn run(&self, data: &NodeData, inputs: &[Operand<'_>], lanes: Lanes) -> NodeTrace {
        let multipliers = data.part(Part::Multipliers);
        let zeros = data.part(Part::InputZeroPoint);
        let zero_point = data.zero_point(Part::OutputZeroPoint);
        let rescale = rescale(self, self.relu, lanes);
        // Two products of at most 30 and 17 bits: far from what 64 bits hold.
        let term = |input: usize, lane: i32| {
            i64::from(multipliers[input]) * i64::from(lane - zeros[input])
        };
        let lane = |(&a, &b): (&i32, &i32)| {
            let (first, second) = (term(0, a), term(1, b));
            let sum = if self.subtract {
                first - second
            } else {
                first + second
            };
            requantize(sum, 1, zero_point, rescale).value.into()
        };
        NodeTrace::of(
            inputs[0]
                .lanes
                .iter()
                .zip(inputs[1].lanes)
                .map(lane)
                .collect(),
        )
    }
}

/// Returns the shape of two inputs, of any lanes, that must have the same.
pub(super) fn same_shape(inputs: &[&TensorSpec]) -> Result<TensorSpec, String> {
    match inputs {
        [first, second] if first.shape == second.shape => Ok((*first).clone()),
        _ => same_type(inputs),
    }
}

/// Returns the type of two inputs that must be the same.
pub(super) fn same_type(inputs: &[&TensorSpec]) -> Result<TensorSpec, String> {
    match inputs {
        [first, second] if first == second => Ok((*first).clone()),
        [first, second] => Err(format!("{first:?} and {second:?} are not the same")),
        _ => Err(format!("{} inputs, expected 2", inputs.len())),
    }
}
