//! The class decision by the smallest lane.

use serde::{Deserialize, Serialize};

use super::arg_max::{ArgMax, arg_max};
use super::{NodeTrace, Operand, Operator};
use crate::quant::model::NodeData;
use crate::quant::tensor::{Lanes, TensorSpec};

/// The index of the smallest of all lanes, the lowest one of equals: one int32 lane, that of `arg_max` of `-x`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArgMin {}

impl Operator for ArgMin {
    fn name(&self) -> &'static str {
        "arg_min"
    }

    fn infer(&self, inputs: &[&TensorSpec]) -> Result<TensorSpec, String> {
        ArgMax {}.infer(inputs)
    }

    fn run(&self, _: &NodeData, inputs: &[Operand<'_>], _: Lanes) -> NodeTrace {
        let negated: Vec<i32> = inputs[0].lanes.iter().map(|&lane| -lane).collect();
        let index = i32::try_from(arg_max(&negated)).expect("elements are limited");
        NodeTrace::of(vec![index])
    }
}
