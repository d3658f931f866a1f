//! What is done with one input: all that `assay model import` and `assay model quantize` do with a stranger's file.

use assay_model::{
    Activations, FloatModel, Graph, Observer, QuantizeOptions, QuantizedModel, import,
    quantize_reported,
};
use rand::Rng;

use crate::format::Format;
use crate::integer;

/// How far an input came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// The importer, or the reader of a card or model file, said what is wrong.
    Refused,
    /// A graph, but the float runtime refused it.
    Imported,
    /// A float model, but the quantizer refused it; a card that was taken.
    Loaded,
    /// Quantized, valid, evaluated.
    Evaluated,
}

impl Stage {
    /// All of them, from the first.
    pub const ALL: [Self; 4] = [Self::Refused, Self::Imported, Self::Loaded, Self::Evaluated];

    /// Returns what the stage is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Imported => "imported",
            Self::Loaded => "loaded",
            Self::Evaluated => "evaluated",
        }
    }
}

/// Samples that a case calibrates on.
const SAMPLES: usize = 3;

/// Takes one file of a format as far as it goes.
///
/// # Panics
/// As [`import_all`], [`integer::card`] and [`integer::model`] do.
pub fn run(format: Format, file: &[u8], rng: &mut impl Rng) -> Stage {
    match format {
        Format::Onnx => import_all(file, rng),
        Format::Card => integer::card(file),
        Format::Model => integer::model(file, rng),
    }
}

/// Takes an ONNX file all the way.
///
/// # Panics
/// If the code under test does, or breaks a promise of its: an invalid architecture, a file that does not read
/// back, an input that it cannot evaluate.
pub fn import_all(file: &[u8], rng: &mut impl Rng) -> Stage {
    if import(file).is_err() {
        return Stage::Refused;
    }
    let Ok(float) = FloatModel::load(file) else {
        return Stage::Imported;
    };
    let samples: Vec<Vec<f32>> = (0..SAMPLES).map(|_| sample(float.graph(), rng)).collect();
    let observer = match rng.gen_range(0..3) {
        0 => Observer::MinMax,
        1 => Observer::Percentile(0.9999),
        _ => Observer::MeanSquaredError,
    };
    let activations = match rng.gen_range(0..3) {
        0 => Activations::Int8,
        1 => Activations::Int16,
        _ => Activations::Auto,
    };
    let options = QuantizeOptions {
        observer,
        activations,
    };
    let Ok((model, report)) = quantize_reported(&float, &samples, options) else {
        return Stage::Loaded;
    };
    check(&model);
    assert_eq!(report.samples, SAMPLES, "the report is over all samples");
    for sample in &samples {
        let output = model.evaluate(&model.input_lanes(sample));
        output.expect("the evaluator takes every sample");
        // Other numbers, or an error, but an answer.
        let _ = float.run(sample);
    }
    Stage::Evaluated
}

fn check(model: &QuantizedModel) {
    let architecture = model.architecture();
    architecture.validate().expect("the architecture is valid");
    let read = QuantizedModel::from_bytes(&model.to_bytes()).expect("the model reads back");
    assert!(&read == model, "the model reads back as another");
}

fn sample(graph: &Graph, rng: &mut impl Rng) -> Vec<f32> {
    let size = [1e-3, 1.0, 1.0, 1e3][rng.gen_range(0..4)];
    (0..graph.inputs())
        .map(|_| {
            if graph.symbols {
                rng.gen_range(0..4_u8).into()
            } else {
                rng.gen_range(-size..=size)
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input;
    use crate::seeds::Seeds;

    #[test]
    fn every_built_seed_is_evaluated() {
        let seeds = Seeds::load().unwrap();
        for file in seeds.files() {
            let name = &file.name;
            if !name.starts_with("built-") {
                continue;
            }
            let expected = match file.format {
                Format::Card => Stage::Loaded,
                Format::Onnx | Format::Model => Stage::Evaluated,
            };
            let got = run(file.format, &file.bytes, &mut input::rng(0, 0));
            assert_eq!(got, expected, "{name}");
        }
    }
}
