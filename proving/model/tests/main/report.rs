//! The error report: every node that the float model has too, with numbers that fit its scale.

use assay_model::{ErrorReport, FloatModel, QuantizeOptions, quantize_reported};

use crate::fixtures::{bytes, int_list, model, node, noise, random};

fn report(nodes: Vec<tract_onnx::pb::NodeProto>) -> ErrorReport {
    let constants = vec![random("w", &[3, 2, 3, 3]), random("v", &[12, 5])];
    let file = bytes(&model(&[1, 2, 6, 6], nodes, constants));
    let float = FloatModel::load(&file).unwrap();
    let samples: Vec<Vec<f32>> = noise(5, 72 * 20).chunks(72).map(<[f32]>::to_vec).collect();
    let (model, report) = quantize_reported(&float, &samples, QuantizeOptions::default()).unwrap();
    let plain = assay_model::quantize(&float, &samples).unwrap();
    assert_eq!(model, plain);
    report
}

#[test]
fn nodes_are_within_a_few_steps_of_the_floats() {
    let pool = int_list(node("MaxPool", &["c"], "p"), "kernel_shape", &[2, 2]);
    let report = report(vec![
        node("Conv", &["x", "w"], "c"),
        int_list(pool, "strides", &[2, 2]),
        // Taken into the convolution, which the float model still has without it.
        node("Relu", &["p"], "r"),
        node("Flatten", &["r"], "f"),
        node("MatMul", &["f", "v"], "y"),
    ]);
    assert_eq!(report.samples, 20);
    let ops: Vec<&str> = report.nodes.iter().map(|node| node.op).collect();
    assert_eq!(ops, ["conv", "max_pool", "reshape", "dense"]);
    assert_eq!(report.nodes[0].name, "conv_of_c");
    for node in &report.nodes {
        assert!(node.mean > 0.0 && node.mean <= node.max, "{node:?}");
        assert!(node.max < 0.2, "{node:?}");
        assert!(node.signal_to_noise_db.unwrap() > 30.0, "{node:?}");
    }
}

#[test]
fn class_has_no_error_and_its_scores_have() {
    let report = report(vec![
        node("Conv", &["x", "w"], "c"),
        node("Flatten", &["c"], "f"),
        crate::fixtures::int(node("ArgMax", &["f"], "y"), "axis", 1),
    ]);
    let ops: Vec<&str> = report.nodes.iter().map(|node| node.op).collect();
    assert_eq!(ops, ["conv", "reshape"]);
}
