//! BatchNormalization: folded into the layer before it, or a convolution of one element.

use tract_onnx::pb::{NodeProto, TensorProto};

use super::{agree, one, ops, refused, relus};
use assay_model::testing::onnx::{float, floats, int, model, node, random};

fn statistics(channels: i64) -> Vec<TensorProto> {
    let count = usize::try_from(channels).unwrap();
    let variance: Vec<f32> = (1..=count).map(|k| k as f32 * 0.3).collect();
    vec![
        random("gamma", &[channels]),
        random("beta", &[channels]),
        random("mean", &[channels]),
        floats("variance", &[channels], &variance),
    ]
}

fn normalize(input: &str, output: &str) -> NodeProto {
    let inputs = [input, "gamma", "beta", "mean", "variance"];
    float(node("BatchNormalization", &inputs, output), "epsilon", 0.01)
}

#[test]
fn normalization_after_a_layer_is_part_of_it() {
    let conv = vec![
        node("Conv", &["x", "w", "b"], "c"),
        normalize("c", "n"),
        node("Relu", &["n"], "y"),
    ];
    let mut constants = statistics(4);
    constants.extend([random("w", &[4, 2, 3, 3]), random("b", &[4])]);
    let integer = agree(&model(&[1, 2, 6, 6], conv, constants), 4.0);
    assert_eq!((ops(&integer), relus(&integer)), (vec!["conv"], vec![true]));

    let gemm = vec![node("Gemm", &["x", "w"], "g"), normalize("g", "y")];
    let mut constants = statistics(3);
    constants.push(random("w", &[6, 3]));
    assert_eq!(
        ops(&agree(&model(&[1, 6], gemm, constants), 4.0)),
        ["dense"]
    );
}

#[test]
fn normalization_alone_is_a_convolution_of_one_element() {
    let integer = agree(&one(&[1, 3, 4, 4], normalize("x", "y"), statistics(3)), 2.0);
    assert_eq!(ops(&integer), ["conv"]);
    let integer = agree(&one(&[1, 5], normalize("x", "y"), statistics(5)), 2.0);
    assert_eq!(ops(&integer), ["reshape", "conv", "reshape"]);
    // A ReLU between the layer and the normalization keeps them apart.
    let nodes = vec![
        node("Conv", &["x", "w"], "c"),
        node("Relu", &["c"], "r"),
        normalize("r", "y"),
    ];
    let mut constants = statistics(4);
    constants.push(random("w", &[4, 2, 3]));
    let integer = agree(&model(&[1, 2, 6], nodes, constants), 4.0);
    assert_eq!(
        (ops(&integer), relus(&integer)),
        (vec!["conv"; 2], vec![true, false])
    );
}

#[test]
fn wrong_uses_are_explained() {
    let bad = |node, constants, expected| refused(&one(&[1, 3, 4], node, constants), expected);
    bad(
        int(normalize("x", "y"), "training_mode", 1),
        statistics(3),
        "export for inference",
    );
    bad(
        normalize("x", "y"),
        statistics(4),
        "has shape [4], expected [3]",
    );
    let mut negative = statistics(3);
    negative[3] = floats("variance", &[3], &[1.0, -1.0, 1.0]);
    bad(normalize("x", "y"), negative, "not a positive number");
}
