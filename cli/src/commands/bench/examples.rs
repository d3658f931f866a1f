//! The models that are measured.

use std::path::{Path, PathBuf};

use anyhow::Context;

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
    }
}

const fn pictures(name: &'static str, folder: &'static str) -> Example {
    Example {
        name,
        folder,
        calibration: ("cifar-shaped", "calibration.bin"),
        held_out: ("cifar-shaped", "pictures.bin"),
        peer_weights: PRIVATE,
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
    },
    Example {
        name: "classifier-100",
        folder: "trees",
        calibration: ("trees", "calibration.csv"),
        held_out: ("trees", "held-out.csv"),
        peer_weights: PRIVATE,
    },
    digits("cnn-x1", &[]),
    digits("cnn-x2", &[]),
    digits("cnn-x3", &[]),
    digits("cnn-x4", &[]),
    digits("cnn-x6", &[]),
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
