//! The models that are measured.

use std::path::{Path, PathBuf};

use anyhow::Context;
use assay_prover::model_format::{FloatModel, QuantizedModel, quantize};

use crate::dataset::DataSet;
use crate::files;

/// A trained model of the folder `examples`.
#[derive(Debug)]
pub struct Example {
    /// The name of its ONNX file.
    pub name: &'static str,
    /// Its folder.
    folder: &'static str,
    /// Folder and file that it is calibrated on.
    calibration: (&'static str, &'static str),
    /// Folder and file whose inputs are proved.
    held_out: (&'static str, &'static str),
    /// The ways in which peers prove its weights.
    pub peer_weights: &'static [&'static str],
    /// Whether its proof goes the whole way to what a contract verifies.
    pub wraps: bool,
}

const PRIVATE: &[&str] = &["private"];
const PRIVATE_AND_HASHED: &[&str] = &["private", "hashed"];

const fn digits(name: &'static str, peer_weights: &'static [&'static str]) -> Example {
    Example {
        name,
        folder: "mnist",
        calibration: ("mnist", "calibration.bin"),
        held_out: ("mnist", "digits.bin"),
        peer_weights,
        wraps: true,
    }
}

/// One of the networks that show how cost grows: the wrap is the same for all.
const fn width(name: &'static str) -> Example {
    Example {
        wraps: false,
        ..digits(name, &[])
    }
}

const fn pictures(name: &'static str, folder: &'static str) -> Example {
    Example {
        name,
        folder,
        calibration: ("cifar-shaped", "calibration.bin"),
        held_out: ("cifar-shaped", "pictures.bin"),
        peer_weights: PRIVATE,
        wraps: true,
    }
}

/// In the order in which they are measured and shown.
pub const EXAMPLES: &[Example] = &[
    digits("mlp-56", &[]),
    digits("mlp-128", PRIVATE_AND_HASHED),
    digits("lenet-5", PRIVATE_AND_HASHED),
    pictures("cnn-60", "cifar-shaped"),
    pictures("resnet-8", "residual"),
    Example {
        name: "decoder-4",
        folder: "decoder",
        calibration: ("decoder", "calibration.bin"),
        held_out: ("decoder", "windows.bin"),
        peer_weights: PRIVATE,
        wraps: true,
    },
    Example {
        name: "classifier-100",
        folder: "trees",
        calibration: ("trees", "calibration.csv"),
        held_out: ("trees", "held-out.csv"),
        peer_weights: PRIVATE,
        wraps: true,
    },
    width("cnn-x1"),
    width("cnn-x2"),
    width("cnn-x3"),
    width("cnn-x4"),
    width("cnn-x6"),
];

/// Returns the example of a name.
pub fn find(name: &str) -> anyhow::Result<&'static Example> {
    let known = || EXAMPLES.iter().map(|example| example.name);
    EXAMPLES
        .iter()
        .find(|example| example.name == name)
        .with_context(|| {
            let names = known().collect::<Vec<_>>().join(", ");
            format!("there is no example {name}: expected one of {names}")
        })
}

impl Example {
    /// Returns the ONNX file.
    pub fn onnx(&self, root: &Path) -> PathBuf {
        root.join("examples")
            .join(self.folder)
            .join(format!("{}.onnx", self.name))
    }

    /// Reads and quantizes the model.
    pub fn quantized(&self, root: &Path) -> anyhow::Result<(FloatModel, QuantizedModel)> {
        let onnx = self.onnx(root);
        let float = FloatModel::load(&files::read_large(&onnx)?)
            .with_context(|| onnx.display().to_string())?;
        let calibration = DataSet::read(&self.calibration(root), float.graph())?.inputs();
        let model = quantize(&float, &calibration)?;
        Ok((float, model))
    }

    /// Returns the samples that ranges are measured on.
    pub fn calibration(&self, root: &Path) -> PathBuf {
        root.join("examples")
            .join(self.calibration.0)
            .join(self.calibration.1)
    }

    /// Returns the samples that are proved.
    pub fn held_out(&self, root: &Path) -> PathBuf {
        root.join("examples")
            .join(self.held_out.0)
            .join(self.held_out.1)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use assay_prover::{Calibration, CostManifest, KernelPath, ModelCircuit, ModelProver};
    use serde_json::{Value, json};

    use super::super::ours::{HEADER, job};
    use super::*;
    use crate::root;

    /// What is counted of a model: exact, and the same on every machine.
    fn counts(example: &Example, root: &Path) -> Value {
        let (_, model) = example.quantized(root).unwrap();
        let prover = ModelProver::new(model.architecture(), HEADER).unwrap();
        let cost = CostManifest::new(&prover, &Calibration::reference(KernelPath::Portable));
        json!({
            "parameters": cost.parameters,
            "multiply_adds": cost.multiply_adds,
            "activations": cost.activations,
            "log_rows": cost.log_rows,
            "rows": cost.rows_used,
            "rows_by_purpose": cost.rows_by_purpose,
            "rows_per_weight": cost.rows_per_weight,
            "rows_per_activation": cost.rows_per_activation,
            "shrink_steps": cost.shrink_steps,
        })
    }

    #[test]
    fn counts_of_the_examples_are_pinned() {
        let root = root::find().unwrap();
        let counted: BTreeMap<&str, Value> = EXAMPLES
            .iter()
            .map(|example| (example.name, counts(example, &root)))
            .collect();
        let lenet = &counted["lenet-5"];
        assert_eq!(lenet["parameters"], 61_706);
        assert_eq!(lenet["multiply_adds"], 416_520);
        assert!(lenet["log_rows"].as_u64().unwrap() <= 13);
        assert!(lenet["rows_per_weight"].as_f64().unwrap() <= 0.08);
        assert!(lenet["rows_per_activation"].as_f64().unwrap() <= 0.35);

        let path = root.join("bench/counts.json");
        let text = format!("{:#}\n", serde_json::to_value(&counted).unwrap());
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        let pinned = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(pinned == text, "{} is stale; now\n{text}", path.display());
    }

    #[test]
    fn proofs_of_the_examples_are_plonky2s_on_every_path() {
        let root = root::find().unwrap();
        for example in EXAMPLES {
            let (float, model) = example.quantized(&root).unwrap();
            let held_out = DataSet::read(&example.held_out(&root), float.graph());
            let input = model.input_lanes(&held_out.unwrap().inputs()[0]);
            let circuit = ModelCircuit::build(model.architecture(), HEADER).unwrap();
            if let Err(error) = circuit.equal_to_plonky2(&job(&model, &input)) {
                panic!("{}: {error}", example.name);
            }
        }
    }
}
