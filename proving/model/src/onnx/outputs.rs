//! Which of a classifier's outputs is the model's.

use std::collections::HashSet;

use tract_onnx::pb::ModelProto;

/// Converters of trees give label and probabilities as two outputs. The label, which is the first, is the model's
/// output: drops the second, and every node that only the second needs.
pub(super) fn keep_label(model: &mut ModelProto) {
    let Some(graph) = model.graph.as_mut() else {
        return;
    };
    let is_classifier = graph
        .node
        .iter()
        .any(|node| node.op_type == "TreeEnsembleClassifier");
    if !is_classifier || graph.output.len() != 2 {
        return;
    }
    graph.output.truncate(1);
    let mut needed: HashSet<String> = graph.output.iter().map(|info| info.name.clone()).collect();
    // Nodes come after what they read.
    let mut kept = Vec::new();
    for node in std::mem::take(&mut graph.node).into_iter().rev() {
        if node.output.iter().any(|name| needed.contains(name)) {
            needed.extend(node.input.iter().cloned());
            kept.push(node);
        }
    }
    kept.reverse();
    graph.node = kept;
}
