//! Scores, masks, shares and normalizations, as transformers have them.

use tract_onnx::pb::{NodeProto, TensorProto};

use super::{Case, Training};
use crate::testing::onnx::{bools, floats, int, int_list, node};

pub(super) fn cases() -> Vec<Case> {
    // A mask is structure: what training found stands around it.
    let masks = [
        ("no mask", vec![node("Identity", &["s"], "m")]),
        ("trained bias", vec![node("Add", &["s", "bias"], "m")]),
        ("trained number", vec![node("Add", &["s", "k"], "m")]),
        ("added mask", vec![node("Add", &["s", "mask"], "m")]),
        (
            "chosen mask",
            vec![node("Where", &["keeps", "s", "far"], "m")],
        ),
    ];
    let mut cases: Vec<Case> = Vec::new();
    for (name, mask) in &masks {
        for own in [true, false] {
            cases.push(head(name, mask, own));
        }
    }
    cases.push(softmax());
    cases.push(norm());
    cases
}

/// A head of attention. Where `own`, the scores' factor can be a part of the queries, which nothing else reads; where not,
/// queries are keys.
fn head(name: &str, mask: &[NodeProto], own: bool) -> Case {
    let keys = if own { "kt" } else { "qt" };
    let mut nodes = vec![
        node("MatMul", &["x", "wq"], "qp"),
        node("Add", &["qp", "bq"], "q"),
        node("MatMul", &["x", "wk"], "kp"),
        int_list(node("Transpose", &["kp"], "kt"), "perm", &[0, 2, 1]),
        int_list(node("Transpose", &["q"], "qt"), "perm", &[0, 2, 1]),
        node("MatMul", &["q", keys], "p"),
        node("Mul", &["p", "factor"], "s"),
    ];
    nodes.extend_from_slice(mask);
    nodes.push(node("Softmax", &["m"], "a"));
    nodes.push(node("MatMul", &["a", "x"], "y"));
    if own {
        nodes.remove(4);
    } else {
        nodes.drain(2..4);
    }
    let name = format!("attention, {name}, own queries {own}");
    Case::of(name, &[1, 4, 4], nodes, |training| {
        [trained(training), fixed()].concat()
    })
}

fn trained(training: Training) -> Vec<TensorProto> {
    vec![
        training.tensor("wq", &[4, 3]),
        training.tensor("wk", &[4, 3]),
        training.tensor("bq", &[3]),
        training.tensor("factor", &[]),
        training.tensor("bias", &[4, 4]),
        training.tensor("k", &[]),
    ]
}

fn fixed() -> Vec<TensorProto> {
    let keeps: Vec<bool> = (0..16).map(|at| at % 4 <= at / 4).collect();
    let added: Vec<f32> = keeps
        .iter()
        .map(|&keep| if keep { 0.0 } else { -1e4 })
        .collect();
    vec![
        bools("keeps", &[4, 4], &keeps),
        floats("mask", &[4, 4], &added),
        floats("far", &[], &[-1e9]),
    ]
}

fn softmax() -> Case {
    let nodes = vec![
        node("Add", &["x", "b"], "s"),
        int(node("Softmax", &["s"], "a"), "axis", 1),
        node("Mul", &["a", "g"], "y"),
    ];
    Case::of("Softmax", &[1, 3, 4], nodes, |training| {
        vec![training.tensor("b", &[3, 4]), training.tensor("g", &[4])]
    })
}

fn norm() -> Case {
    let nodes = vec![
        node("LayerNormalization", &["x", "g", "b"], "n"),
        node("Mul", &["n", "k"], "s"),
        node("Add", &["s", "h"], "y"),
    ];
    let case = Case::of("LayerNormalization", &[1, 3, 8], nodes, |training| {
        let row = |name| training.tensor(name, &[8]);
        vec![row("g"), row("b"), row("h"), training.tensor("k", &[])]
    });
    case.with_opset(17)
}
