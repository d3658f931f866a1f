//! Add and Sub of two values: residual connections.

use assay_model::{OpSpec, Part};

use super::{agree, ops, refused, relus};
use assay_model::testing::onnx::{floats, int_list, model, node, noise, random};

#[test]
fn residual_block_agrees_with_the_float_runtime() {
    let conv = |input: &str, weights, output| {
        int_list(
            node("Conv", &[input, weights], output),
            "pads",
            &[1, 1, 1, 1],
        )
    };
    let nodes = vec![
        conv("x", "w", "c"),
        node("Relu", &["c"], "r"),
        conv("r", "v", "d"),
        node("Add", &["d", "x"], "s"),
        node("Relu", &["s"], "y"),
    ];
    let constants = vec![random("w", &[2, 2, 3, 3]), random("v", &[2, 2, 3, 3])];
    let integer = agree(&model(&[1, 2, 5, 5], nodes, constants), 4.0);
    assert_eq!(ops(&integer), ["conv", "conv", "add"]);
    assert_eq!(relus(&integer), [true, false]);
    let OpSpec::Add(add) = integer.architecture().nodes[2].op else {
        panic!("the last operator adds")
    };
    assert!(add.relu && !add.subtract);
    let zeros = integer.data()[2].part(Part::InputZeroPoint);
    assert_eq!(zeros[1], i32::from(integer.scales().input.zero_point));
}

#[test]
fn sums_and_differences_of_any_scales_agree() {
    for op in ["Add", "Sub"] {
        for inputs in [["a", "b"], ["b", "a"], ["a", "x"], ["x", "x"]] {
            let nodes = vec![
                node("MatMul", &["x", "w"], "a"),
                node("MatMul", &["x", "v"], "b"),
                node(op, &inputs, "y"),
            ];
            let small: Vec<f32> = noise(3, 9).iter().map(|w| w / 50.0).collect();
            let constants = vec![random("w", &[3, 3]), floats("v", &[3, 3], &small)];
            agree(&model(&[1, 3], nodes, constants), 4.0);
        }
    }
}

#[test]
fn smaller_value_is_repeated() {
    let nodes = vec![
        node("GlobalAveragePool", &["x"], "m"),
        node("Sub", &["x", "m"], "y"),
    ];
    let integer = agree(&model(&[1, 2, 3, 3], nodes, vec![]), 3.0);
    assert_eq!(ops(&integer), ["sum", "expand", "add"]);
    let nodes = vec![
        node("MatMul", &["x", "w"], "a"),
        node("Add", &["x", "a"], "y"),
    ];
    refused(
        &model(&[1, 3], nodes, vec![random("w", &[3, 2])]),
        "[1, 3] and [1, 2] do not fit",
    );
}
