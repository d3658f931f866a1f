//! The quantized model: shape, scales and the integers that training found.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::architecture::{Architecture, LayerSpec, Part, SectionSpec};
use super::limits::{BIAS_MAX, BIAS_MIN, MULTIPLIER_MAX};
use super::scale::Scales;
use crate::ModelError;

/// A model in integers: the specification that runtime, witness and circuit follow.
///
/// A value of this type is valid: shapes fit, every number is within its width, so that
/// [`QuantizedModel::evaluate`] has a result for every input of the right length.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "UncheckedModel")]
pub struct QuantizedModel {
    architecture: Architecture,
    scales: Scales,
    dense: Vec<DenseData>,
}

/// The committed integers of one dense layer.
///
/// Weights are symmetric (their zero point is 0 by format). The zero point of the layer's input is folded
/// into the biases: `bias[j] = round(b[j] / (scale_in * scale_w[j])) - zero_in * sum_i w[j][i]`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DenseData {
    /// Row-major `[outputs, inputs]`.
    pub weights: Vec<i8>,
    /// Where each accumulator starts, within `BIAS_MIN..=BIAS_MAX`.
    pub bias: Vec<i32>,
    /// Requantization multiplier of each output, at most `MULTIPLIER_MAX`.
    pub multipliers: Vec<u32>,
    /// The int8 value that stands for zero in the output.
    pub output_zero_point: i8,
}

/// Counts instead of numbers: what is committed is the provider's secret, and debug output ends up in logs.
impl fmt::Debug for DenseData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DenseData")
            .field("weights", &self.weights.len())
            .field("bias", &self.bias.len())
            .finish_non_exhaustive()
    }
}

/// A section of the committed data with its values.
#[derive(Clone, PartialEq, Eq)]
pub struct CommittedSection {
    /// Which layer, part and lanes.
    pub spec: SectionSpec,
    /// As many values as `spec.len`, within the lane's range.
    pub values: Vec<i64>,
}

/// The specification without the values, for the same reason as [`DenseData`].
impl fmt::Debug for CommittedSection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CommittedSection")
            .field("spec", &self.spec)
            .finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UncheckedModel {
    architecture: Architecture,
    scales: Scales,
    dense: Vec<DenseData>,
}

impl TryFrom<UncheckedModel> for QuantizedModel {
    type Error = ModelError;

    fn try_from(model: UncheckedModel) -> Result<Self, ModelError> {
        Self::new(model.architecture, model.scales, model.dense)
    }
}

impl QuantizedModel {
    /// Returns the model of these parts, `dense` holding one entry per dense layer in order; refuses what
    /// does not fit the shape or the widths.
    pub fn new(
        architecture: Architecture,
        scales: Scales,
        dense: Vec<DenseData>,
    ) -> Result<Self, ModelError> {
        architecture.validate()?;
        scales.validate()?;
        let layers = architecture
            .layers
            .iter()
            .enumerate()
            .filter(|(_, spec)| matches!(spec, LayerSpec::Dense { .. }));
        let expected = layers.clone().count();
        if dense.len() != expected {
            return Err(ModelError::WrongLength {
                layer: 0,
                part: "dense layers",
                expected,
                got: dense.len(),
            });
        }
        for ((layer, spec), data) in layers.zip(&dense) {
            data.validate(layer, spec)?;
        }
        Ok(Self {
            architecture,
            scales,
            dense,
        })
    }

    /// Returns the public shape.
    #[must_use]
    pub fn architecture(&self) -> &Architecture {
        &self.architecture
    }

    /// Returns how real numbers map to the input's and output's integers.
    #[must_use]
    pub fn scales(&self) -> &Scales {
        &self.scales
    }

    /// Returns the data of the dense layers in order.
    #[must_use]
    pub fn dense(&self) -> &[DenseData] {
        &self.dense
    }

    /// Returns the data that a model commitment binds, in the order of [`Architecture::sections`].
    #[must_use]
    pub fn committed_data(&self) -> Vec<CommittedSection> {
        let mut dense = self.dense.iter();
        let mut current = None;
        self.architecture
            .sections()
            .into_iter()
            .map(|spec| {
                if spec.part == Part::Weights {
                    current = dense.next();
                }
                let data = current.expect("a checked model has data for every dense layer");
                CommittedSection {
                    spec,
                    values: data.part(spec.part),
                }
            })
            .collect()
    }

