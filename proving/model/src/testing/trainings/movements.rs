//! Operators that move elements, after a layer that was trained.

use tract_onnx::pb::attribute_proto::AttributeType;
use tract_onnx::pb::{AttributeProto, NodeProto, TensorProto};

use super::{Case, Training, of_symbols};
use crate::testing::onnx::{bools, floats, int, int_list, ints, model, node};

pub(super) fn cases() -> Vec<Case> {
    let mut split = int(node("Split", &["v"], "p"), "axis", 2);
    split.output.push("q".into());
    let mut cases: Vec<Case> = [
        ("Flatten", vec![node("Flatten", &["v"], "y")]),
        ("Reshape", vec![node("Reshape", &["v", "shape"], "y")]),
        (
            "Transpose",
            vec![int_list(node("Transpose", &["v"], "y"), "perm", &[0, 2, 1])],
        ),
        (
            "Squeeze",
            vec![
                node("Unsqueeze", &["v", "one"], "u"),
                node("Squeeze", &["u", "one"], "y"),
            ],
        ),
        (
            "Slice",
            vec![node("Slice", &["v", "one", "two", "one"], "y")],
        ),
        ("Split", vec![split, node("Mul", &["p", "q"], "y")]),
        (
            "Concat",
            vec![int(node("Concat", &["v", "x"], "y"), "axis", 1)],
        ),
        ("Pad", vec![node("Pad", &["v", "pads", "k"], "y")]),
        ("Expand", vec![node("Expand", &["v", "wide"], "y")]),
        ("Resize", vec![node("Resize", &["v", "", "factors"], "y")]),
        (
            "Gather",
            vec![int(node("Gather", &["v", "two"], "y"), "axis", 2)],
        ),
        (
            "Identity",
            vec![node("Identity", &["v"], "i"), node("Dropout", &["i"], "y")],
        ),
        ("Cast", vec![int(node("Cast", &["v"], "y"), "to", 1)]),
        ("Where", vec![node("Where", &["keeps", "v", "k"], "y")]),
    ]
    .into_iter()
    .map(|(name, nodes)| after_layer(name, nodes))
    .collect();
    cases.push(constant());
    cases.push(embedding());
    cases
}

fn after_layer(name: &str, nodes: Vec<NodeProto>) -> Case {
    let nodes = [vec![node("MatMul", &["x", "w"], "v")], nodes].concat();
    Case::of(name, &[1, 3, 4], nodes, |training| {
        vec![
            training.tensor("w", &[4, 4]),
            training.tensor("k", &[]),
            ints("shape", &[1, 12]),
            ints("one", &[1]),
            ints("two", &[2]),
            ints("pads", &[0, 1, 0, 0, 0, 2]),
            ints("wide", &[1, 2, 1, 3, 4]),
            floats("factors", &[3], &[1.0, 2.0, 1.0]),
            bools("keeps", &[3, 4], &[true, false, false, false].repeat(3)),
        ]
    })
}

/// A trained constant that is a node.
fn constant() -> Case {
    Case::new("Constant", |training: Training| {
        let attribute = AttributeProto {
            name: "value".into(),
            r#type: AttributeType::Tensor as i32,
            t: Some(training.tensor("", &[4])),
            ..Default::default()
        };
        let mut constant = node("Constant", &[], "c");
        constant.attribute.push(attribute);
        let nodes = vec![constant, node("Add", &["x", "c"], "y")];
        model(&[1, 4], nodes, Vec::<TensorProto>::new())
    })
}

/// Rows looked up by symbols, with places added and scaled.
fn embedding() -> Case {
    let nodes = vec![
        int(node("Gather", &["t", "x"], "e"), "axis", 0),
        node("Mul", &["e", "k"], "s"),
        node("Add", &["s", "p"], "y"),
    ];
    Case::new("Gather of rows", move |training: Training| {
        let constants = vec![
            training.tensor("t", &[5, 4]),
            training.tensor("k", &[]),
            training.tensor("p", &[1, 3, 4]),
        ];
        of_symbols(model(&[1, 3], nodes.clone(), constants))
    })
}
