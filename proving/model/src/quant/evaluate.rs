//! The integer evaluator: the specification of what a model computes.

use assay_statement::Lane;

use super::architecture::LayerSpec;
use super::model::QuantizedModel;
use super::ops::argmax::{ArgMaxTrace, argmax};
use super::ops::dense::{DenseTrace, dense};
use crate::ModelError;

/// What a model says about an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// The class, of a model that ends in ArgMax.
    Class(u32),
    /// int8 lanes, of any other model.
    Lanes(Vec<i8>),
}

/// One run with every intermediate value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// The input lanes.
    pub input: Vec<i8>,
    /// One entry per layer of the architecture.
    pub layers: Vec<LayerTrace>,
    /// The result.
    pub output: Output,
}

/// The values of one layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LayerTrace {
    /// Of a dense layer.
    Dense(DenseTrace),
    /// Of an ArgMax.
    ArgMax(ArgMaxTrace),
}

impl Output {
    /// Returns lane type and lanes, as the output commitment takes them.
    #[must_use]
    pub fn lanes(&self) -> (Lane, Vec<i64>) {
        match self {
            Self::Class(class) => (Lane::Int32, vec![i64::from(*class)]),
            Self::Lanes(lanes) => (Lane::Int8, lanes.iter().map(|&lane| lane.into()).collect()),
        }
    }
}

impl QuantizedModel {
    /// Returns the model's result for an input; refuses only an input of the wrong length.
    pub fn evaluate(&self, input: &[i8]) -> Result<Output, ModelError> {
        Ok(self.trace(input)?.output)
    }

    /// Returns the result with every intermediate value; refuses only an input of the wrong length.
    pub fn trace(&self, input: &[i8]) -> Result<Trace, ModelError> {
        let expected = self.architecture().inputs;
        if input.len() != expected {
            return Err(ModelError::WrongInputLength {
                expected,
                got: input.len(),
            });
        }
        let mut lanes = input.to_vec();
        let mut class = None;
        let mut dense_data = self.dense().iter();
        let mut layers = Vec::with_capacity(self.architecture().layers.len());
        for spec in &self.architecture().layers {
            layers.push(match *spec {
                LayerSpec::Dense { relu, .. } => {
                    let data = dense_data
                        .next()
                        .expect("a checked model has data for every dense layer");
                    let trace = dense(data, relu, &lanes);
                    lanes.clone_from(&trace.output);
                    LayerTrace::Dense(trace)
                }
                LayerSpec::ArgMax { .. } => {
                    let trace = argmax(&lanes);
                    class = Some(u32::try_from(trace.index).expect("layer widths are limited"));
                    LayerTrace::ArgMax(trace)
                }
            });
        }
        let output = class.map_or(Output::Lanes(lanes), Output::Class);
        Ok(Trace {
            input: input.to_vec(),
            layers,
            output,
        })
    }
}
