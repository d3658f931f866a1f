//! Expand.

use super::{moves, one, ops, refused};
use assay_model::testing::onnx::{ints, node};

#[test]
fn dimensions_of_one_are_repeated() {
    let check = |input: &[i64], wanted: &[i64], shape: &[usize]| {
        let integer = moves(&one(
            input,
            node("Expand", &["x", "s"], "y"),
            vec![ints("s", wanted)],
        ));
        assert_eq!(ops(&integer), ["expand"]);
        assert_eq!(integer.architecture().output_shape(), shape);
    };
    check(&[1, 3, 1], &[1, 3, 4], &[1, 3, 4]);
    check(&[1, 3, 1], &[2, 1, 1, 4], &[2, 1, 3, 4]);
    check(&[1, 3], &[2, 1], &[2, 3]);
}

#[test]
fn wrong_shapes_are_refused() {
    let bad = |wanted: &[i64], expected| {
        refused(
            &one(
                &[1, 3],
                node("Expand", &["x", "s"], "y"),
                vec![ints("s", wanted)],
            ),
            expected,
        );
    };
    bad(&[1, 4], "cannot expand [1, 3] to [1, 4]");
    bad(&[-1, 3], "cannot expand");
    bad(&[1 << 40, 3], "which is the limit");
}
