//! Mul of two values.

use super::{agree, ops};
use assay_model::testing::onnx::{floats, model, node, random};

#[test]
fn products_agree_with_the_float_runtime() {
    for inputs in [["a", "b"], ["a", "x"], ["x", "x"]] {
        let nodes = vec![
            node("MatMul", &["x", "w"], "a"),
            node("MatMul", &["x", "v"], "b"),
            node("Mul", &inputs, "y"),
        ];
        let constants = vec![random("w", &[4, 4]), random("v", &[4, 4])];
        agree(&model(&[1, 3, 4], nodes, constants), 6.0);
    }
    // A gate per channel, as squeeze-and-excitation has it.
    let nodes = vec![
        node("GlobalAveragePool", &["x"], "m"),
        node("Sigmoid", &["m"], "s"),
        node("Mul", &["x", "s"], "y"),
    ];
    let integer = agree(&model(&[1, 2, 3, 3], nodes, vec![]), 3.0);
    assert_eq!(ops(&integer), ["sum", "table", "expand", "mul"]);
}

/// Nothing before a square can take a sign, so its factor is an operator of its own, whatever the sign is.
#[test]
fn squares_times_a_number_agree_with_the_float_runtime() {
    for factor in [0.7, -0.7] {
        let nodes = vec![node("Mul", &["x", "x"], "s"), node("Mul", &["s", "k"], "y")];
        let constants = vec![floats("k", &[], &[factor])];
        let integer = agree(&model(&[1, 3, 4], nodes, constants), 4.0);
        assert_eq!(ops(&integer), ["mul", "conv"]);
    }
}

#[test]
fn quotients_agree_with_the_float_runtime() {
    // Divisors from 1/e to e: a step of the reciprocal's 255 is a hundredth.
    let nodes = vec![node("Exp", &["x"], "e"), node("Div", &["x", "e"], "y")];
    let integer = agree(&model(&[1, 3], nodes, vec![]), 3.0);
    assert_eq!(ops(&integer), ["table", "table", "mul"]);
    let nodes = vec![node("Exp", &["x"], "e"), node("Div", &["one", "e"], "y")];
    let constants = vec![floats("one", &[1], &[1.0])];
    let integer = agree(&model(&[1, 3], nodes, constants), 6.0);
    assert_eq!(ops(&integer), ["table", "table"]);
}
