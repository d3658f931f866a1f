//! ReduceSum, ReduceMean, ReduceMax and ReduceMin.

use super::{agree, moves, one, ops, refused, with_opset};
use assay_model::testing::onnx::{int, int_list, ints, node};

#[test]
fn sums_and_means_agree_with_the_float_runtime() {
    for op in ["ReduceSum", "ReduceMean"] {
        for (axes, keep, shape) in [
            (&[2][..], 1, &[1, 3, 1, 5][..]),
            (&[-1], 0, &[1, 3, 4]),
            (&[1, 3], 1, &[1, 1, 4, 1]),
            (&[1, 2, 3], 0, &[1]),
            (&[], 1, &[1, 1, 1, 1]),
        ] {
            // Means have their axes as an attribute up to operator set 17, sums as an input since 13.
            let mut reduce = int(node(op, &["x"], "y"), "keepdims", keep);
            let constants = vec![ints("a", axes)];
            if !axes.is_empty() && op == "ReduceMean" {
                reduce = int_list(reduce, "axes", axes);
            } else if !axes.is_empty() {
                reduce.input.push("a".into());
            }
            let integer = agree(
                &one(
                    &[1, 3, 4, 5],
                    reduce,
                    if axes.is_empty() { vec![] } else { constants },
                ),
                1.5,
            );
            assert!(ops(&integer).contains(&"sum"), "{op} {axes:?}");
            assert_eq!(integer.architecture().output_shape(), shape);
        }
    }
    let new = node("ReduceMean", &["x", "a"], "y");
    agree(
        &with_opset(one(&[1, 3, 4], new, vec![ints("a", &[1])]), 18),
        1.5,
    );
}

#[test]
fn largest_of_dimensions_is_exact() {
    for (axes, keep) in [(&[1][..], 1), (&[2, 1], 0)] {
        let max = int_list(
            int(node("ReduceMax", &["x"], "y"), "keepdims", keep),
            "axes",
            axes,
        );
        let integer = moves(&one(&[1, 3, 4], max, vec![]));
        assert!(ops(&integer).contains(&"max_pool"));
    }
}

#[test]
fn smallest_of_dimensions_is_exact() {
    for (axes, shape) in [
        (&[2][..], &[1, 3, 1][..]),
        (&[1, 2], &[1, 1, 1]),
        (&[1], &[1, 1, 5]),
    ] {
        let min = int_list(node("ReduceMin", &["x"], "y"), "axes", axes);
        let integer = moves(&one(&[1, 3, 5], min, vec![]));
        assert!(ops(&integer).contains(&"min"));
        assert_eq!(integer.architecture().output_shape(), shape);
    }
}

#[test]
fn axes_beyond_the_rank_are_refused() {
    let sum = node("ReduceSum", &["x", "a"], "y");
    refused(
        &one(&[1, 3], sum, vec![ints("a", &[2])]),
        "axis 2 of a tensor of rank 2",
    );
}
