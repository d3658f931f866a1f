//! `assay model quantize`: from floats to integers, with what they cost.

use std::path::PathBuf;

use anyhow::{Context, bail, ensure};
use assay_prover::model_format::accuracy::{compare, compare_values};
use assay_prover::model_format::card::{
    CardTexts, FileDigest, MeasuredAccuracy, MeasuredLoss, Sources,
};
use assay_prover::model_format::{
    Activations, ErrorReport, FloatModel, ModelCard, Observer, QuantizeOptions, QuantizedModel,
    quantize_reported,
};
use clap::{Args, ValueEnum};
use serde_json::json;

use crate::commands::model::{circuit_lines, name_circuits};
use crate::dataset::DataSet;
use crate::files::{self, ModelFiles};
use crate::modes::{self, Mode, Modes};
use crate::output::{Output, table};
use crate::progress::Bar;

/// Flags of `assay model quantize`.
#[derive(Clone, Debug, Args)]
pub struct Quantize {
    /// The ONNX file
    pub onnx: PathBuf,
    /// Samples to measure ranges on, none of which measures accuracy later: pictures or windows (.bin) or a table (.csv)
    #[arg(long)]
    pub calibration: PathBuf,
    /// How ranges are chosen from what the samples show
    #[arg(long, value_enum, default_value_t = ObserverName::MinMax)]
    pub observer: ObserverName,
    /// The part of all numbers that the percentile observer keeps within the range
    #[arg(long, default_value_t = 0.9999, value_parser = parse_part)]
    pub percentile: f64,
    /// The lanes of values between operators
    #[arg(long, value_enum, default_value_t = ActivationsName::Int8)]
    pub activations: ActivationsName,
    /// Labeled samples to measure both models on, in the format of the calibration samples
    #[arg(long)]
    pub measure: Option<PathBuf>,
    /// The .assay file to write; card and salt go beside it
    #[arg(long)]
    pub out: PathBuf,
    /// What people call the model
    #[arg(long)]
    pub name: String,
    /// What it does and how it was trained
    #[arg(long, default_value = "")]
    pub description: String,
    /// Its license
    #[arg(long, default_value = "")]
    pub license: String,
    /// Keep the weights private: salt the commitment
    #[arg(long)]
    pub private: bool,
    /// The privacy modes to name circuits for: public, private-input, private-output, private (both), or all; a list
    /// with commas
    #[arg(long, default_value = "public")]
    pub modes: Modes,
}

/// The observers by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ObserverName {
    /// From the smallest to the largest number
    #[default]
    MinMax,
    /// Without the largest magnitudes
    Percentile,
    /// The range whose lanes have the smallest mean squared error
    MeanSquaredError,
}

/// The lanes of values by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ActivationsName {
    /// int8
    #[default]
    Int8,
    /// int16 wherever operators take it
    Int16,
    /// int8, or int16 where the calibration samples show a loss: more than one class in a hundred, or noise less than
    /// 30 dB below the signal
    Auto,
}

impl From<ActivationsName> for Activations {
    fn from(name: ActivationsName) -> Self {
        match name {
            ActivationsName::Int8 => Self::Int8,
            ActivationsName::Int16 => Self::Int16,
            ActivationsName::Auto => Self::Auto,
        }
    }
}

/// What quantizing gave.
#[derive(Clone, Debug)]
pub struct Quantized {
    /// The model's card, as it was written.
    pub card: ModelCard,
    /// The error of each node against the float model, on the calibration samples.
    pub errors: ErrorReport,
}

impl Quantize {
    /// Returns flags with the default observer, without texts, for a public model.
    pub fn new(onnx: PathBuf, calibration: PathBuf, out: PathBuf, name: &str) -> Self {
        Self {
            onnx,
            calibration,
            observer: ObserverName::default(),
            percentile: 0.9999,
            activations: ActivationsName::default(),
            measure: None,
            out,
            name: name.to_owned(),
            description: String::new(),
            license: String::new(),
            private: false,
            modes: Modes(vec![Mode::PUBLIC]),
        }
    }

