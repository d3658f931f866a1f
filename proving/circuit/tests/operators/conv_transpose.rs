//! ConvTranspose in one and two dimensions.

use tract_onnx::pb::NodeProto;

use super::{agree, one, ops, refused};
use assay_model::testing::onnx::{int, int_list, model, node, random, text};

fn transposed() -> NodeProto {
    node("ConvTranspose", &["x", "w", "b"], "y")
}

fn strided(strides: &[i64]) -> NodeProto {
    int_list(transposed(), "strides", strides)
}

#[test]
fn windows_agree_with_the_float_runtime() {
    let check = |input: &[i64], weights: &[i64], outputs: i64, node: NodeProto| {
        let constants = vec![random("w", weights), random("b", &[outputs])];
        let integer = agree(&one(input, node, constants), 4.0);
        assert_eq!(ops(&integer).last(), Some(&"conv"));
    };
    let image = [1, 2, 4, 5];
    check(&image, &[2, 3, 3, 3], 3, transposed());
    check(&image, &[2, 3, 1, 1], 3, transposed());
    check(&image, &[2, 3, 3, 2], 3, strided(&[2, 3]));
    check(&image, &[2, 3, 2, 2], 3, strided(&[2, 2]));
    check(&image, &[2, 3, 1, 2], 3, strided(&[3, 1]));
    let padded = int_list(strided(&[2, 2]), "pads", &[1, 0, 1, 1]);
    check(&image, &[2, 3, 3, 3], 3, padded.clone());
    let more = int_list(padded, "output_padding", &[1, 1]);
    check(&image, &[2, 3, 3, 3], 3, more);
    // More padding than the kernel reaches takes elements of the input away.
    let cropped = int_list(transposed(), "pads", &[1, 2, 1, 1]);
    check(&image, &[2, 3, 1, 2], 3, cropped);
    let gaps = int_list(strided(&[2, 1]), "dilations", &[2, 3]);
    check(&image, &[2, 3, 2, 2], 3, gaps);
    check(
        &[1, 4, 3, 3],
        &[4, 2, 2, 3],
        4,
        int(strided(&[2, 2]), "group", 2),
    );
    check(
        &[1, 3, 3, 3],
        &[3, 1, 3, 3],
        3,
        int(strided(&[2, 2]), "group", 3),
    );
    check(
        &[1, 3, 6],
        &[3, 2, 4],
        2,
        int_list(strided(&[2]), "pads", &[1, 1]),
    );
}

#[test]
fn bias_is_optional_and_relu_is_taken_in() {
    let nodes = vec![
        int_list(node("ConvTranspose", &["x", "w"], "t"), "strides", &[2, 2]),
        node("Relu", &["t"], "y"),
    ];
    let integer = agree(
        &model(&[1, 2, 3, 3], nodes, vec![random("w", &[2, 3, 2, 2])]),
        4.0,
    );
    assert_eq!(ops(&integer), ["reshape", "pad", "reshape", "conv"]);
    assert_eq!(super::relus(&integer), [true]);
}

#[test]
fn wrong_uses_are_refused() {
    let image = [1, 2, 4, 5];
    let bad = |node, expected| {
        let constants = vec![random("w", &[2, 3, 3, 3]), random("b", &[3])];
        refused(&one(&image, node, constants), expected);
    };
    bad(int(transposed(), "group", 0), "0 groups of 2 channels");
    bad(int(transposed(), "group", 4), "4 groups of 2 channels");
    bad(
        int(transposed(), "group", 2),
        "bias has shape [3], expected [6]",
    );
    bad(
        text(transposed(), "auto_pad", "SAME_UPPER"),
        "auto_pad is not NOTSET",
    );
    bad(
        int_list(transposed(), "output_shape", &[6, 7]),
        "unknown attribute `output_shape`",
    );
    bad(
        int_list(transposed(), "kernel_shape", &[3, 2]),
        "kernel_shape is not that of the weights",
    );
    bad(
        int_list(transposed(), "pads", &[9, 0, 9, 0]),
        "pads leave nothing of the input",
    );
    bad(strided(&[1 << 18, 1 << 18]), "elements, which is the limit");
    refused(
        &one(
            &[1, 3, 4, 5],
            transposed(),
            vec![random("w", &[2, 3, 3, 3]), random("b", &[3])],
        ),
        "expected [3, outputs, ..]",
    );
}
