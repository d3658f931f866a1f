//! What operators with accumulators share: the way from them to lanes.

use super::{NodeTrace, Operator};
use crate::quant::limits::{MAX_OUTPUTS, MAX_PRODUCTS};
use crate::quant::model::NodeData;
use crate::quant::requantize::{Rescale, requantize};
use crate::quant::sections::Part;
use crate::quant::tensor::Lanes;

/// Returns how an operator's accumulators become lanes.
pub(super) fn rescale(op: &impl Operator, relu: bool, lanes: Lanes) -> Rescale {
    Rescale {
        shift: op.shift(lanes),
        relu,
        lane: lanes.result,
    }
}

/// Requantizes accumulators, each with the multiplier of its channel.
pub(super) fn requantize_all(
    data: &NodeData,
    accumulators: Vec<i64>,
    channel: impl Fn(usize) -> usize,
    rescale: Rescale,
) -> NodeTrace {
    let multipliers = data.part(Part::Multipliers);
    let zero_point = data.zero_point(Part::OutputZeroPoint);
    let lanes = accumulators
        .iter()
        .enumerate()
        .map(|(index, &accumulator)| {
            let multiplier = multipliers[channel(index)].cast_unsigned();
            requantize(accumulator, multiplier, zero_point, rescale)
                .value
                .into()
        })
        .collect();
    NodeTrace {
        lanes,
        accumulators,
    }
}

/// Checks the counts of a product's outputs and of the products that each of them sums.
pub(super) fn check_counts(outputs: usize, products: usize) -> Result<(), String> {
    if outputs == 0 || outputs > MAX_OUTPUTS {
        return Err(format!("{outputs} outputs, expected 1 to {MAX_OUTPUTS}"));
    }
    if products == 0 || products > MAX_PRODUCTS {
        return Err(format!("{products} products, expected 1 to {MAX_PRODUCTS}"));
    }
    Ok(())
}
