//! The quantized model: shape, scales and the integers that training found.

use std::fmt;

use assay_statement::Lane;
use serde::{Deserialize, Serialize};

use super::architecture::Architecture;
use super::feature::Feature;
use super::scale::{Quantization, Scales};
use super::sections::{Part, SectionSpec};
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
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    features: Vec<Feature>,
    data: Vec<NodeData>,
}

/// The committed integers of one node: the values of its sections, in their order.
///
/// Weights are symmetric (their zero point is 0 by format). The zero point of a product's input is folded
/// into the biases: `bias[j] = round(b[j] / (scale_in * scale_w[j])) - zero_in * sum_i w[j][i]`.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NodeData {
    parts: Vec<(Part, Vec<i32>)>,
}

/// Counts instead of numbers: what is committed is the provider's secret, and debug output ends up in logs.
impl fmt::Debug for NodeData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NodeData ")?;
        f.debug_map()
            .entries(self.parts.iter().map(|(part, values)| (part, values.len())))
            .finish()
    }
}

/// A section of the committed data with its values.
#[derive(Clone, PartialEq, Eq)]
pub struct CommittedSection {
    /// Which node, part and lanes.
    pub spec: SectionSpec,
    /// As many values as `spec.len`, within the section's range.
    pub values: Vec<i64>,
}

/// The specification without the values, for the same reason as [`NodeData`].
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
    #[serde(default)]
    features: Vec<Feature>,
    data: Vec<NodeData>,
}

impl TryFrom<UncheckedModel> for QuantizedModel {
    type Error = ModelError;

    fn try_from(model: UncheckedModel) -> Result<Self, ModelError> {
        Self::new(model.architecture, model.scales, model.data)?.with_features(model.features)
    }
}

impl QuantizedModel {
    /// Returns the model of these parts, `data` holding one entry per node in order; refuses what does not fit
    /// the shape or the widths.
    pub fn new(
        architecture: Architecture,
        scales: Scales,
        data: Vec<NodeData>,
    ) -> Result<Self, ModelError> {
        architecture.validate()?;
        scales.validate()?;
        let (expected, got) = (architecture.nodes.len(), data.len());
        if got != expected {
            return Err(ModelError::WrongNodeCount { expected, got });
        }
        for (node, data) in data.iter().enumerate() {
            data.validate(node, &architecture.sections_of(node))?;
        }
        Ok(Self {
            architecture,
            scales,
            features: Vec::new(),
            data,
        })
    }