    /// Returns the model of this shape and these values, the inverse of [`QuantizedModel::committed_data`];
    /// refuses values outside their widths.
    pub fn from_committed(
        architecture: Architecture,
        scales: Scales,
        mut values: impl FnMut(&SectionSpec) -> Vec<i64>,
    ) -> Result<Self, ModelError> {
        architecture.validate()?;
        let mut dense = Vec::new();
        // Four sections a layer: `Architecture::sections` says so.
        for sections in architecture.sections().chunks_exact(4) {
            let layer = sections[0].layer;
            let mut part = |index: usize| values(&sections[index]);
            let weights = convert(layer, "weights", &part(0))?;
            let bias = convert(layer, "bias", &part(1))?;
            let multipliers = convert(layer, "multipliers", &part(2))?;
            let zero_point: Vec<i8> = convert(layer, "output zero points", &part(3))?;
            let &[output_zero_point] = zero_point.as_slice() else {
                let (part, got) = ("output zero points", zero_point.len());
                return Err(ModelError::WrongLength {
                    layer,
                    part,
                    expected: 1,
                    got,
                });
            };
            dense.push(DenseData {
                weights,
                bias,
                multipliers,
                output_zero_point,
            });
        }
        Self::new(architecture, scales, dense)
    }
}

impl DenseData {
    fn validate(&self, layer: usize, spec: &LayerSpec) -> Result<(), ModelError> {
        let &LayerSpec::Dense { outputs, .. } = spec else {
            return Ok(());
        };
        let lengths = [
            ("weights", spec.weights(), self.weights.len()),
            ("bias", outputs, self.bias.len()),
            ("multipliers", outputs, self.multipliers.len()),
        ];
        for (part, expected, got) in lengths {
            if expected != got {
                return Err(ModelError::WrongLength {
                    layer,
                    part,
                    expected,
                    got,
                });
            }
        }
        if let Some(&got) = self
            .bias
            .iter()
            .find(|bias| !(BIAS_MIN..=BIAS_MAX).contains(*bias))
        {
            return Err(ModelError::OutOfRange {
                layer,
                part: "bias",
                min: BIAS_MIN.into(),
                max: BIAS_MAX.into(),
                got: got.into(),
            });
        }
        if let Some(&got) = self
            .multipliers
            .iter()
            .find(|&&multiplier| multiplier > MULTIPLIER_MAX)
        {
            return Err(ModelError::OutOfRange {
                layer,
                part: "multipliers",
                min: 0,
                max: MULTIPLIER_MAX.into(),
                got: got.into(),
            });
        }
        Ok(())
    }

    fn part(&self, part: Part) -> Vec<i64> {
        match part {
            Part::Weights => self.weights.iter().map(|&weight| weight.into()).collect(),
            Part::Bias => self.bias.iter().map(|&bias| bias.into()).collect(),
            Part::Multipliers => self
                .multipliers
                .iter()
                .map(|&multiplier| multiplier.into())
                .collect(),
            Part::OutputZeroPoint => vec![self.output_zero_point.into()],
        }
    }
}

/// Narrows values to the integers that hold them; the widths of this format are checked afterwards.
fn convert<T: TryFrom<i64>>(
    layer: usize,
    part: &'static str,
    values: &[i64],
) -> Result<Vec<T>, ModelError> {
    let narrow =
        |&got: &i64| T::try_from(got).map_err(|_| ModelError::DoesNotFit { layer, part, got });
    values.iter().map(narrow).collect()
}

#[cfg(test)]
mod tests {
    use super::DenseData;

    #[test]
    fn debug_output_does_not_show_what_is_committed() {
        let data = DenseData {
            weights: vec![101, 102],
            bias: vec![103],
            multipliers: vec![104],
            output_zero_point: 105,
        };
        let text = format!("{data:?}");
        assert!(
            ["101", "102", "103", "104", "105"]
                .iter()
                .all(|number| !text.contains(number))
        );
    }
}
