//! ArgMax; `import.rs` has ties.

use assay_model::{FloatModel, FloatOutput, Output, OutputSpec, quantize};

use super::{one, proves, refused, samples};
use assay_model::testing::onnx::{bytes, int, ints, model, node, random};

#[test]
fn smallest_has_its_class() {
    let argmin = int(node("ArgMin", &["x"], "y"), "axis", 1);
    let float = FloatModel::load(&bytes(&one(&[1, 6], argmin, vec![]))).unwrap();
    let samples = samples(&float);
    let integer = quantize(&float, &samples).unwrap();
    let classes = OutputSpec::Class { classes: 6 };
    assert_eq!(integer.architecture().output(), classes);
    proves(&integer, &samples);
    for sample in &samples {
        let lanes = integer.scales().input.quantize_all(sample);
        let least = lanes.iter().min().unwrap();
        let first = lanes.iter().position(|lane| lane == least).unwrap();
        let expected = Output::Class(u32::try_from(first).unwrap());
        assert_eq!(integer.evaluate(&lanes).unwrap(), expected);
        let FloatOutput::Class(class) = float.run(sample).unwrap() else {
            panic!("it ends in ArgMin")
        };
        // Numbers that the float runtime tells apart may be one lane.
        assert_eq!(&lanes[class as usize], least);
    }
}

#[test]
fn class_may_be_reshaped_and_cast() {
    let argmax = || int(node("ArgMax", &["s"], "c"), "axis", 1);
    let tails = [
        vec![int(argmax(), "keepdims", 0), node("Identity", &["c"], "y")],
        vec![argmax(), node("Squeeze", &["c"], "y")],
        vec![argmax(), node("Reshape", &["c", "shape"], "y")],
        vec![argmax(), int(node("Cast", &["c"], "y"), "to", 6)],
    ];
    for tail in tails {
        let nodes = [vec![node("MatMul", &["x", "w"], "s")], tail].concat();
        let constants = vec![random("w", &[6, 4]), ints("shape", &[1])];
        let float = FloatModel::load(&bytes(&model(&[1, 6], nodes, constants))).unwrap();
        let samples = samples(&float);
        let integer = quantize(&float, &samples).unwrap();
        assert_eq!(
            integer.architecture().output(),
            OutputSpec::Class { classes: 4 }
        );
        let agreeing = samples.iter().filter(|sample| {
            let output = integer
                .evaluate(&integer.scales().input.quantize_all(sample))
                .unwrap();
            match (float.run(sample).unwrap(), output) {
                (FloatOutput::Class(expected), Output::Class(got)) => expected == got,
                other => panic!("{other:?}"),
            }
        });
        assert!(agreeing.count() >= samples.len() - 1);
        proves(&integer, &samples);
    }
}

#[test]
fn classes_of_many_rows_are_refused() {
    let argmax = int(node("ArgMax", &["x"], "y"), "axis", 2);
    refused(
        &one(&[1, 3, 4], argmax, vec![]),
        "axis 2 of shape [1, 3, 4], expected 1",
    );
    let cast = vec![
        int(node("ArgMax", &["x"], "c"), "axis", 1),
        int(node("Cast", &["c"], "y"), "to", 1),
    ];
    refused(
        &model(&[1, 3], cast, vec![]),
        "casts to type 1, expected [Int32, Int64]",
    );
}
