//! Gelu as exporters write it before operator set 20.

use super::{agree, ops};
use assay_model::testing::onnx::{floats, model, node};

#[test]
fn decompositions_are_one_table() {
    let constants = vec![
        floats("root", &[], &[std::f32::consts::SQRT_2]),
        floats("one", &[], &[1.0]),
        floats("half", &[], &[0.5]),
        floats("three", &[], &[3.0]),
        floats("c", &[], &[0.044_715]),
        floats("f", &[], &[0.797_884_6]),
    ];
    let gate = [
        node("Div", &["x", "root"], "d"),
        node("Erf", &["d"], "e"),
        node("Add", &["e", "one"], "g"),
    ];
    let late = [
        node("Mul", &["x", "g"], "p"),
        node("Mul", &["p", "half"], "y"),
    ];
    let early = [
        node("Mul", &["half", "x"], "h"),
        node("Mul", &["g", "h"], "y"),
    ];
    let tanh = [
        node("Pow", &["x", "three"], "q"),
        node("Mul", &["q", "c"], "r"),
        node("Add", &["x", "r"], "s"),
        node("Mul", &["s", "f"], "d"),
        node("Tanh", &["d"], "e"),
        node("Add", &["e", "one"], "g"),
    ];
    for nodes in [
        [&gate[..], &late].concat(),
        [&gate[..], &early].concat(),
        [&tanh[..], &late].concat(),
    ] {
        let integer = agree(&model(&[1, 3, 4], nodes, constants.clone()), 1.6);
        assert_eq!(ops(&integer), ["table"]);
    }
}
