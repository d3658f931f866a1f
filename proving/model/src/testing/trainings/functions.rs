//! Functions of each number, with constants inside and after.

use tract_onnx::pb::NodeProto;

use super::Case;
use crate::testing::onnx::{float, int_list, node, text};

pub(super) fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = [
        node("Relu", &["t"], "f"),
        node("Sigmoid", &["t"], "f"),
        node("Tanh", &["t"], "f"),
        node("Erf", &["t"], "f"),
        node("Gelu", &["t"], "f"),
        text(node("Gelu", &["t"], "f"), "approximate", "tanh"),
        node("Exp", &["u"], "f"),
        node("Log", &["e"], "f"),
        node("Sqrt", &["e"], "f"),
        node("Reciprocal", &["e"], "f"),
        node("Pow", &["e", "p"], "f"),
        node("Abs", &["t"], "f"),
        node("Neg", &["t"], "f"),
        node("LeakyRelu", &["t"], "f"),
        float(node("Elu", &["t"], "f"), "alpha", -1.0),
        float(node("HardSigmoid", &["t"], "f"), "beta", 0.0),
        node("HardSwish", &["t"], "f"),
        node("Softplus", &["t"], "f"),
        node("Clip", &["t", "low", "high"], "f"),
        node("Clip", &["t", "low"], "f"),
        node("Clip", &["t", "", "high"], "f"),
        node("Div", &["one", "e"], "f"),
        node("Div", &["t", "e"], "f"),
    ]
    .into_iter()
    .map(function)
    .collect();
    cases.extend(gates());
    cases
}

/// A function of a layer's result, or of its exponential where it takes numbers above zero, then times a number plus another.
fn function(function: NodeProto) -> Case {
    let name = format!("{} of {:?}", function.op_type, function.input);
    let nodes = vec![
        node("MatMul", &["x", "w"], "t"),
        node("Tanh", &["t"], "u"),
        node("Exp", &["u"], "e"),
        function,
        node("Mul", &["f", "k"], "g"),
        node("Add", &["l", "g"], "y"),
    ];
    let case = Case::of(name, &[1, 3, 4], nodes, |training| {
        let mut constants = vec![training.tensor("w", &[4, 4])];
        constants
            .extend(["k", "l", "p", "low", "high", "one"].map(|name| training.tensor(name, &[])));
        constants
    });
    case.with_opset(20)
}

/// A Gelu as exporters write it: the operators are those of a Gelu, the numbers any.
fn gates() -> Vec<Case> {
    let erf = vec![
        node("Div", &["x", "root"], "d"),
        node("Erf", &["d"], "e"),
        node("Add", &["e", "one"], "g"),
    ];
    let tanh = vec![
        node("Pow", &["x", "three"], "q"),
        node("Mul", &["q", "c"], "r"),
        node("Add", &["x", "r"], "s"),
        node("Mul", &["s", "f"], "d"),
        node("Tanh", &["d"], "e"),
        node("Add", &["e", "one"], "g"),
    ];
    let tails = [
        vec![
            node("Mul", &["x", "g"], "p"),
            node("Mul", &["p", "half"], "y"),
        ],
        vec![
            node("Mul", &["half", "x"], "h"),
            node("Mul", &["g", "h"], "y"),
        ],
    ];
    let mut cases = vec![norm(), silu()];
    for (name, gate) in [("erf", erf), ("tanh", tanh)] {
        for (index, tail) in tails.iter().enumerate() {
            let nodes = [gate.as_slice(), tail].concat();
            let name = format!("gate of {name}, form {index}");
            cases.push(Case::of(name, &[1, 3, 4], nodes, |training| {
                let mut constants = vec![training.positive("root", &[], 1.0)];
                constants.extend(
                    ["one", "half", "three", "c", "f"].map(|name| training.tensor(name, &[])),
                );
                constants
            }));
        }
    }
    cases
}

fn silu() -> Case {
    let nodes = vec![
        node("Mul", &["x", "k"], "a"),
        node("Sigmoid", &["a"], "s"),
        node("Mul", &["a", "s"], "y"),
    ];
    Case::of("value times its sigmoid", &[1, 4], nodes, |training| {
        vec![training.tensor("k", &[4])]
    })
}

/// A normalization as exporters write it, with any epsilon that is not negative.
fn norm() -> Case {
    let mean = |input, output| int_list(node("ReduceMean", &[input], output), "axes", &[-1]);
    let nodes = vec![
        mean("x", "m"),
        node("Sub", &["x", "m"], "d"),
        node("Mul", &["d", "d"], "p"),
        mean("p", "v"),
        node("Add", &["v", "e"], "a"),
        node("Sqrt", &["a"], "r"),
        node("Div", &["d", "r"], "n"),
        node("Mul", &["n", "g"], "s"),
        node("Add", &["s", "b"], "y"),
    ];
    Case::of("written normalization", &[1, 5, 8], nodes, |training| {
        vec![
            training.positive("e", &[], 1e-5),
            training.tensor("g", &[8]),
            training.tensor("b", &[8]),
        ]
    })
}
