//! Every trained classifier of the examples, from file to integers: what int8 costs on all held-out samples.

use std::path::{Path, PathBuf};

use assay_model::{
    AccuracyReport, Activations, FloatModel, QuantizeOptions, QuantizedModel, compare, quantize,
    quantize_with,
};

/// A sample and its label.
type Labeled = (Vec<f32>, u32);

/// A folder of examples, and where its models' samples are.
struct Folder {
    name: &'static str,
    calibration: &'static str,
    held_out: &'static str,
    read: fn(&Path, &FloatModel) -> Vec<Labeled>,
}

const FOLDERS: [Folder; 5] = [
    Folder {
        name: "mnist",
        calibration: "mnist/calibration.bin",
        held_out: "mnist/digits.bin",
        read: bytes,
    },
    Folder {
        name: "cifar-shaped",
        calibration: "cifar-shaped/calibration.bin",
        held_out: "cifar-shaped/pictures.bin",
        read: bytes,
    },
    Folder {
        name: "residual",
        calibration: "cifar-shaped/calibration.bin",
        held_out: "cifar-shaped/pictures.bin",
        read: bytes,
    },
    Folder {
        name: "decoder",
        calibration: "decoder/calibration.bin",
        held_out: "decoder/windows.bin",
        read: bytes,
    },
    Folder {
        name: "trees",
        calibration: "trees/calibration.csv",
        held_out: "trees/held-out.csv",
        read: table,
    },
];

/// The folder of all examples; `ASSAY_EXAMPLES` names another.
fn examples() -> PathBuf {
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples");
    std::env::var_os("ASSAY_EXAMPLES").map_or_else(|| own.into(), PathBuf::from)
}

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Reads an `ASYDIGIT` file: bytes are symbols where the model takes symbols, else numbers from 0 to 1.
fn bytes(path: &Path, float: &FloatModel) -> Vec<Labeled> {
    let inputs = float.graph().inputs();
    let number = |&byte: &u8| match float.graph().symbols {
        true => f32::from(byte),
        false => f32::from(byte) / 255.0,
    };
    let file = read(path);
    let records = file[16..].chunks_exact(inputs + 1);
    assert!(records.len() > 0 && records.remainder().is_empty());
    records
        .map(|record| {
            (
                record[..inputs].iter().map(number).collect(),
                record[inputs].into(),
            )
        })
        .collect()
}

/// Reads a table: the measurements of each row, the class last.
fn table(path: &Path, float: &FloatModel) -> Vec<Labeled> {
    let text = String::from_utf8(read(path)).unwrap();
    let row = |line: &str| {
        let cells: Vec<f32> = line.split(',').map(|cell| cell.parse().unwrap()).collect();
        (
            cells[..float.graph().inputs()].to_vec(),
            cells[cells.len() - 1] as u32,
        )
    };
    text.lines().skip(1).map(row).collect()
}

/// Returns the models of a folder that classify, by name.
fn classifiers(folder: &Folder) -> Vec<(String, FloatModel)> {
    let mut models = Vec::new();
    for entry in examples().join(folder.name).read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_some_and(|extension| extension == "onnx")
        {
            let float = FloatModel::load(&read(&path))
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            if float.graph().is_class(float.graph().output) {
                let name = path.file_stem().unwrap().to_string_lossy().into_owned();
                models.push((name, float));
            }
        }
    }
    models.sort_by(|a, b| a.0.cmp(&b.0));
    models
}

fn quantized(folder: &Folder, float: &FloatModel) -> QuantizedModel {
    let samples = (folder.read)(&examples().join(folder.calibration), float);
    let samples: Vec<Vec<f32>> = samples.into_iter().map(|(sample, _)| sample).collect();
    quantize(float, &samples).unwrap()
}

/// Compares on all held-out samples, on as many threads as the machine runs.
fn measured(folder: &Folder, float: &FloatModel, integer: &QuantizedModel) -> AccuracyReport {
    let samples = (folder.read)(&examples().join(folder.held_out), float);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let part = |samples: &[Labeled]| {
        let pairs = samples.iter().map(|(sample, label)| (&sample[..], *label));
        compare(float, integer, pairs).unwrap()
    };
    std::thread::scope(|scope| {
        let parts = samples.chunks(samples.len().div_ceil(threads));
        let running: Vec<_> = parts.map(|samples| scope.spawn(|| part(samples))).collect();
        running
            .into_iter()
            .fold(AccuracyReport::default(), |sum, part| {
                let part = part.join().unwrap();
                AccuracyReport {
                    samples: sum.samples + part.samples,
                    float_correct: sum.float_correct + part.float_correct,
                    integer_correct: sum.integer_correct + part.integer_correct,
                    agreeing: sum.agreeing + part.agreeing,
                }
            })
    })
}

fn keeps_accuracy(name: &str, required: &[&str]) {
    let folder = FOLDERS.iter().find(|folder| folder.name == name).unwrap();
    let models = classifiers(folder);
    for model in required {
        assert!(models.iter().any(|(name, _)| name == model), "no {model}");
    }
    for (name, float) in models {
        let report = measured(folder, &float, &quantized(folder, &float));
        println!("{name}: {report:?}");
        let lost = report.float_correct.saturating_sub(report.integer_correct);
        assert!(
            lost * 200 <= report.samples,
            "{name} loses more than half a point: {report:?}"
        );
    }
}

#[test]
fn digit_classifiers_keep_their_accuracy() {
    keeps_accuracy("mnist", &["lenet-5", "mlp-56", "mlp-128"]);
}

/// With int16 lanes the weights alone are rounded.
#[test]
fn lenet_keeps_its_accuracy_with_int16_lanes() {
    let folder = &FOLDERS[0];
    let models = classifiers(folder);
    let (_, float) = models.iter().find(|(name, _)| name == "lenet-5").unwrap();
    let samples = (folder.read)(&examples().join(folder.calibration), float);
    let samples: Vec<Vec<f32>> = samples.into_iter().map(|(sample, _)| sample).collect();
    let options = QuantizeOptions {
        activations: Activations::Int16,
        ..QuantizeOptions::default()
    };
    let wide = measured(
        folder,
        float,
        &quantize_with(float, &samples, options).unwrap(),
    );
    let narrow = measured(folder, float, &quantized(folder, float));
    println!("int16 {wide:?}, int8 {narrow:?}");
    assert!(wide.agreeing >= narrow.agreeing);
}

#[test]
fn picture_classifier_keeps_its_accuracy() {
    keeps_accuracy("cifar-shaped", &[]);
}

#[test]
fn residual_classifier_keeps_its_accuracy() {
    keeps_accuracy("residual", &[]);
}

#[test]
fn decoder_keeps_its_accuracy() {
    keeps_accuracy("decoder", &[]);
}

#[test]
fn tree_classifier_keeps_its_accuracy() {
    keeps_accuracy("trees", &["classifier-100"]);
}
