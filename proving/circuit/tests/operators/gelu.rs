//! Gelu as exporters write it before operator set 20.

use super::{agree, ops};
use assay_model::testing::onnx::{floats, model, node};

/// The numbers of the formula, and others: the operators alone say that it is one function.
const NUMBERS: [[f32; 6]; 2] = [
    [
        std::f32::consts::SQRT_2,
        1.0,
        0.5,
        3.0,
        0.044_715,
        0.797_884_6,
    ],
    [-0.7, -0.25, 1.5, 2.0, 0.5, -1.25],
];

#[test]
fn decompositions_are_one_table() {
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
        for numbers in NUMBERS {
            let names = ["root", "one", "half", "three", "c", "f"];
            let constants = names.iter().zip(numbers);
            let constants = constants.map(|(name, number)| floats(name, &[], &[number]));
            let integer = agree(&model(&[1, 3, 4], nodes.clone(), constants.collect()), 1.6);
            assert_eq!(ops(&integer), ["table"]);
        }
    }
}
