//! AveragePool and GlobalAveragePool.

use tract_onnx::pb::NodeProto;

use super::{agree, one, ops, refused};
use assay_model::testing::onnx::{int, int_list, node};

fn pool(kernel: &[i64]) -> NodeProto {
    int_list(node("AveragePool", &["x"], "y"), "kernel_shape", kernel)
}

#[test]
fn means_agree_with_the_float_runtime() {
    let check =
        |input: &[i64], node| assert_eq!(ops(&agree(&one(input, node, vec![]), 1.5)), ["sum"]);
    let image = [1, 2, 6, 5];
    check(&image, pool(&[2, 2]));
    check(&image, int_list(pool(&[3, 2]), "strides", &[2, 2]));
    let padded = int_list(pool(&[3, 3]), "pads", &[1, 1, 1, 1]);
    check(&image, int(padded, "count_include_pad", 1));
    check(&[1, 3, 8], pool(&[4]));
    check(&image, node("GlobalAveragePool", &["x"], "y"));
    check(&[1, 3, 8], node("GlobalAveragePool", &["x"], "y"));
}

#[test]
fn wrong_uses_are_explained() {
    let bad = |node, expected| refused(&one(&[1, 2, 4, 4], node, vec![]), expected);
    bad(
        int_list(pool(&[2, 2]), "pads", &[1, 0, 0, 0]),
        "pads are not counted",
    );
    bad(int(pool(&[2, 2]), "ceil_mode", 1), "expected whole windows");
    let flat = one(&[1, 4], node("GlobalAveragePool", &["x"], "y"), vec![]);
    refused(&flat, "0 spatial dimensions");
}
