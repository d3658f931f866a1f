//! Pad with a constant.

use super::{agree, moves, one, ops, refused, with_opset};
use assay_model::testing::onnx::{float, floats, int_list, ints, node, text};

#[test]
fn padding_agrees_with_the_float_runtime() {
    let pads = || ints("p", &[0, 1, 0, 0, 2, 1]);
    let integer = moves(&one(
        &[1, 2, 3],
        node("Pad", &["x", "p"], "y"),
        vec![pads()],
    ));
    assert_eq!(ops(&integer), ["pad"]);
    assert_eq!(integer.architecture().output_shape(), [1, 5, 4]);
    let value = |value| vec![pads(), floats("v", &[], &[value])];
    let padded = || node("Pad", &["x", "p", "v"], "y");
    agree(&one(&[1, 2, 3], padded(), value(0.5)), 1.0);
    // A number beyond all samples widens the range.
    agree(&one(&[1, 2, 3], padded(), value(-3.0)), 1.0);
    let axes = vec![ints("p", &[1, 2]), ints("a", &[-1])];
    let node = node("Pad", &["x", "p", "", "a"], "y");
    moves(&with_opset(one(&[1, 2, 3], node, axes), 18));
    let old = int_list(self::node("Pad", &["x"], "y"), "pads", &[0, 0, 1, 1]);
    agree(
        &with_opset(one(&[1, 3], float(old, "value", 0.25), vec![]), 10),
        1.0,
    );
}

#[test]
fn wrong_uses_are_explained() {
    let bad = |pads: &[i64], node, expected| {
        refused(&one(&[1, 3], node, vec![ints("p", pads)]), expected)
    };
    let pad = || node("Pad", &["x", "p"], "y");
    bad(&[0, 0, 0, -1], pad(), "pad -1, expected 0 to");
    bad(&[0, 0, 0], pad(), "3 pads, expected 4");
    bad(&[0, 0, 0, i64::MAX], pad(), "expected 0 to");
    bad(
        &[0, 0, 0, 1],
        text(pad(), "mode", "reflect"),
        "mode is `reflect`, expected constant",
    );
}