    fn options(&self) -> QuantizeOptions {
        let observer = match self.observer {
            ObserverName::MinMax => Observer::MinMax,
            ObserverName::Percentile => Observer::Percentile(self.percentile),
            ObserverName::MeanSquaredError => Observer::MeanSquaredError,
        };
        QuantizeOptions {
            observer,
            activations: self.activations.into(),
        }
    }
}

/// Runs the command.
pub fn run(output: Output, flags: &Quantize) -> anyhow::Result<()> {
    let Quantized { card, errors } = quantize_files(flags)?;
    let lines = format!(
        "{}\n  model    {}\n  card     {}{}\n{}\n{}",
        card.name,
        flags.out.display(),
        ModelFiles::beside(&flags.out).card_path().display(),
        circuit_lines(&card),
        measured(&card),
        layers(&errors)
    );
    output.result(
        &json!({ "model": flags.out, "card": card, "errors": errors }),
        &lines,
    )
}

/// Quantizes a model, measures it, builds its circuit, and writes its files.
pub fn quantize_files(flags: &Quantize) -> anyhow::Result<Quantized> {
    let onnx = files::read_large(&flags.onnx)?;
    let float = FloatModel::load(&onnx).with_context(|| flags.onnx.display().to_string())?;
    let calibration = DataSet::read(&flags.calibration, float.graph())?.inputs();
    let bar = Bar::begin(&format!("quantizing {}", flags.name));
    let (model, errors) = quantize_reported(&float, &calibration, flags.options())?;

    let texts = CardTexts {
        name: flags.name.clone(),
        description: flags.description.clone(),
        license: flags.license.clone(),
    };
    let sources = if flags.private {
        None
    } else {
        Some(Sources {
            float_model: FileDigest::of(&onnx),
            calibration: FileDigest::of(&files::read_large(&flags.calibration)?),
        })
    };
    let mut card = ModelCard::new(texts, &model, sources)?;
    bar.say("measuring the accuracy");
    measure(flags, &float, &model, &mut card)?;
    name_circuits(&mut card, modes::privacy(flags.private), &flags.modes, &bar)?;

    let files = ModelFiles::beside(&flags.out);
    if flags.private && !files.salt_path().exists() {
        files.create_salt()?;
    }
    if !flags.private && files.salt_path().exists() {
        bail!(
            "{} exists, but the model is to be public",
            files.salt_path().display()
        );
    }
    files.write_model(&model, flags.private)?;
    files.write_card(&card)?;
    bar.end("done");
    Ok(Quantized { card, errors })
}

/// Measures what the integers cost on the labeled samples, if there are any: a classifier's accuracy, else how far the
/// numbers are off.
fn measure(
    flags: &Quantize,
    float: &FloatModel,
    model: &QuantizedModel,
    card: &mut ModelCard,
) -> anyhow::Result<()> {
    let Some(path) = &flags.measure else {
        return Ok(());
    };
    let set = DataSet::read(path, float.graph())?;
    let data = FileDigest::of(&files::read_large(path)?);
    let named = || path.display().to_string();
    if float.graph().is_class(float.graph().output) {
        let mut samples = Vec::with_capacity(set.records.len());
        for (index, record) in set.records.iter().enumerate() {
            let label = record.target.filter(|label| {
                label.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(label)
            });
            let label = label.with_context(|| format!("sample {index} has no class"));
            samples.push((&record.input[..], label.with_context(named)? as u32));
        }
        let report = compare(float, model, samples)?;
        card.accuracy = Some(MeasuredAccuracy { data, report });
    } else {
        let samples = set.records.iter();
        let pairs = samples.map(|record| (&record.input[..], record.target));
        let report = compare_values(float, model, pairs)?;
        ensure!(report.samples > 0, "{}: no samples", named());
        card.loss = Some(MeasuredLoss { data, report });
    }
    Ok(())
}

