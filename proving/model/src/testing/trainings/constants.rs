//! Sums, products and quotients with constants, alone and after what could take them in.

use tract_onnx::pb::NodeProto;

use super::{Case, Training};
use crate::testing::onnx::{floats, model, node};

/// What the trained constant of these cases is called.
const TRAINED: &str = "k";

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for op in ["Add", "Sub", "Mul", "Div"] {
        // Sums and products commute.
        for left in [false, true] {
            if left && matches!(op, "Add" | "Mul") {
                continue;
            }
            for (dims, data) in places() {
                for before in BEFORE {
                    cases.push(case(op, left, dims, &data, before));
                }
            }
        }
    }
    cases.push(squares());
    cases.push(choices());
    cases
}

/// Shapes of a constant and of the data that it meets: one number, one for each channel, one for each column, and one for
/// each element.
fn places() -> Vec<(&'static [i64], Vec<i64>)> {
    let data = vec![1, 3, 4];
    [&[][..], &[3, 1], &[4], &[3, 4]]
        .map(|dims| (dims, data.clone()))
        .to_vec()
}

/// What comes before a constant: nothing, a layer, a product of two values, of a value with itself, of matrices, a function,
/// a normalization.
const BEFORE: [&str; 7] = [
    "x",
    "MatMul",
    "Mul",
    "square",
    "matrices",
    "Sigmoid",
    "LayerNormalization",
];

/// Returns nodes that end in `v`.
fn before(name: &str) -> Vec<NodeProto> {
    let layer = |output| node("MatMul", &["x", "w"], output);
    match name {
        "x" => vec![],
        "MatMul" => vec![layer("v")],
        "Mul" => vec![layer("a"), node("Mul", &["a", "x"], "v")],
        "square" => vec![node("Mul", &["x", "x"], "v")],
        "matrices" => vec![layer("a"), node("MatMul", &["b", "a"], "v")],
        "Sigmoid" => vec![node("Sigmoid", &["x"], "v")],
        _ => vec![node("LayerNormalization", &["x", "g", "h"], "v")],
    }
}

fn case(op: &'static str, left: bool, dims: &'static [i64], data: &[i64], place: &str) -> Case {
    let mut nodes = before(place);
    let mut value = if place == "x" { "x" } else { "v" };
    let divides = op == "Div";
    if divides && left {
        // Numbers above zero, which have a quotient whatever was trained.
        nodes.push(node("Tanh", &[value], "t"));
        nodes.push(node("Exp", &["t"], "e"));
        value = "e";
    }
    let inputs = if left {
        [TRAINED, value]
    } else {
        [value, TRAINED]
    };
    nodes.push(node(op, &inputs, "y"));
    let name = format!("{place} then {op} {inputs:?} of {dims:?}");
    let case = Case::of(name, data, nodes, move |training| {
        let trained = if divides && !left {
            training.divisor(TRAINED, dims)
        } else {
            training.tensor(TRAINED, dims)
        };
        vec![
            trained,
            training.tensor("w", &[4, 4]),
            training.tensor("b", &[3, 3]),
            training.tensor("g", &[4]),
            training.tensor("h", &[4]),
        ]
    });
    let case = case.with_opset(17);
    if divides && !left {
        case.refuses(&[(Training::Zeros, "cannot be divided by")])
    } else {
        case
    }
}

/// The square of a value times a number: only a number above zero could be a part of the product.
fn squares() -> Case {
    let nodes = vec![node("Mul", &["x", "x"], "s"), node("Mul", &["s", "k"], "y")];
    Case::of("square times a number", &[1, 6], nodes, |training| {
        vec![training.tensor("k", &[1])]
    })
}

/// Larger, smaller and compared with constants, and chosen between.
fn choices() -> Case {
    let nodes = vec![
        node("Max", &["x", "k"], "a"),
        node("Min", &["a", "l"], "b"),
        node("Less", &["b", "m"], "c"),
        node("Where", &["c", "b", "n"], "d"),
        node("LessOrEqual", &["m", "d"], "e"),
        node("Where", &["e", "x", "d"], "f"),
        node("Greater", &["f", "k"], "g"),
        node("Where", &["g", "f", "x"], "h"),
        node("GreaterOrEqual", &["h", "l"], "i"),
        node("Where", &["i", "h", "x"], "j"),
        node("Equal", &["j", "k"], "o"),
        node("Where", &["o", "j", "one"], "y"),
    ];
    Case::new("choices by constants", move |training: Training| {
        let mut constants = vec![floats("one", &[], &[1.0])];
        constants.extend(["k", "l", "m", "n"].map(|name| training.tensor(name, &[1, 4])));
        model(&[1, 4], nodes.clone(), constants)
    })
}
