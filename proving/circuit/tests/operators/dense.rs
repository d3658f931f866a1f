//! Gemm and MatMul; `import.rs` has every form of one row.

use super::{agree, one, ops, refused};
use assay_model::testing::onnx::{int, model, node, random};

#[test]
fn many_rows_share_the_weights() {
    for (input, gemm) in [
        (&[1, 6][..], true),
        (&[1, 5, 6], false),
        (&[1, 2, 3, 6], false),
    ] {
        let weights = random("w", &[6, 4]);
        let node = if gemm { "Gemm" } else { "MatMul" };
        let integer = agree(
            &one(input, self::node(node, &["x", "w"], "y"), vec![weights]),
            4.0,
        );
        assert_eq!(ops(&integer), ["dense"]);
    }
    let nodes = vec![
        int(node("Flatten", &["x"], "rows"), "axis", 2),
        node("Gemm", &["rows", "w", "b"], "y"),
    ];
    let constants = vec![random("w", &[6, 4]), random("b", &[4])];
    let integer = agree(&model(&[1, 5, 6], nodes, constants), 4.0);
    assert_eq!(ops(&integer), ["reshape", "dense"]);
}

#[test]
fn batches_of_one_matrix_are_a_matrix() {
    let case = |dims: &[i64]| {
        one(
            &[1, 5, 6],
            node("MatMul", &["x", "w"], "y"),
            vec![random("w", dims)],
        )
    };
    agree(&case(&[1, 6, 3]), 4.0);
    refused(&case(&[2, 6, 3]), "does not fit 6 inputs");
    refused(&case(&[1, 1, 6, 3]), "does not fit 6 inputs");
    refused(&case(&[6]), "expected a matrix");
}