    /// Returns the model with a mapping for each input lane in place of the one for all; none leaves that one.
    pub fn with_features(self, features: Vec<Feature>) -> Result<Self, ModelError> {
        check_features(&self.architecture, &features)?;
        Ok(Self { features, ..self })
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

    /// Returns how real numbers map to each lane of the input; empty where all lanes have the mapping of
    /// [`QuantizedModel::scales`].
    #[must_use]
    pub fn features(&self) -> &[Feature] {
        &self.features
    }

    /// Returns the input lanes of a sample.
    #[must_use]
    pub fn input_lanes(&self, sample: &[f32]) -> Vec<i16> {
        let input = (self.scales.input, self.architecture.input.lane);
        input_lanes(input, &self.features, sample)
    }

    /// Returns the data of the nodes in order.
    #[must_use]
    pub fn data(&self) -> &[NodeData] {
        &self.data
    }

    /// Returns the data that a model commitment binds, in the order of [`Architecture::sections`].
    #[must_use]
    pub fn committed_data(&self) -> Vec<CommittedSection> {
        self.architecture
            .sections()
            .into_iter()
            .map(|spec| CommittedSection {
                spec,
                values: (self.data[spec.node].part(spec.part).iter())
                    .map(|&value| value.into())
                    .collect(),
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
        let mut data = vec![NodeData::default(); architecture.nodes.len()];
        for section in architecture.sections() {
            let narrowed = values(&section)
                .into_iter()
                .map(|got| i32::try_from(got).map_err(|_| section.out_of_range(got)))
                .collect::<Result<_, _>>()?;
            data[section.node].parts.push((section.part, narrowed));
        }
        Self::new(architecture, scales, data)
    }
}

impl NodeData {
    /// Returns the data of these parts, in the order of the operator's sections.
    #[must_use]
    pub fn new(parts: impl IntoIterator<Item = (Part, Vec<i32>)>) -> Self {
        Self {
            parts: parts.into_iter().collect(),
        }
    }

    /// Returns the values of a part, none if the operator does not have it.
    #[must_use]
    pub fn part(&self, part: Part) -> &[i32] {
        let found = self.parts.iter().find(|(name, _)| *name == part);
        found.map_or(&[], |(_, values)| values)
    }

    /// Returns all parts with their values.
    #[must_use]
    pub fn parts(&self) -> &[(Part, Vec<i32>)] {
        &self.parts
    }

    /// Returns the value of a part that is one lane, 0 if the operator does not have it.
    #[must_use]
    pub fn zero_point(&self, part: Part) -> i16 {
        let lane = self.part(part).first().copied().unwrap_or(0);
        i16::try_from(lane).expect("checked data keep to their lanes")
    }

    fn validate(&self, node: usize, sections: &[SectionSpec]) -> Result<(), ModelError> {
        let parts = self.parts.iter().map(|(part, _)| *part);
        if !parts.eq(sections.iter().map(|section| section.part)) {
            return Err(ModelError::WrongParts { node });
        }
        for (section, (_, values)) in sections.iter().zip(&self.parts) {
            if values.len() != section.len {
                return Err(ModelError::WrongLength {
                    node,
                    part: section.part,
                    expected: section.len,
                    got: values.len(),
                });
            }
            let range = section.min..=section.max;
            if let Some(&got) = values.iter().find(|value| !range.contains(value)) {
                return Err(section.out_of_range(got.into()));
            }
        }
        Ok(())
    }
}

/// Checks that there is a mapping for every int16 lane of the input, or none at all.
pub(crate) fn check_features(
    architecture: &Architecture,
    features: &[Feature],
) -> Result<(), ModelError> {
    if features.is_empty() {
        return Ok(());
    }
    let lanes = match architecture.input.lane {
        Lane::Int16 => architecture.inputs(),
        _ => 0,
    };
    if features.len() != lanes {
        return Err(ModelError::BadInput {
            reason: format!(
                "{} mappings of int16 lanes, expected {lanes}",
                features.len()
            ),
        });
    }
    features.iter().try_for_each(Feature::validate)
}

impl SectionSpec {
    fn out_of_range(&self, got: i64) -> ModelError {
        ModelError::OutOfRange {
            node: self.node,
            part: self.part,
            min: self.min,
            max: self.max,
            got,
        }
    }
}

/// Returns the lanes of a sample: one mapping for each feature if there are such, else one for all numbers.
pub(crate) fn input_lanes(
    (mapping, lane): (Quantization, Lane),
    features: &[Feature],
    sample: &[f32],
) -> Vec<i16> {
    if features.is_empty() {
        let lanes = sample.iter().map(|&value| mapping.quantize_to(lane, value));
        return lanes.collect();
    }
    let pairs = features.iter().zip(sample);
    pairs.map(|(feature, &value)| feature.lane(value)).collect()
}

#[cfg(test)]
mod tests {
    use super::{NodeData, Part};

    #[test]
    fn debug_output_does_not_show_what_is_committed() {
        let data = NodeData::new([
            (Part::Weights, vec![101, 102]),
            (Part::Bias, vec![103]),
            (Part::Multipliers, vec![104]),
            (Part::OutputZeroPoint, vec![105]),
        ]);
        let text = format!("{data:?}");
        assert!(text.contains("Weights: 2"));
        assert!(
            ["101", "102", "103", "104", "105"]
                .iter()
                .all(|number| !text.contains(number))
        );
    }
}
