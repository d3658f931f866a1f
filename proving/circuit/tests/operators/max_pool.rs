//! MaxPool in one and two dimensions.

use tract_onnx::pb::NodeProto;

use super::{moves, one, ops, refused};
use assay_model::testing::onnx::{int, int_list, node, text};

fn pool(kernel: &[i64]) -> NodeProto {
    int_list(node("MaxPool", &["x"], "y"), "kernel_shape", kernel)
}

#[test]
fn windows_agree_with_the_float_runtime() {
    let check =
        |input: &[i64], node| assert_eq!(ops(&moves(&one(input, node, vec![]))), ["max_pool"]);
    let image = [1, 2, 7, 6];
    check(&image, pool(&[2, 2]));
    check(&image, int_list(pool(&[2, 2]), "strides", &[2, 2]));
    check(&image, int_list(pool(&[3, 2]), "dilations", &[2, 3]));
    check(
        &image,
        int_list(
            int_list(pool(&[3, 3]), "pads", &[1, 1, 1, 1]),
            "strides",
            &[2, 2],
        ),
    );
    for pad in ["SAME_UPPER", "SAME_LOWER", "VALID"] {
        check(
            &image,
            int_list(text(pool(&[3, 3]), "auto_pad", pad), "strides", &[2, 2]),
        );
    }
    let up = |node| int(int_list(node, "strides", &[2, 2]), "ceil_mode", 1);
    check(&image, up(pool(&[2, 2])));
    check(&image, up(pool(&[3, 3])));
    check(&image, up(int_list(pool(&[3, 3]), "pads", &[1, 1, 1, 1])));
    check(&[1, 3, 9], int_list(pool(&[4]), "strides", &[3]));
}

#[test]
fn global_pooling_is_one_window() {
    let integer = moves(&one(
        &[1, 2, 4, 3],
        node("GlobalMaxPool", &["x"], "y"),
        vec![],
    ));
    assert_eq!(integer.architecture().output_shape(), [1, 2, 1, 1]);
}

#[test]
fn wrong_uses_are_explained() {
    let bad = |node, expected| refused(&one(&[1, 2, 4, 4], node, vec![]), expected);
    bad(node("MaxPool", &["x"], "y"), "kernel is [0, 0]");
    bad(pool(&[2]), "kernel_shape must be 2 numbers from 1");
    bad(pool(&[5, 1]), "a window of 5 does not fit 4 positions");
    bad(int(pool(&[2, 2]), "storage_order", 1), "row-major order");
    bad(
        int_list(pool(&[2, 2]), "pads", &[2, 0, 0, 0]),
        "lies on padding only",
    );
}
