//! One of two elements, as a comparison says.

use serde::{Deserialize, Serialize};

use super::{NodeTrace, Operand, Operator};
use crate::quant::model::NodeData;
use crate::quant::tensor::{Lanes, TensorSpec};

/// `y = b + c * (a - b)` of `c, a, b`, element by element: c is what a `compare` gives, at most moved, hence 0 or 1. All
/// of a, b and y have one scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Where {}

impl Operator for Where {
    fn name(&self) -> &'static str {
        "where"
    }

    fn infer(&self, inputs: &[&TensorSpec]) -> Result<TensorSpec, String> {
        match inputs {
            [condition, first, second] if condition == first && first == second => {
                Ok((*first).clone())
            }
            [condition, first, second] => Err(format!(
                "{condition:?}, {first:?} and {second:?} are not the same"
            )),
            _ => Err(format!("{} inputs, expected 3", inputs.len())),
        }
    }

    fn run(&self, _: &NodeData, inputs: &[Operand<'_>], _: Lanes) -> NodeTrace {
        let pairs = inputs[1].lanes.iter().zip(inputs[2].lanes);
        let lane =
            |(&condition, (&a, &b)): (&i32, (&i32, &i32))| if condition == 1 { a } else { b };
        NodeTrace::of(inputs[0].lanes.iter().zip(pairs).map(lane).collect())
    }
}
