//! Which of two elements is smaller, or whether they are equal.
//!
//! ```text
//! less:          y = [a < b]       a - b = d - 256 * y                0 <= d < 256
//! less_or_equal: y = [a <= b]      a - b - 1 = d - 256 * y            0 <= d < 256
//! equal:         y = [a = b]       (a - b) * y = 0, (a - b) * i = 1 - y, i * y = 0
//! ```
//!
//! y is 0 or 1. Differences of lanes are -255 to 255, so d and y are their remainder and quotient; i is the inverse of
//! the difference, zero where there is none.

use serde::{Deserialize, Serialize};

use super::add::same_type;
use super::{NodeTrace, Operand, Operator};
use crate::quant::model::NodeData;
use crate::quant::tensor::{Lanes, TensorSpec};

/// The lane 1 where the relation of two tensors of one scale holds, else 0: element by element.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compare {
    /// What is asked of first and second.
    pub relation: Relation,
}

/// A relation of two lanes; those the other way round have their inputs swapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// The first is smaller.
    Less,
    /// The first is not larger.
    LessOrEqual,
    /// Both are the same.
    Equal,
}

impl Relation {
    /// Returns whether two lanes are so related.
    #[must_use]
    pub const fn holds(self, first: i32, second: i32) -> bool {
        match self {
            Self::Less => first < second,
            Self::LessOrEqual => first <= second,
            Self::Equal => first == second,
        }
    }
}

impl Operator for Compare {
    fn name(&self) -> &'static str {
        "compare"
    }

    fn infer(&self, inputs: &[&TensorSpec]) -> Result<TensorSpec, String> {
        same_type(inputs)
    }

    fn run(&self, _: &NodeData, inputs: &[Operand<'_>], _: Lanes) -> NodeTrace {
        let pairs = inputs[0].lanes.iter().zip(inputs[1].lanes);
        let lane = |(&a, &b): (&i32, &i32)| self.relation.holds(a, b).into();
        NodeTrace::of(pairs.map(lane).collect())
    }
}
