//! What the integers cost, node by node.

use assay_statement::Lane;
use serde::Serialize;

use super::architecture::NodeSpec;
use super::calibrate::check_samples;
use super::error::QuantizeError;
use super::lower::{FloatOp, Lowered};
use super::model::QuantizedModel;
use super::scale::Quantization;
use crate::onnx::{FloatModel, FloatOutput};

/// Samples that the error is measured on, at most: the first of the calibration data.
pub const MAX_REPORT_SAMPLES: usize = 256;

/// The error of each node against the float model.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ErrorReport {
    /// Samples run.
    pub samples: usize,
    /// The nodes whose results the float model has too, in order.
    pub nodes: Vec<NodeError>,
}

/// The error of one node over all samples and elements, what came before it included.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NodeError {
    /// Index into [`crate::Architecture::nodes`].
    pub node: usize,
    /// What the float model's file calls it.
    pub name: String,
    /// The integer operator.
    pub op: &'static str,
    /// The lanes of its result.
    pub lane: Lane,
    /// The largest difference, in the float model's unit.
    pub max: f64,
    /// The mean absolute difference.
    pub mean: f64,
    /// Ten times the logarithm of signal power over noise power; `None` without signal or without noise.
    pub signal_to_noise_db: Option<f64>,
}

/// Sums over the elements of a node's results.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    count: u64,
    max: f64,
    error: f64,
    noise: f64,
    signal: f64,
}

impl Sums {
    fn add(&mut self, expected: f64, got: f64) {
        let error = (got - expected).abs();
        self.count += 1;
        self.max = self.max.max(error);
        self.error += error;
        self.noise += error * error;
        self.signal += expected * expected;
    }

    fn of(self, node: usize, name: &str, spec: &NodeSpec) -> NodeError {
        let ratio = self.signal / self.noise;
        NodeError {
            node,
            name: name.to_owned(),
            op: spec.op.name(),
            lane: spec.tensor.lane,
            max: self.max,
            mean: self.error / self.count.max(1) as f64,
            signal_to_noise_db: (ratio > 0.0 && ratio.is_finite()).then(|| 10.0 * ratio.log10()),
        }
    }
}

/// A node of which both worlds have the result.
struct Place {
    node: usize,
    /// What the file calls the result.
    value: String,
    /// Whether the integers have a ReLU that the floats still have ahead.
    relu: bool,
    /// Whether the integers are those of the opposite number.
    negated: bool,
}

/// Runs both models over the samples; `mappings` say what the lanes of each node's result mean.
pub(super) fn measure(
    float: &FloatModel,
    lowered: &Lowered,
    model: &QuantizedModel,
    mappings: &[Quantization],
    samples: &[Vec<f32>],
) -> Result<ErrorReport, QuantizeError> {
    let places = places(float, lowered);
    let names: Vec<String> = places.iter().map(|place| place.value.clone()).collect();
    let samples = &samples[..samples.len().min(MAX_REPORT_SAMPLES)];
    let mut sums = vec![Sums::default(); places.len()];
    if !names.is_empty() {
        let probe = float.probe(&names)?;
        for sample in samples {
            let trace = model.trace(&model.input_lanes(sample))?;
            let results = probe.run(sample)?;
            for ((place, sums), expected) in places.iter().zip(&mut sums).zip(results) {
                let mapping = mappings[place.node];
                for (&lane, &expected) in trace.nodes[place.node].lanes.iter().zip(&expected) {
                    let expected = if place.relu {
                        expected.max(0.0)
                    } else {
                        expected
                    };
                    let sign = if place.negated { -1.0 } else { 1.0 };
                    sums.add(expected.into(), sign * mapping.dequantize(lane));
                }
            }
        }
    }
    let error = |(place, sums): (&Place, Sums)| {
        let spec = &model.architecture().nodes[place.node];
        sums.of(place.node, &lowered.nodes[place.node].name, spec)
    };
    Ok(ErrorReport {
        samples: samples.len(),
        nodes: places.iter().zip(sums).map(error).collect(),
    })
}

/// Measures the scores of a model of trees; a class has no error but a wrong one.
pub(super) fn measure_trees(
    float: &FloatModel,
    model: &QuantizedModel,
    samples: &[Vec<f32>],
) -> Result<ErrorReport, QuantizeError> {
    check_samples(float, samples)?;
    let samples = &samples[..samples.len().min(MAX_REPORT_SAMPLES)];
    let mut sums = Sums::default();
    for sample in samples {
        let lanes = model.evaluate(&model.input_lanes(sample))?.lanes().1;
        if let FloatOutput::Values(expected) = float.run(sample)? {
            for (expected, lane) in expected.into_iter().zip(lanes) {
                let lane = i8::try_from(lane).expect("results keep to their lanes");
                sums.add(expected.into(), model.scales().output.dequantize(lane));
            }
        }
    }
    let spec = &model.architecture().nodes[0];
    let nodes = if sums.count > 0 {
        vec![sums.of(0, &float.graph().nodes[0].name, spec)]
    } else {
        Vec::new()
    };
    Ok(ErrorReport {
        samples: samples.len(),
        nodes,
    })
}

fn places(float: &FloatModel, lowered: &Lowered) -> Vec<Place> {
    let mut clamped = vec![false; lowered.nodes.len() + 1];
    let mut places = Vec::new();
    for (index, node) in lowered.nodes.iter().enumerate() {
        let moved = matches!(node.op, FloatOp::Move(_));
        clamped[index + 1] = node.op.relu()
            || (moved && !node.inputs.is_empty() && node.inputs.iter().all(|&id| clamped[id]));
        // Of several nodes that one operator of the file becomes, the last gives its result.
        let later = &lowered.nodes[index + 1..];
        let is_last = later.iter().all(|other| other.value != node.value);
        let named = node.value.and_then(|value| float.graph().producer(value));
        if let (true, false, Some(value)) = (
            is_last,
            matches!(node.op, FloatOp::ArgMax),
            named.and_then(|node| node.value.clone()),
        ) {
            places.push(Place {
                node: index,
                value,
                relu: clamped[index + 1],
                negated: node.negated,
            });
        }
    }
    places
}