/// What the card says about accuracy and loss.
fn measured(card: &ModelCard) -> String {
    let mut lines = String::new();
    if let Some(measured) = &card.accuracy {
        let report = measured.report;
        let points = |points: u64| format!("{}.{:02}", points / 100, points % 100);
        let integer = report.integer_basis_points();
        let float = report.float_basis_points();
        let (sign, lost) = if integer > float {
            ("gained", integer - float)
        } else {
            ("lost", float - integer)
        };
        lines += &format!(
            "  accuracy {} % as integers, {} % as floats, on {} samples: {} points {sign}; {} agree\n",
            points(integer),
            points(float),
            report.samples,
            points(lost),
            report.agreeing
        );
    }
    if let Some(measured) = &card.loss {
        let report = measured.report;
        let steps =
            |thousandths: u64| format!("{}.{:03}", thousandths / 1_000, thousandths % 1_000);
        lines += &format!(
            "  error    {} steps of the output on average, {} at most, on {} samples\n",
            steps(report.mean_thousandths),
            steps(report.max_thousandths),
            report.samples
        );
        if let Some(targets) = report.targets {
            lines += &format!(
                "  targets  {} steps off on average as integers, {} as floats\n",
                steps(targets.integer_thousandths),
                steps(targets.float_thousandths)
            );
        }
    }
    lines
}

/// The error of each node.
fn layers(errors: &ErrorReport) -> String {
    let heads = [
        "node",
        "lanes",
        "in the file",
        "mean error",
        "largest",
        "signal/noise dB",
    ];
    let mut lines = vec![heads.map(str::to_owned).to_vec()];
    for node in &errors.nodes {
        let decibels = node.signal_to_noise_db;
        lines.push(vec![
            format!("{} #{}", node.op, node.node),
            format!("int{}", node.lane.bits()),
            node.name.clone(),
            format!("{:.6}", node.mean),
            format!("{:.6}", node.max),
            decibels.map_or_else(|| "-".to_owned(), |decibels| format!("{decibels:.1}")),
        ]);
    }
    table(&lines)
}

fn parse_part(text: &str) -> Result<f64, String> {
    let part: f64 = text.parse().map_err(|_| "expected a number".to_owned())?;
    if (0.5..=1.0).contains(&part) {
        Ok(part)
    } else {
        Err(format!("{part}, expected 0.5 to 1"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::root;

    #[test]
    fn regressor_has_a_loss_in_steps_of_its_output() {
        let trees = root::find().unwrap().join("examples/trees");
        let new = Quantize::new(
            trees.join("regressor-100.onnx"),
            trees.join("calibration.csv"),
            "unused.assay".into(),
            "radius",
        );
        let flags = Quantize {
            measure: Some(trees.join("held-out.csv")),
            ..new
        };
        let onnx = files::read_large(&flags.onnx).unwrap();
        let float = FloatModel::load(&onnx).unwrap();
        let calibration = DataSet::read(&flags.calibration, float.graph()).unwrap();
        let (model, _) = quantize_reported(&float, &calibration.inputs(), flags.options()).unwrap();
        let texts = CardTexts {
            name: String::new(),
            description: String::new(),
            license: String::new(),
        };
        let mut card = ModelCard::new(texts, &model, None).unwrap();
        measure(&flags, &float, &model, &mut card).unwrap();
        assert_eq!(card.accuracy, None);
        let report = card.loss.as_ref().unwrap().report;
        assert_eq!(report.samples, 143);
        // Half a step of rounding, and little more.
        assert!(report.max_thousandths <= 1_000, "{report:?}");
        let targets = report.targets.unwrap();
        let apart = targets
            .float_thousandths
            .abs_diff(targets.integer_thousandths);
        assert!(apart <= report.mean_thousandths, "{report:?}");
        assert_eq!(ModelCard::from_json(&card.to_json()).unwrap(), card);
        assert!(measured(&card).contains("steps of the output on average"));
    }
}
