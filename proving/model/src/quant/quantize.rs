//! Post-training quantization: the last place where there are floats.
//!
//! Weights are symmetric per output channel, activations affine per tensor, as in Jacob et al., "Quantization
//! and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference", sections 2.1 to 2.4. First come
//! the lanes and classes of values (`activations`, `classes`), then their ranges on samples (`calibrate`), scales and zero
//! points (`mappings`), and the integers of each operator (`node_data`).

use assay_statement::Lane;

use super::activations::{Activations, loss};
use super::architecture::{Architecture, ValueId};
use super::classes::Classes;
use super::error::QuantizeError;
use super::lower::{Lowered, lower};
use super::mappings::mappings;
use super::model::QuantizedModel;
use super::node_data::node_data;
use super::observer::Observer;
use super::report::{ErrorReport, measure, measure_trees};
use super::scale::{Quantization, Scales};
use super::tensor::TensorSpec;
use super::trees;
use crate::onnx::FloatModel;

/// How a model is quantized.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct QuantizeOptions {
    /// How ranges are chosen.
    pub observer: Observer,
    /// The lanes of values between operators.
    pub activations: Activations,
}

/// Quantizes a float model with the ranges that its values have on the samples.
pub fn quantize(float: &FloatModel, samples: &[Vec<f32>]) -> Result<QuantizedModel, QuantizeError> {
    quantize_with(float, samples, QuantizeOptions::default())
}

/// Quantizes a float model as the options say.
pub fn quantize_with(
    float: &FloatModel,
    samples: &[Vec<f32>],
    options: QuantizeOptions,
) -> Result<QuantizedModel, QuantizeError> {
    if let Some(ensemble) = float.graph().tree_ensemble() {
        return trees::quantize(float, ensemble, samples, options.observer);
    }
    let lowered = lower(float.graph())?;
    let (model, _) = quantize_chosen(float, &lowered, samples, options)?;
    Ok(model)
}

/// Quantizes a float model as the options say, and measures the error of each node on the samples.
pub fn quantize_reported(
    float: &FloatModel,
    samples: &[Vec<f32>],
    options: QuantizeOptions,
) -> Result<(QuantizedModel, ErrorReport), QuantizeError> {
    if let Some(ensemble) = float.graph().tree_ensemble() {
        let model = trees::quantize(float, ensemble, samples, options.observer)?;
        let report = measure_trees(float, &model, samples)?;
        return Ok((model, report));
    }
    let lowered = lower(float.graph())?;
    let (model, results) = quantize_chosen(float, &lowered, samples, options)?;
    let report = measure(float, &lowered, &model, &results, samples)?;
    Ok((model, report))
}

/// Quantizes to int8 or int16 activations, as the options say or the samples show.
fn quantize_chosen(
    float: &FloatModel,
    lowered: &Lowered,
    samples: &[Vec<f32>],
    options: QuantizeOptions,
) -> Result<(QuantizedModel, Vec<Quantization>), QuantizeError> {
    let quantize = |widest| quantize_lowered(float, lowered, samples, options.observer, widest);
    if options.activations == Activations::Int16 {
        return quantize(Lane::Int16);
    }
    let narrow = quantize(Lane::Int8)?;
    if options.activations == Activations::Int8 {
        return Ok(narrow);
    }
    let lost = loss(float, &narrow.0, samples)?;
    if lost.is_acceptable {
        return Ok(narrow);
    }
    // What int16 lanes make too wide or do not help stays int8.
    match quantize(Lane::Int16) {
        Ok(wide) if loss(float, &wide.0, samples)?.value < lost.value => Ok(wide),
        _ => Ok(narrow),
    }
}

/// Returns the model and what the lanes of each node's result mean.
fn quantize_lowered(
    float: &FloatModel,
    lowered: &Lowered,
    samples: &[Vec<f32>],
    observer: Observer,
    widest: Lane,
) -> Result<(QuantizedModel, Vec<Quantization>), QuantizeError> {
    let classes = Classes::of(lowered, widest);
    let architecture = architecture(&float.graph().input_shape, lowered, &classes)?;
    // Before the work, so that a model over a limit costs nothing.
    architecture.validate()?;
    let ranges = classes.ranges(float, lowered, samples, observer)?;
    let mappings = mappings(lowered, &classes, &ranges)?;
    let mapping = |id: ValueId| mappings[classes.class(id)];
    let nodes = lowered.nodes.iter().enumerate();
    let data = nodes.map(|(index, node)| {
        let inputs: Vec<Quantization> = node.inputs.iter().map(|&id| mapping(id)).collect();
        let lanes = architecture.lanes_of(&architecture.nodes[index]);
        node_data(node, &inputs, mapping(index + 1), lanes)
    });
    let data = data.collect::<Result<_, _>>()?;
    let scales = Scales {
        input: mapping(0),
        output: mapping(lowered.output),
    };
    let results = (1..classes.values()).map(mapping).collect();
    Ok((QuantizedModel::new(architecture, scales, data)?, results))
}

/// Returns the shape of the model to be.
fn architecture(
    input_shape: &[usize],
    lowered: &Lowered,
    classes: &Classes,
) -> Result<Architecture, QuantizeError> {
    let mut architecture = Architecture::new(TensorSpec {
        shape: input_shape.to_vec(),
        lane: classes.lane(0),
    });
    for node in &lowered.nodes {
        let id = architecture.nodes.len() + 1;
        architecture.push_as(node.op.spec(), &node.inputs, classes.lane(id))?;
    }
    architecture.output = lowered.output;
    Ok(architecture)
}
