//! How much accuracy the integers cost.

use serde::{Deserialize, Serialize};

use crate::onnx::{FloatModel, FloatOutput, ImportError};
use crate::quant::evaluate::Output;
use crate::{ModelError, QuantizedModel};

/// Counts over a labeled data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccuracyReport {
    /// Samples run.
    pub samples: u64,
    /// Samples that the float model classifies as labeled.
    pub float_correct: u64,
    /// Samples that the integer model classifies as labeled.
    pub integer_correct: u64,
    /// Samples on which both say the same.
    pub agreeing: u64,
}

/// A comparison could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccuracyError {
    /// The float model refused a sample.
    #[error(transparent)]
    Float(#[from] ImportError),
    /// The integer model refused a sample.
    #[error(transparent)]
    Integer(#[from] ModelError),
    /// The model does not classify.
    #[error("the model has no ArgMax at its end, so it has no accuracy")]
    NotAClassifier,
}

impl AccuracyReport {
    /// Returns hundredths of a percent of samples that the float model gets right, rounded down.
    #[must_use]
    pub fn float_basis_points(&self) -> u64 {
        basis_points_floor(self.float_correct, self.samples)
    }

    /// Returns hundredths of a percent of samples that the integer model gets right, rounded down.
    #[must_use]
    pub fn integer_basis_points(&self) -> u64 {
        basis_points_floor(self.integer_correct, self.samples)
    }
}

fn basis_points_floor(correct: u64, samples: u64) -> u64 {
    (correct.saturating_mul(10_000))
        .checked_div(samples)
        .unwrap_or(0)
}

/// Runs both models over labeled samples, each quantized by the model's own input mapping.
pub fn compare<'a>(
    float: &FloatModel,
    integer: &QuantizedModel,
    samples: impl IntoIterator<Item = (&'a [f32], u32)>,
) -> Result<AccuracyReport, AccuracyError> {
    let mut report = AccuracyReport::default();
    for (sample, label) in samples {
        let FloatOutput::Class(float_class) = float.run(sample)? else {
            return Err(AccuracyError::NotAClassifier);
        };
        let Output::Class(integer_class) = integer.evaluate(&integer.input_lanes(sample))? else {
            return Err(AccuracyError::NotAClassifier);
        };
        report.samples += 1;
        report.float_correct += u64::from(float_class == label);
        report.integer_correct += u64::from(integer_class == label);
        report.agreeing += u64::from(float_class == integer_class);
    }
    Ok(report)
}
