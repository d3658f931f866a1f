//! The class decision in integers.

use assay_statement::Lane;
use serde::{Deserialize, Serialize};

use super::{NodeTrace, Operand, Operator, single};
use crate::quant::model::NodeData;
use crate::quant::tensor::{Lanes, TensorSpec};

/// The index of the largest of all lanes, the lowest one of equals: one int32 lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArgMax {}

impl Operator for ArgMax {
    fn name(&self) -> &'static str {
        "arg_max"
    }

    fn infer(&self, inputs: &[&TensorSpec]) -> Result<TensorSpec, String> {
        single(inputs)?;
        Ok(TensorSpec {
            shape: vec![1],
            lane: Lane::Int32,
        })
    }

    fn run(&self, _: &NodeData, inputs: &[Operand<'_>], _: Lanes) -> NodeTrace {
        let index = arg_max(inputs[0].lanes);
        let index = i32::try_from(index).expect("elements are limited");
        NodeTrace::of(vec![index])
    }
}

/// Returns the index of the largest lane, the lowest of equals; 0 of none.
#[must_use]
pub fn arg_max(lanes: &[i32]) -> usize {
    first_largest(lanes)
}

/// Returns the index of the largest number, the lowest of equals; 0 of none.
pub(crate) fn first_largest<T: PartialOrd>(lanes: &[T]) -> usize {
    (1..lanes.len()).fold(0, |best, index| {
        if lanes[index] > lanes[best] {
            index
        } else {
            best
        }
    })
}

#[cfg(test)]
mod tests {
    use super::arg_max;

    #[test]
    fn lowest_index_of_equals_wins() {
        let check = |input: &[i32], index| assert_eq!(arg_max(input), index);
        check(&[3], 0);
        check(&[1, 3, 3, 2], 1);
        check(&[-128, -128], 0);
        check(&[-128, -127, 127, 127], 2);
    }
}
