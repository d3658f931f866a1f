//! The product of two tensors of matrices.

use serde::{Deserialize, Serialize};

use super::product::{requantize_all, rescale};
use super::{NodeTrace, Operand, Operator};
use crate::quant::limits::{MAX_PRODUCTS, difference_bound, pair_shift};
use crate::quant::model::NodeData;
use crate::quant::sections::{Part, SectionSpec};
use crate::quant::tensor::{Lanes, TensorSpec};

/// `[batch.., m, k]` times `[batch.., k, n]` to `[batch.., m, n]`: sums of `(a - z[0]) * (b - z[1])` over k,
/// requantized; multiplier and zero points are committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Matmul {
    /// How many products each sum has.
    pub inner: usize,
}

impl Matmul {
    /// Returns the sums.
    #[must_use]
    pub fn accumulate(&self, data: &NodeData, inputs: &[Operand<'_>]) -> Vec<i64> {
        let zeros = data.part(Part::InputZeroPoint);
        let columns = inputs[1].tensor.width();
        let shape = &inputs[0].tensor.shape;
        let rows = shape[shape.len() - 2];
        let matrices = inputs[0].lanes.chunks_exact(rows * self.inner);
        let others = inputs[1].lanes.chunks_exact(self.inner * columns);
        let mut sums = Vec::new();
        for (left, right) in matrices.zip(others) {
            for row in left.chunks_exact(self.inner) {
                for column in 0..columns {
                    let products = row.iter().zip(right.iter().skip(column).step_by(columns));
                    let product =
                        |(&a, &b): (&i32, &i32)| i64::from(a - zeros[0]) * i64::from(b - zeros[1]);
                    sums.push(products.map(product).sum());
                }
            }
        }
        sums
    }
}

impl Operator for Matmul {
    fn name(&self) -> &'static str {
        "matmul"
    }

    fn infer(&self, inputs: &[&TensorSpec]) -> Result<TensorSpec, String> {
        let [first, second] = inputs else {
            return Err(format!("{} inputs, expected 2", inputs.len()));
        };
        let fits = match (first.shape.as_slice(), second.shape.as_slice()) {
            ([batch @ .., _, k], [other @ .., inner, _]) => {
                batch == other && k == inner && *k == self.inner && self.inner <= MAX_PRODUCTS
            }
            _ => false,
        };
        if !fits {
            return Err(format!(
                "cannot multiply {:?} and {:?} over {} of at most {MAX_PRODUCTS}",
                first.shape, second.shape, self.inner
            ));
        }
        let mut tensor = (*first).clone();
        if let Some(last) = tensor.shape.last_mut() {
            *last = second.width();
        }
        Ok(tensor)
    }

    fn sections(&self, node: usize, lanes: Lanes) -> Vec<SectionSpec> {
        SectionSpec::of_two(node, lanes)
    }

    fn products(&self) -> Option<usize> {
        Some(self.inner)
    }

    fn accumulator_bound(&self, lanes: Lanes) -> Option<u128> {
        Some(self.inner as u128 * difference_bound(lanes.inputs).pow(2))
    }

    fn shift(&self, lanes: Lanes) -> u32 {
        pair_shift(lanes.inputs)
    }

    fn run(&self, data: &NodeData, inputs: &[Operand<'_>], lanes: Lanes) -> NodeTrace {
        let rescale = rescale(self, false, lanes);
        requantize_all(data, self.accumulate(data, inputs), |_| 0, rescale)
    }
}
