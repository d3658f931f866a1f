//! Relu and Clip.

use tract_onnx::pb::{NodeProto, TensorProto};

use super::{agree, one, ops, relus, with_opset};
use assay_model::testing::onnx::{float, floats, int, int_list, model, node, random};

fn after(
    layer: Vec<NodeProto>,
    clip: NodeProto,
    constants: Vec<TensorProto>,
) -> tract_onnx::pb::ModelProto {
    let nodes = [layer, vec![clip]].concat();
    model(
        &[1, 2, 6],
        nodes,
        [vec![random("w", &[3, 2, 2])], constants].concat(),
    )
}

#[test]
fn relu_after_a_layer_is_part_of_it() {
    let conv = || vec![node("Conv", &["x", "w"], "c")];
    for case in [
        after(conv(), node("Relu", &["c"], "y"), vec![]),
        with_opset(
            after(conv(), float(node("Clip", &["c"], "y"), "min", 0.0), vec![]),
            10,
        ),
    ] {
        let integer = agree(&case, 4.0);
        assert_eq!((ops(&integer), relus(&integer)), (vec!["conv"], vec![true]));
    }
}

#[test]
fn relu_after_a_pooling_is_part_of_the_layer_before_it() {
    let pool = int_list(node("MaxPool", &["c"], "p"), "kernel_shape", &[2]);
    let layers = vec![node("Conv", &["x", "w"], "c"), pool];
    let integer = agree(&after(layers, node("Relu", &["p"], "y"), vec![]), 4.0);
    assert_eq!(
        (ops(&integer), relus(&integer)),
        (vec!["conv", "max_pool"], vec![true])
    );
}

#[test]
fn relu_of_a_value_that_others_read_stays_apart() {
    let nodes = vec![
        node("Conv", &["x", "w"], "c"),
        node("Relu", &["c"], "r"),
        int(node("Concat", &["c", "r"], "y"), "axis", 1),
    ];
    let integer = agree(
        &model(&[1, 2, 6], nodes, vec![random("w", &[3, 2, 2])]),
        4.0,
    );
    assert_eq!(
        (ops(&integer), relus(&integer)),
        (vec!["conv", "conv", "concat"], vec![false, true])
    );
}

#[test]
fn relu_alone_is_a_convolution_of_one_element() {
    assert_eq!(
        ops(&agree(
            &one(&[1, 3, 4], node("Relu", &["x"], "y"), vec![]),
            1.5
        )),
        ["conv"]
    );
}

#[test]
fn other_bounds_are_a_table() {
    let clip = |names: &[&str]| {
        let constants = vec![floats("low", &[], &[-0.25]), floats("high", &[], &[0.5])];
        one(&[1, 3], node("Clip", names, "y"), constants)
    };
    for names in [&["x", "low", "high"][..], &["x", "low"], &["x", "", "high"]] {
        assert_eq!(ops(&agree(&clip(names), 1.5)), ["table"]);
    }
    // A constant of zero could be any number in another training.
    let zero = vec![floats("low", &[], &[0.0])];
    let clip = one(&[1, 3], node("Clip", &["x", "low"], "y"), zero);
    assert_eq!(ops(&agree(&clip, 1.5)), ["table"]);
}
