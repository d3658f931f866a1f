//! MatMul of two values: the scores and the mixing of attention.

use super::{agree, ops, refused, with_opset};
use assay_model::testing::onnx::{floats, int_list, model, node, random};

#[test]
fn scores_and_mixing_agree_with_the_float_runtime() {
    let nodes = vec![
        node("MatMul", &["x", "wq"], "q"),
        node("MatMul", &["x", "wk"], "k"),
        int_list(node("Transpose", &["k"], "t"), "perm", &[0, 2, 1]),
        node("MatMul", &["q", "t"], "s"),
        node("Sigmoid", &["s"], "p"),
        node("MatMul", &["p", "x"], "y"),
    ];
    let constants = vec![random("wq", &[4, 3]), random("wk", &[4, 3])];
    let integer = agree(&model(&[1, 5, 4], nodes, constants), 8.0);
    let expected = ["dense", "dense", "transpose", "matmul", "table", "matmul"];
    assert_eq!(ops(&integer), expected);
}

#[test]
fn batches_are_made_the_same() {
    let nodes = vec![
        int_list(node("Transpose", &["x"], "t"), "perm", &[0, 1, 3, 2]),
        node("MatMul", &["x", "t"], "y"),
    ];
    agree(&model(&[1, 3, 2, 4], nodes, vec![]), 4.0);
    // A constant on the left is a parameter, repeated for each batch.
    let nodes = vec![node("MatMul", &["w", "x"], "y")];
    let integer = agree(
        &model(&[1, 3, 2, 4], nodes, vec![random("w", &[5, 2])]),
        4.0,
    );
    assert_eq!(ops(&integer), ["parameter", "expand", "matmul"]);
}

/// The operator's own factor has no sign, so that of the file goes to an operator before it.
#[test]
fn factors_below_zero_agree_with_the_float_runtime() {
    for (before, expected) in [
        (node("MatMul", &["x", "w"], "a"), "dense"),
        (node("Sigmoid", &["x"], "a"), "table"),
        (
            node("LayerNormalization", &["x", "g", "h"], "a"),
            "layer_norm",
        ),
    ] {
        let nodes = vec![
            before,
            int_list(node("Transpose", &["a"], "t"), "perm", &[0, 2, 1]),
            node("MatMul", &["x", "t"], "p"),
            node("Mul", &["p", "factor"], "y"),
        ];
        let case = |factor| {
            let constants = vec![
                random("w", &[4, 4]),
                random("g", &[4]),
                random("h", &[4]),
                floats("factor", &[], &[factor]),
            ];
            with_opset(model(&[1, 3, 4], nodes.clone(), constants), 17)
        };
        let negative = agree(&case(-0.75), 8.0);
        assert_eq!(ops(&negative), [expected, "transpose", "matmul"]);
        assert_eq!(
            agree(&case(0.75), 8.0).architecture(),
            negative.architecture()
        );
    }
    let nodes = vec![
        node("MatMul", &["w", "x"], "p"),
        node("Div", &["p", "factor"], "y"),
    ];
    let constants = vec![random("w", &[3, 3]), floats("factor", &[1], &[-2.0])];
    let integer = agree(&model(&[1, 3, 4], nodes, constants), 4.0);
    assert_eq!(ops(&integer), ["parameter", "expand", "matmul"]);
}

#[test]
fn shapes_that_do_not_fit_are_refused() {
    let nodes = vec![node("MatMul", &["x", "x"], "y")];
    refused(
        &model(&[1, 2, 3], nodes, vec![]),
        "cannot multiply [1, 2, 3] and [1, 2, 3]",
    );
}
