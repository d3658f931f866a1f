//! Which ranges a model's values have on real data.

use super::error::QuantizeError;
use super::float::FloatLayer;

/// Calibration samples: a few hundred are enough for ranges, and this many still take seconds.
pub const MAX_SAMPLES: usize = 1 << 16;

/// The smallest and largest value seen, zero included: zero must have an exact lane.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Range {
    pub min: f64,
    pub max: f64,
}

/// The ranges of the input and of every layer's result.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ranges {
    pub input: Range,
    pub layers: Vec<Range>,
}

impl Range {
    const ZERO: Self = Self { min: 0.0, max: 0.0 };

    fn extend(&mut self, values: &[f64]) {
        for &value in values {
            self.min = self.min.min(value);
            self.max = self.max.max(value);
        }
    }
}

/// Runs the float layers over the samples and returns the smallest and largest value at each place.
pub(super) fn calibrate(
    layers: &[FloatLayer],
    inputs: usize,
    samples: &[Vec<f32>],
) -> Result<Ranges, QuantizeError> {
    if samples.is_empty() || samples.len() > MAX_SAMPLES {
        return Err(QuantizeError::SampleCount {
            limit: MAX_SAMPLES,
            got: samples.len(),
        });
    }
    let mut ranges = Ranges {
        input: Range::ZERO,
        layers: vec![Range::ZERO; layers.len()],
    };
    for (index, sample) in samples.iter().enumerate() {
        let bad = |reason| QuantizeError::BadSample {
            sample: index,
            reason,
        };
        if sample.len() != inputs {
            return Err(bad(format!(
                "{} numbers, the model takes {inputs}",
                sample.len()
            )));
        }
        if let Some(value) = sample.iter().find(|value| !value.is_finite()) {
            return Err(bad(format!("holds {value}, expected finite numbers")));
        }
        let mut values: Vec<f64> = sample.iter().map(|&value| value.into()).collect();
        ranges.input.extend(&values);
        for (layer, range) in layers.iter().zip(&mut ranges.layers) {
            if let FloatLayer::Dense(dense) = layer {
                values = dense.run(&values);
                range.extend(&values);
            }
        }
    }
    Ok(ranges)
}
