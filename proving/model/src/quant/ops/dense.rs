//! The dense layer in integers.

use crate::quant::model::DenseData;
use crate::quant::requantize::{Requantized, requantize};

/// A dense layer's intermediate values, one entry per output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DenseTrace {
    /// `bias[j] + sum_i weights[j][i] * input[i]`.
    pub accumulators: Vec<i64>,
    /// What became of each accumulator.
    pub requantized: Vec<Requantized>,
    /// The lanes given: the values of `requantized`.
    pub output: Vec<i8>,
}

/// Runs the layer.
///
/// Every sum stays below `ACCUMULATOR_LIMIT`: [`crate::Architecture::validate`] refuses shapes where it might not.
pub(crate) fn dense(data: &DenseData, relu: bool, input: &[i8]) -> DenseTrace {
    let accumulators: Vec<i64> = data
        .weights
        .chunks_exact(input.len())
        .zip(&data.bias)
        .map(|(row, &bias)| {
            row.iter()
                .zip(input)
                .fold(i64::from(bias), |sum, (&w, &x)| {
                    sum + i64::from(w) * i64::from(x)
                })
        })
        .collect();
    let requantized: Vec<Requantized> = accumulators
        .iter()
        .zip(&data.multipliers)
        .map(|(&accumulator, &multiplier)| {
            requantize(accumulator, multiplier, data.output_zero_point, relu)
        })
        .collect();
    let output = requantized.iter().map(|lane| lane.value).collect();
    DenseTrace {
        accumulators,
        requantized,
        output,
    }
}
