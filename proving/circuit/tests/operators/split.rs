//! Split.

use tract_onnx::pb::{ModelProto, NodeProto};

use super::{moves, refused};
use assay_model::testing::onnx::{int, ints, model, node};

/// Splits `x` and joins the parts in reverse.
fn reversed(input: &[i64], split: NodeProto, parts: usize) -> ModelProto {
    let names: Vec<String> = (0..parts).map(|part| format!("p{part}")).collect();
    let mut split = split;
    split.output = names.clone();
    let names: Vec<&str> = names.iter().rev().map(String::as_str).collect();
    let concat = int(node("Concat", &names, "y"), "axis", 1);
    model(input, vec![split, concat], vec![ints("s", &[1, 4])])
}

#[test]
fn parts_agree_with_the_float_runtime() {
    let equal = int(node("Split", &["x"], ""), "axis", 1);
    moves(&reversed(&[1, 6, 2], equal.clone(), 3));
    moves(&reversed(
        &[1, 5, 2],
        int(node("Split", &["x", "s"], ""), "axis", 1),
        2,
    ));
    // A part that nobody reads costs nothing.
    let mut unread = reversed(&[1, 6, 2], equal, 3);
    unread.graph.as_mut().unwrap().node[1].input.pop();
    assert_eq!(moves(&unread).architecture().nodes.len(), 3);
}

#[test]
fn wrong_parts_are_refused() {
    let split = || int(node("Split", &["x", "s"], ""), "axis", 1);
    refused(
        &reversed(&[1, 6], split(), 2),
        "cannot split an axis of 6 into 2 parts of [1, 4]",
    );
    refused(&reversed(&[1, 5], split(), 3), "into 3 parts");
    refused(
        &reversed(&[1, 2], int(node("Split", &["x"], ""), "axis", 1), 3),
        "into 3 parts",
    );
}
