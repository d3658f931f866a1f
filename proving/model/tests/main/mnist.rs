//! Both example models, from file to integers, on every held-out digit.

use assay_model::{
    AccuracyReport, FloatModel, OpSpec, OutputSpec, QuantizedModel, compare, quantize,
};

use assay_model::quant::ops::{ArgMax, Dense};

use crate::fixtures::{calibration, digits, example};

fn quantized(name: &str) -> QuantizedModel {
    quantize(&FloatModel::load(&example(name)).unwrap(), &calibration()).unwrap()
}

fn report(name: &str) -> AccuracyReport {
    let float = FloatModel::load(&example(name)).unwrap();
    let held_out = digits("digits.bin");
    let samples = held_out
        .iter()
        .map(|digit| (digit.pixels.as_slice(), digit.label));
    compare(&float, &quantized(name), samples).unwrap()
}

#[test]
fn integers_keep_the_accuracy_on_all_held_out_digits() {
    for name in ["mlp-56.onnx", "mlp-128.onnx"] {
        let report = report(name);
        println!("{name}: {report:?}");
        assert!(report.samples >= 1_000);
        assert!(report.float_basis_points() >= 9_300, "{name}: {report:?}");
        assert!(report.integer_basis_points() >= 9_300, "{name}: {report:?}");
        let lost = report.float_correct.abs_diff(report.integer_correct);
        assert!(
            lost * 200 <= report.samples,
            "{name} differs by more than half a point: {report:?}"
        );
    }
}

#[test]
fn architectures_are_those_of_the_example() {
    let check = |name, hidden: usize, parameters| {
        let model = quantized(name);
        let architecture = model.architecture();
        let dense = |inputs, outputs, relu| {
            OpSpec::Dense(Dense {
                inputs,
                outputs,
                relu,
            })
        };
        let products: Vec<OpSpec> = (architecture.nodes.iter())
            .map(|node| node.op.clone())
            .filter(|op| !matches!(op, OpSpec::Reshape(_)))
            .collect();
        let expected = [
            dense(784, hidden, true),
            dense(hidden, 10, false),
            OpSpec::ArgMax(ArgMax {}),
        ];
        assert_eq!(products, expected);
        assert_eq!(architecture.parameters(), parameters);
        assert_eq!(architecture.output(), OutputSpec::Class { classes: 10 });
    };
    check("mlp-56.onnx", 56, 44_530);
    check("mlp-128.onnx", 128, 101_770);
}

#[test]
fn pixel_bytes_are_lanes_less_128() {
    let model = quantized("mlp-56.onnx");
    for pixel in 0..=255_u8 {
        let lane = model.scales().input.quantize(f32::from(pixel) / 255.0);
        assert_eq!(i16::from(lane), i16::from(pixel) - 128);
    }
}

#[test]
fn quantizing_twice_gives_the_same_file() {
    assert_eq!(
        quantized("mlp-128.onnx").to_bytes(),
        quantized("mlp-128.onnx").to_bytes()
    );
}

#[test]
fn training_calibration_and_held_out_digits_are_apart() {
    let held_out = digits("digits.bin");
    for digit in digits("calibration.bin") {
        assert!(held_out.iter().all(|other| other.pixels != digit.pixels));
    }
    for class in 0..10 {
        assert_eq!(
            held_out.iter().filter(|digit| digit.label == class).count(),
            100
        );
    }
}
