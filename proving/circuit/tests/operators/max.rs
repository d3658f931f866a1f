//! Max and Min: both inputs share one mapping.

use super::{agree, model, ops};
use assay_model::testing::onnx::{floats, node, random};

#[test]
fn larger_and_smaller_agree_with_the_float_runtime() {
    for (op, name) in [("Max", "max"), ("Min", "min")] {
        let nodes = vec![node("MatMul", &["x", "w"], "a"), node(op, &["x", "a"], "y")];
        let integer = agree(&model(&[1, 4], nodes, vec![random("w", &[4, 4])]), 4.0);
        assert_eq!(ops(&integer), ["dense", name]);
        assert_eq!(integer.scales().input, integer.scales().output);
        let nodes = vec![node(op, &["x", "k"], "y")];
        let integer = agree(
            &model(&[1, 4], nodes, vec![floats("k", &[1], &[0.25])]),
            1.0,
        );
        assert_eq!(ops(&integer), ["parameter", "expand", name]);
    }
}
