//! Conv in one and two dimensions.

use assay_model::Part;
use tract_onnx::pb::NodeProto;

use super::{agree, one, ops, refused};
use assay_model::testing::onnx::{int, int_list, model, node, random, text};

fn conv() -> NodeProto {
    node("Conv", &["x", "w", "b"], "y")
}

#[test]
fn windows_agree_with_the_float_runtime() {
    let check = |input: &[i64], weights: &[i64], node: NodeProto| {
        let constants = vec![random("w", weights), random("b", &weights[..1])];
        let integer = agree(&one(input, node, constants), 4.0);
        assert_eq!(ops(&integer), ["conv"]);
    };
    let image = [1, 2, 7, 6];
    check(&image, &[3, 2, 3, 3], conv());
    check(&image, &[3, 2, 1, 1], conv());
    check(&image, &[3, 2, 7, 6], conv());
    check(&image, &[3, 2, 3, 2], int_list(conv(), "strides", &[2, 3]));
    check(
        &image,
        &[3, 2, 3, 2],
        int_list(conv(), "dilations", &[3, 2]),
    );
    check(
        &image,
        &[3, 2, 3, 3],
        int_list(conv(), "pads", &[1, 1, 1, 1]),
    );
    check(
        &image,
        &[3, 2, 3, 3],
        int_list(conv(), "pads", &[2, 0, 1, 4]),
    );
    check(&image, &[4, 1, 3, 3], int(conv(), "group", 2));
    check(
        &image,
        &[2, 1, 3, 3],
        int_list(int(conv(), "group", 2), "pads", &[1, 1, 1, 1]),
    );
    for pad in ["SAME_UPPER", "SAME_LOWER", "VALID", "NOTSET"] {
        check(&image, &[3, 2, 3, 2], text(conv(), "auto_pad", pad));
        let strided = int_list(text(conv(), "auto_pad", pad), "strides", &[2, 2]);
        check(&image, &[3, 2, 2, 3], strided);
    }
    check(&[1, 3, 9], &[4, 3, 3], conv());
    let padded = int_list(int_list(conv(), "pads", &[2, 1]), "strides", &[2]);
    check(&[1, 3, 9], &[4, 3, 3], padded);
    check(&[1, 3, 9], &[3, 1, 4], int(conv(), "group", 3));
    let all = int_list(
        int_list(conv(), "kernel_shape", &[3, 3]),
        "strides",
        &[2, 1],
    );
    check(&image, &[3, 2, 3, 3], int_list(all, "pads", &[1, 0, 0, 1]));
}

#[test]
fn padding_is_the_inputs_zero_point() {
    let conv = int_list(node("Conv", &["x", "w"], "y"), "pads", &[1, 1]);
    let integer = agree(&one(&[1, 1, 4], conv, vec![random("w", &[1, 1, 3])]), 4.0);
    let committed = integer.data()[0].zero_point(Part::InputZeroPoint);
    assert_eq!(committed, i16::from(integer.scales().input.zero_point));
}

#[test]
fn wrong_uses_are_explained() {
    let image = [1, 2, 7, 6];
    let case = |input: &[i64], weights: &[i64], node| {
        let constants = vec![random("w", weights), random("b", &weights[..1])];
        one(input, node, constants)
    };
    let bad = |node, expected| refused(&case(&image, &[3, 2, 3, 3], node), expected);
    bad(
        int(conv(), "group", 2),
        "does not fit 2 channels in 2 groups",
    );
    bad(int(conv(), "group", -1), "in 0 groups");
    bad(
        int_list(conv(), "kernel_shape", &[3, 2]),
        "kernel_shape is not that of the weights",
    );
    bad(
        int_list(conv(), "strides", &[0, 1]),
        "strides must be 2 numbers from 1",
    );
    bad(
        int_list(conv(), "strides", &[1]),
        "strides must be 2 numbers from 1",
    );
    bad(
        int_list(conv(), "pads", &[0, 0, -1, 0]),
        "pads must be 4 numbers from 0",
    );
    bad(
        int_list(conv(), "dilations", &[4, 1]),
        "a window of 9 does not fit 7 positions",
    );
    bad(text(conv(), "auto_pad", "SAME"), "auto_pad is `SAME`");
    refused(
        &case(&[1, 2, 7], &[3, 2, 3, 3], conv()),
        "1 or 2 spatial dimensions",
    );
    refused(&case(&[1, 2], &[3, 2], conv()), "1 or 2 spatial dimensions");
    refused(
        &case(&[1, 2, 4, 4, 4], &[3, 2, 1, 1, 1], conv()),
        "1 or 2 spatial dimensions",
    );
    let bias = vec![random("w", &[3, 2, 3, 3]), random("b", &[2])];
    refused(
        &one(&image, conv(), bias),
        "bias has shape [2], expected [3]",
    );
    let two = vec![node("Conv", &["x", "x"], "y")];
    refused(&model(&image, two, vec![]), "is not a constant");
}
