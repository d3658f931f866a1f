//! Transpose.

use super::{moves, one, ops, refused};
use assay_model::testing::onnx::{int_list, node};

#[test]
fn permutations_agree_with_the_float_runtime() {
    let check = |input: &[i64], node, shape: &[usize]| {
        let integer = moves(&one(input, node, vec![]));
        assert_eq!(ops(&integer), ["transpose"]);
        assert_eq!(integer.architecture().output_shape(), shape);
    };
    let perm = |axes: &[i64]| int_list(node("Transpose", &["x"], "y"), "perm", axes);
    check(&[1, 2, 3, 4], perm(&[0, 2, 3, 1]), &[1, 3, 4, 2]);
    check(&[1, 2, 3, 4], perm(&[3, 0, 1, 2]), &[4, 1, 2, 3]);
    check(&[1, 2, 3], node("Transpose", &["x"], "y"), &[3, 2, 1]);
}

#[test]
fn wrong_permutations_are_refused() {
    for axes in [&[0][..], &[0, 1, 1], &[0, 1, -1], &[0, 1, 2, 3]] {
        let node = int_list(node("Transpose", &["x"], "y"), "perm", axes);
        refused(&one(&[1, 2, 3], node, vec![]), "each of 3 dimensions once");
    }
}
