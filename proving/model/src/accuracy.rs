//! What the integers cost: the accuracy of classifiers, the distance of other models' numbers.

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
    /// The model classifies.
    #[error("the model gives a class, which is no number that could be off")]
    NotNumbers,
}

/// How far the output numbers of a model that does not classify are off, in thousandths of an output step, which is
/// the finest that its lanes can say: equal on every machine, and the same for all units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LossReport {
    /// Samples run.
    pub samples: u64,
    /// The mean absolute difference between integer and float model, over all numbers of all samples.
    pub mean_thousandths: u64,
    /// The largest.
    pub max_thousandths: u64,
    /// How far both are from what is right, where every sample says so and the model gives one number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub targets: Option<TargetReport>,
}

/// Mean absolute errors against what is right, in thousandths of an output step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetReport {
    /// The float model's.
    pub float_thousandths: u64,
    /// The integer model's.
    pub integer_thousandths: u64,
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

/// Runs both models over samples, each with the number that is right if that is known.
pub fn compare_values<'a>(
    float: &FloatModel,
    integer: &QuantizedModel,
    samples: impl IntoIterator<Item = (&'a [f32], Option<f64>)>,
) -> Result<LossReport, AccuracyError> {
    let mapping = integer.scales().output;
    let step = mapping.scale.to_f64();
    let (mut count, mut numbers, mut labeled) = (0_u64, 0_u64, 0_u64);
    let (mut sum, mut max) = (0.0, 0.0_f64);
    let mut targets = [0.0; 2];
    for (sample, target) in samples {
        let FloatOutput::Values(expected) = float.run(sample)? else {
            return Err(AccuracyError::NotNumbers);
        };
        let Output::Lanes(lanes) = integer.evaluate(&integer.input_lanes(sample))? else {
            return Err(AccuracyError::NotNumbers);
        };
        count += 1;
        for (&expected, &lane) in expected.iter().zip(&lanes) {
            let off = (f64::from(expected) - mapping.dequantize(lane)).abs() / step;
            numbers += 1;
            sum += off;
            max = max.max(off);
        }
        if let (Some(target), [expected], [lane]) = (target, &expected[..], &lanes[..]) {
            labeled += 1;
            targets[0] += (f64::from(*expected) - target).abs() / step;
            targets[1] += (mapping.dequantize(*lane) - target).abs() / step;
        }
    }
    // `as` saturates; a number that is not finite says so by being as large as can be.
    let thousandths = |steps: f64| {
        if steps.is_nan() {
            u64::MAX
        } else {
            (steps * 1_000.0).ceil() as u64
        }
    };
    let [float_error, integer_error] = targets.map(|sum| thousandths(sum / labeled.max(1) as f64));
    Ok(LossReport {
        samples: count,
        mean_thousandths: thousandths(sum / numbers.max(1) as f64),
        max_thousandths: thousandths(max),
        targets: (labeled > 0 && labeled == count).then_some(TargetReport {
            float_thousandths: float_error,
            integer_thousandths: integer_error,
        }),
    })
}
