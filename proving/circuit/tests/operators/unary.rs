//! Functions of one number.

use super::{agree, model, ops, refused};
use assay_model::testing::onnx::{float, floats, node, text};

/// Runs a function on numbers from `low` to `low + 2`. The shift before it and the rounding of the input are up to
/// three steps of the output where the function is steep, twice.
fn check(function: tract_onnx::pb::NodeProto, low: f32, opset: i64) {
    let mut function = function;
    function.input[0] = "t".into();
    let nodes = vec![node("Add", &["x", "shift"], "t"), function];
    let constants = vec![
        floats("shift", &[], &[low + 1.0]),
        floats("power", &[], &[3.0]),
    ];
    let name = nodes[1].op_type.clone();
    let integer = agree(
        &super::with_opset(model(&[1, 2, 6], nodes, constants), opset),
        8.0,
    );
    assert_eq!(ops(&integer), ["conv", "table"], "{name}");
}

#[test]
fn functions_agree_with_the_float_runtime() {
    let y = |op, inputs: &[&str]| node(op, inputs, "y");
    for op in [
        "Sigmoid",
        "Tanh",
        "Erf",
        "Exp",
        "Abs",
        "Neg",
        "LeakyRelu",
        "Elu",
        "HardSigmoid",
        "HardSwish",
        "Softplus",
    ] {
        check(y(op, &["t"]), -1.0, 14);
        check(y(op, &["t"]), -3.0, 14);
    }
    for op in ["Log", "Sqrt", "Reciprocal"] {
        check(y(op, &["t"]), 0.5, 14);
    }
    check(y("Pow", &["t", "power"]), -1.0, 14);
    check(float(y("LeakyRelu", &["t"]), "alpha", 0.3), -1.0, 14);
    check(
        float(float(y("HardSigmoid", &["t"]), "alpha", 0.7), "beta", 0.1),
        -1.0,
        14,
    );
    check(y("Gelu", &["t"]), -2.0, 20);
    check(text(y("Gelu", &["t"]), "approximate", "tanh"), -2.0, 20);
}

#[test]
fn value_times_its_sigmoid_is_one_table() {
    for factors in [["x", "s"], ["s", "x"]] {
        let nodes = vec![node("Sigmoid", &["x"], "s"), node("Mul", &factors, "y")];
        assert_eq!(ops(&agree(&model(&[1, 6], nodes, vec![]), 1.5)), ["table"]);
    }
}

#[test]
fn powers_that_are_not_one_number_are_refused() {
    let nodes = vec![node("Pow", &["x", "p"], "y")];
    refused(
        &model(&[1, 2], nodes, vec![floats("p", &[2], &[1., 2.])]),
        "2 powers, expected 1",
    );
}
