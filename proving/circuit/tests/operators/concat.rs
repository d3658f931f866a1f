//! Concat: its inputs share one mapping.

use assay_model::Part;

use super::{agree, moves, ops, refused};
use assay_model::testing::onnx::{floats, int, model, node, random};

#[test]
fn inputs_of_different_ranges_share_one_mapping() {
    let nodes = vec![
        node("MatMul", &["x", "w"], "a"),
        node("MatMul", &["x", "v"], "b"),
        int(node("Concat", &["a", "b"], "y"), "axis", 1),
    ];
    let small = floats("v", &[2, 2], &[0.1, -0.2, 0.05, 0.1]);
    let integer = agree(
        &model(&[1, 2], nodes, vec![random("w", &[2, 3]), small]),
        4.0,
    );
    assert_eq!(ops(&integer), ["dense", "dense", "concat"]);
    let zero = |node: usize| integer.data()[node].zero_point(Part::OutputZeroPoint);
    assert_eq!(zero(0), zero(1));
    assert_eq!(zero(0), i16::from(integer.scales().output.zero_point));
}

#[test]
fn inputs_read_together_with_their_source_share_its_mapping() {
    let nodes = vec![
        node("MatMul", &["x", "w"], "a"),
        int(node("Concat", &["x", "a", "x"], "y"), "axis", -1),
    ];
    let integer = agree(
        &model(
            &[1, 2],
            nodes,
            vec![floats("w", &[2, 2], &[3., 4., -5., 6.])],
        ),
        4.0,
    );
    assert_eq!(integer.scales().input, integer.scales().output);
}

#[test]
fn any_axis_is_joined() {
    for axis in [1, 2, 3, -1] {
        let nodes = vec![
            node("Relu", &["x"], "a"),
            int(node("Concat", &["x", "a"], "y"), "axis", axis),
        ];
        agree(&model(&[1, 2, 3, 2], nodes, vec![]), 1.5);
    }
    let nodes = vec![int(node("Concat", &["x", "x"], "y"), "axis", 1)];
    moves(&model(&[1, 2], nodes, vec![]));
    let nodes = vec![int(node("Concat", &["x", "x"], "y"), "axis", 2)];
    refused(
        &model(&[1, 2], nodes, vec![]),
        "axis 2 of a tensor of rank 2",
    );
    let nodes = vec![int(node("Concat", &["x", "w"], "y"), "axis", 1)];
    refused(
        &model(&[1, 2], nodes, vec![random("w", &[1, 2])]),
        "a constant, expected a value",
    );
}
