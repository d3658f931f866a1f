//! The public half of a quantized model: everything that its circuit depends on.

use assay_statement::Lane;
use serde::{Deserialize, Serialize};

use super::limits::{
    ACCUMULATOR_LIMIT, FORMAT, MAX_DENSE_INPUTS, MAX_DENSE_OUTPUTS, MAX_LAYERS, MAX_WEIGHTS,
    accumulator_bound,
};
use crate::ModelError;

/// The shape of a quantized model: enough to build its circuit, nothing about its trained values.
///
/// All numbers have the widths that [`super::limits`] fixes for `format`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Architecture {
    /// Version of the integer semantics, [`FORMAT`].
    pub format: u32,
    /// How many int8 lanes the model takes.
    pub inputs: usize,
    /// The layers in order; the lanes that one gives are the lanes that the next takes.
    pub layers: Vec<LayerSpec>,
}

/// The shape of one layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
pub enum LayerSpec {
    /// `outputs` int8 lanes, each a dot product over all inputs plus bias, requantized.
    Dense {
        /// Lanes taken.
        inputs: usize,
        /// Lanes given.
        outputs: usize,
        /// Whether values below the output's zero point become the zero point.
        relu: bool,
    },
    /// The index of the largest of all lanes, the lowest one of equals. Only ever the last layer.
    ArgMax {
        /// Lanes taken.
        inputs: usize,
    },
}

impl LayerSpec {
    /// Returns how many int8 lanes the layer takes.
    #[must_use]
    pub const fn inputs(&self) -> usize {
        match *self {
            Self::Dense { inputs, .. } | Self::ArgMax { inputs } => inputs,
        }
    }

    /// Returns how many weights the layer has.
    #[must_use]
    pub const fn weights(&self) -> usize {
        match *self {
            Self::Dense {
                inputs, outputs, ..
            } => inputs.saturating_mul(outputs),
            Self::ArgMax { .. } => 0,
        }
    }
}

/// What a model's output lanes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputSpec {
    /// One int32 lane, the class, below `classes`.
    Class {
        /// How many classes there are.
        classes: usize,
    },
    /// int8 lanes.
    Lanes {
        /// How many.
        lanes: usize,
    },
}

impl OutputSpec {
    /// Returns the lane type and the count of lanes of the output commitment.
    #[must_use]
    pub const fn lanes(&self) -> (Lane, usize) {
        match *self {
            Self::Class { .. } => (Lane::Int32, 1),
            Self::Lanes { lanes } => (Lane::Int8, lanes),
        }
    }
}

/// What a section of the committed data holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Weights, row-major: all inputs of output 0, then of output 1, ...
    Weights,
    /// Biases, one per output.
    Bias,
    /// Requantization multipliers, one per output.
    Multipliers,
    /// The zero point of the layer's output: one lane.
    OutputZeroPoint,
}

/// One section of the committed data: which layer, which part, which lanes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SectionSpec {
    /// Index into [`Architecture::layers`].
    pub layer: usize,
    /// What it holds.
    pub part: Part,
    /// Lane type of the values.
    pub lane: Lane,
    /// How many values.
    pub len: usize,
}

impl Architecture {
    /// Checks the shape against the limits and against itself.
    pub fn validate(&self) -> Result<(), ModelError> {
        if self.format != FORMAT {
            return Err(ModelError::UnknownFormat {
                expected: FORMAT,
                got: self.format,
            });
        }
        check_limit("layers", MAX_LAYERS, self.layers.len())?;
        check_limit(
            "weights",
            MAX_WEIGHTS,
            self.layers
                .iter()
                .fold(0, |sum, l| l.weights().saturating_add(sum)),
        )?;
        if self.layers.is_empty() {
            return Err(ModelError::Empty { what: "layers" });
        }
        let mut lanes = self.inputs;
        for (layer, spec) in self.layers.iter().enumerate() {
            if spec.inputs() != lanes {
                return Err(ModelError::LayerMismatch {
                    layer,
                    expected: lanes,
                    got: spec.inputs(),
                });
            }
            if lanes == 0 {
                return Err(ModelError::Empty {
                    what: "layer inputs",
                });
            }
            check_limit("layer inputs", MAX_DENSE_INPUTS, lanes)?;
            match *spec {
                LayerSpec::Dense {
                    inputs, outputs, ..
                } => {
                    check_limit("layer outputs", MAX_DENSE_OUTPUTS, outputs)?;
                    if outputs == 0 {
                        return Err(ModelError::Empty {
                            what: "layer outputs",
                        });
                    }
                    let bound = accumulator_bound(inputs);
                    if bound >= u128::from(ACCUMULATOR_LIMIT.unsigned_abs()) {
                        return Err(ModelError::AccumulatorTooWide {
                            layer,
                            limit: ACCUMULATOR_LIMIT,
                            bound,
                        });
                    }
                    lanes = outputs;
                }
                LayerSpec::ArgMax { .. } if layer + 1 == self.layers.len() => {}
                LayerSpec::ArgMax { .. } => return Err(ModelError::ArgMaxNotLast { layer }),
            }
        }
        Ok(())
    }

    /// Returns what the output is.
    #[must_use]
    pub fn output(&self) -> OutputSpec {
        match self.layers.last() {
            Some(&LayerSpec::ArgMax { inputs }) => OutputSpec::Class { classes: inputs },
            Some(&LayerSpec::Dense { outputs, .. }) => OutputSpec::Lanes { lanes: outputs },
            None => OutputSpec::Lanes { lanes: self.inputs },
        }
    }

    /// Returns the order of the committed data: for each dense layer weights, biases, multipliers, output
    /// zero point. It depends on nothing but the shape.
    #[must_use]
    pub fn sections(&self) -> Vec<SectionSpec> {
        let mut sections = Vec::with_capacity(4 * self.layers.len());
        for (layer, spec) in self.layers.iter().enumerate() {
            if let LayerSpec::Dense { outputs, .. } = *spec {
                let mut push = |part, lane, len| {
                    sections.push(SectionSpec {
                        layer,
                        part,
                        lane,
                        len,
                    })
                };
                push(Part::Weights, Lane::Int8, spec.weights());
                push(Part::Bias, Lane::Int32, outputs);
                push(Part::Multipliers, Lane::Int32, outputs);
                push(Part::OutputZeroPoint, Lane::Int8, 1);
            }
        }
        sections
    }

    /// Returns the number of trained parameters: weights and biases.
    #[must_use]
    pub fn parameters(&self) -> usize {
        self.sections()
            .iter()
            .filter(|section| matches!(section.part, Part::Weights | Part::Bias))
            .map(|section| section.len)
            .sum()
    }
}

fn check_limit(what: &'static str, limit: usize, got: usize) -> Result<(), ModelError> {
    if got > limit {
        Err(ModelError::OverLimit { what, limit, got })
    } else {
        Ok(())
    }
}
