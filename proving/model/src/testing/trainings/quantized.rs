//! Models in QDQ form: scales and zero points are trained numbers too, which may be equal by chance.

use tract_onnx::pb::{NodeProto, TensorProto};

use super::{Case, Training};
use crate::testing::onnx::{int_list, ints, node};

/// Scales of lanes up to a few units, so that no product has steps coarser than the file's.
const UNIT: f32 = 1.0 / 64.0;

pub(super) fn cases() -> Vec<Case> {
    // The second mapping has constants of its own, which may hold the same numbers, or the very constants of the first.
    let mut cases = Vec::new();
    for second in ["s", "t"] {
        for (name, between) in [
            ("another function", vec![node("Sigmoid", &["d"], "v")]),
            (
                "a reshape and back",
                vec![
                    node("Reshape", &["d", "flat"], "f"),
                    node("Relu", &["f"], "r"),
                    node("Reshape", &["r", "back"], "v"),
                ],
            ),
            (
                "a pooling",
                vec![int_list(node("MaxPool", &["d"], "v"), "kernel_shape", &[2])],
            ),
            (
                "a transposition",
                vec![int_list(node("Transpose", &["d"], "v"), "perm", &[0, 2, 1])],
            ),
            ("a sum", vec![node("Add", &["d", "d"], "v")]),
            (
                "a sum and Relu",
                vec![node("Add", &["d", "x"], "a"), node("Relu", &["a"], "v")],
            ),
            ("a product", vec![node("Mul", &["d", "d"], "v")]),
            ("shares", vec![node("Softmax", &["d"], "v")]),
            (
                "a product and a number",
                vec![node("Mul", &["d", "d"], "m"), node("Mul", &["m", "k"], "v")],
            ),
        ] {
            let name = format!("QDQ, {name} between, second scale {second}");
            cases.push(twice(name, second, between));
        }
    }
    cases.push(layer());
    let again = [pair("x", "s", "d"), pair("d", "t", "y")].concat();
    cases.push(Case::of("QDQ, twice", &[1, 4], again, mappings));
    cases
}

/// Returns the nodes that give a value a mapping.
fn pair(input: &str, scale: &str, output: &str) -> Vec<NodeProto> {
    let lanes = format!("{output}_lanes");
    let zero = format!("{scale}_zero");
    vec![
        node("QuantizeLinear", &[input, scale, &zero], &lanes),
        node("DequantizeLinear", &[&lanes, scale, &zero], output),
    ]
}

fn twice(name: String, second: &str, between: Vec<NodeProto>) -> Case {
    let nodes = [pair("x", "s", "d"), between, pair("v", second, "y")].concat();
    Case::of(name, &[1, 3, 4], nodes, mappings)
}

fn mappings(training: Training) -> Vec<TensorProto> {
    let mut constants = vec![
        training.tensor("k", &[]),
        ints("flat", &[1, 12]),
        ints("back", &[1, 3, 4]),
    ];
    for scale in ["s", "t", "u"] {
        constants.push(training.positive(scale, &[], UNIT));
        constants.push(training.lanes(&format!("{scale}_zero"), &[]));
    }
    constants
}

/// A layer of quantized weights with a sum of what it reads.
fn layer() -> Case {
    let nodes = [
        pair("x", "s", "d"),
        vec![
            node("DequantizeLinear", &["w", "w_scale"], "wf"),
            node("MatMul", &["d", "wf"], "m"),
        ],
        pair("m", "t", "n"),
        vec![node("Add", &["n", "d"], "a"), node("Relu", &["a"], "r")],
        pair("r", "u", "y"),
    ]
    .concat();
    Case::of("QDQ, a layer and a sum", &[1, 3, 4], nodes, |training| {
        let mut constants = mappings(training);
        constants.push(training.lanes("w", &[4, 4]));
        constants.push(training.positive("w_scale", &[], UNIT));
        constants
    })
}
