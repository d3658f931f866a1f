//! Comparisons, and Where by one.

use assay_model::ModelError;
use assay_model::quant::ops::{OpSpec, Where};
use assay_model::{Architecture, TensorSpec};

use super::{agree, ops};
use assay_model::testing::onnx::{floats, int, model, node, random};

#[test]
fn choices_by_comparison_agree_with_the_float_runtime() {
    // The smaller or larger of two values: continuous, so that lanes near each other may be chosen either way.
    for relation in ["Less", "LessOrEqual", "Greater", "GreaterOrEqual"] {
        let nodes = vec![
            node("MatMul", &["x", "w"], "a"),
            node(relation, &["a", "x"], "c"),
            node("Where", &["c", "a", "x"], "y"),
        ];
        let integer = agree(&model(&[1, 2, 4], nodes, vec![random("w", &[4, 4])]), 4.0);
        assert_eq!(ops(&integer), ["dense", "compare", "where"]);
    }
    // A ReLU of one number and rows.
    let nodes = vec![
        node("Greater", &["x", "zero"], "c"),
        node("Where", &["c", "x", "zero"], "y"),
    ];
    agree(
        &model(&[1, 2, 4], nodes, vec![floats("zero", &[], &[0.0])]),
        1.0,
    );
}

#[test]
fn truth_is_a_number_once_cast() {
    for relation in ["Less", "LessOrEqual", "Greater", "GreaterOrEqual", "Equal"] {
        // A value beside itself is equal on any scale.
        let nodes = vec![
            node(relation, &["x", "x"], "c"),
            int(node("Cast", &["c"], "y"), "to", 1),
        ];
        let integer = agree(&model(&[1, 4], nodes, vec![]), 0.0);
        assert_eq!(ops(&integer), ["compare"]);
    }
}

#[test]
fn conditions_that_are_not_comparisons_are_refused() {
    let mut architecture = Architecture::new(TensorSpec::int8(&[1, 3]));
    architecture
        .push(OpSpec::Where(Where {}), &[0, 0, 0])
        .unwrap();
    let reason = "its condition is not the result of a comparison".into();
    let refusal = ModelError::BadNode {
        node: 0,
        op: "where",
        reason,
    };
    assert_eq!(architecture.validate(), Err(refusal));
}
