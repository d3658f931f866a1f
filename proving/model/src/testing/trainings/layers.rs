//! Layers with trained weights, and what follows them.

use tract_onnx::pb::{NodeProto, TensorProto};

use super::{Case, Training};
use crate::testing::onnx::{float, int, int_list, node};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![dense(), dense_rows(), class("ArgMax"), class("ArgMin")];
    for (name, last) in [
        ("Conv", node("Relu", &["c"], "y")),
        ("Conv and Clip", node("Clip", &["c", "low"], "y")),
        ("Conv and MaxPool", kernel("MaxPool")),
        ("Conv and AveragePool", kernel("AveragePool")),
        ("Conv and GlobalMaxPool", node("GlobalMaxPool", &["c"], "y")),
        (
            "Conv and GlobalAveragePool",
            node("GlobalAveragePool", &["c"], "y"),
        ),
        ("Conv and ReduceMax", reduce("ReduceMax")),
        ("Conv and ReduceMin", reduce("ReduceMin")),
        ("Conv and ReduceMean", reduce("ReduceMean")),
        ("Conv and ReduceSum", node("ReduceSum", &["c", "axes"], "y")),
        (
            "Conv and BatchNormalization",
            node("BatchNormalization", &["c", "g", "h", "m", "v"], "y"),
        ),
        (
            "Conv and ConvTranspose",
            int_list(
                node("ConvTranspose", &["c", "u", "a"], "y"),
                "strides",
                &[2],
            ),
        ),
        ("Conv and residual", node("Add", &["c", "x"], "y")),
        ("Conv and difference", node("Sub", &["x", "c"], "y")),
    ] {
        cases.push(convolution(name, last));
    }
    let alone = node("BatchNormalization", &["x", "g", "h", "m", "v"], "y");
    cases.push(Case::of(
        "BatchNormalization",
        &[1, 3, 6],
        vec![alone],
        channels,
    ));
    cases
}

fn kernel(op: &str) -> NodeProto {
    int_list(node(op, &["c"], "y"), "kernel_shape", &[2])
}

fn reduce(op: &str) -> NodeProto {
    int_list(node(op, &["c"], "y"), "axes", &[2])
}

/// Returns the constants of three channels.
fn channels(training: Training) -> Vec<TensorProto> {
    let mut constants = vec![
        training.tensor("w", &[3, 3, 1]),
        training.tensor("u", &[3, 2, 2]),
        training.tensor("a", &[2]),
        training.positive("v", &[3], 1.0),
        training.tensor("low", &[]),
        crate::testing::onnx::ints("axes", &[2]),
    ];
    constants.extend(["b", "g", "h", "m"].map(|name| training.tensor(name, &[3])));
    constants
}

fn convolution(name: &str, last: NodeProto) -> Case {
    let nodes = vec![node("Conv", &["x", "w", "b"], "c"), last];
    Case::of(name, &[1, 3, 6], nodes, channels)
}

fn dense() -> Case {
    let first = float(node("Gemm", &["x", "w", "b"], "s"), "alpha", 0.5);
    let nodes = vec![
        first,
        node("Relu", &["s"], "r"),
        int(node("Gemm", &["r", "v", "k"], "t"), "transB", 1),
        node("Div", &["t", "d"], "y"),
    ];
    Case::of("Gemm", &[1, 4], nodes, |training| {
        vec![
            training.tensor("w", &[4, 3]),
            training.tensor("b", &[3]),
            training.tensor("v", &[2, 3]),
            training.tensor("k", &[1]),
            training.positive("d", &[2], 1.0),
        ]
    })
}

fn dense_rows() -> Case {
    let nodes = vec![
        node("MatMul", &["x", "w"], "s"),
        node("Add", &["b", "s"], "t"),
        node("Mul", &["t", "g"], "u"),
        node("Sub", &["b", "u"], "y"),
    ];
    Case::of("MatMul and constants", &[1, 3, 4], nodes, |training| {
        let row = |name| training.tensor(name, &[1, 1, 5]);
        vec![training.tensor("w", &[4, 5]), row("b"), row("g")]
    })
}

fn class(op: &str) -> Case {
    let nodes = vec![
        node("Gemm", &["x", "w", "b"], "s"),
        int(node(op, &["s"], "c"), "axis", 1),
        int(node("Cast", &["c"], "y"), "to", 6),
    ];
    Case::of(op, &[1, 4], nodes, |training| {
        vec![training.tensor("w", &[4, 3]), training.tensor("b", &[3])]
    })
}
