//! Trees of one shape: thresholds and leaves differ, and how many there are is a size, which is public.

use tract_onnx::pb::attribute_proto::AttributeType;
use tract_onnx::pb::{AttributeProto, ModelProto, NodeProto};

use super::{Case, Training};
use crate::testing::onnx::{int, int_list, model, node};

/// Two trees of three nodes each.
const MODES: [&str; 6] = ["BRANCH_LEQ", "LEAF", "LEAF", "BRANCH_LEQ", "LEAF", "LEAF"];

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new("TreeEnsembleRegressor", |training: Training| {
            let trees = ensemble("TreeEnsembleRegressor", "target", training);
            whole(int(trees, "n_targets", 1), training)
        }),
        Case::new("TreeEnsembleClassifier", |training: Training| {
            let trees = ensemble("TreeEnsembleClassifier", "class", training);
            whole(int_list(trees, "classlabels_int64s", &[0, 1]), training)
        }),
    ]
}

fn whole(trees: NodeProto, training: Training) -> ModelProto {
    let base = training.values("base", 1);
    model(
        &[1, 3],
        vec![float_list(trees, "base_values", &base)],
        vec![],
    )
}

fn ensemble(op: &str, prefix: &str, training: Training) -> NodeProto {
    let mut trees = node(op, &["x"], "y");
    trees.domain = "ai.onnx.ml".into();
    let of = |name: &str| format!("{prefix}_{name}");
    let lists: [(String, &[i64]); 8] = [
        ("nodes_treeids".into(), &[0, 0, 0, 1, 1, 1]),
        ("nodes_nodeids".into(), &[0, 1, 2, 0, 1, 2]),
        ("nodes_featureids".into(), &[0, 0, 0, 2, 0, 0]),
        ("nodes_truenodeids".into(), &[1, 0, 0, 1, 0, 0]),
        ("nodes_falsenodeids".into(), &[2, 0, 0, 2, 0, 0]),
        (of("treeids"), &[0, 0, 1, 1]),
        (of("nodeids"), &[1, 2, 1, 2]),
        (of("ids"), &[0, 0, 0, 0]),
    ];
    for (name, list) in lists {
        trees = int_list(trees, &name, list);
    }
    trees = float_list(trees, "nodes_values", &training.values("thresholds", 6));
    trees = float_list(trees, &of("weights"), &training.values("leaves", 4));
    trees.attribute.push(AttributeProto {
        name: "nodes_modes".into(),
        r#type: AttributeType::Strings as i32,
        strings: MODES.map(|mode| mode.as_bytes().to_vec()).to_vec(),
        ..Default::default()
    });
    trees
}

fn float_list(mut node: NodeProto, name: &str, values: &[f32]) -> NodeProto {
    node.attribute.push(AttributeProto {
        name: name.into(),
        r#type: AttributeType::Floats as i32,
        floats: values.to_vec(),
        ..Default::default()
    });
    node
}
