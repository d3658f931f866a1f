//! Where with a constant condition.

use super::{agree, one, ops, refused};
use assay_model::testing::onnx::{bools, floats, node};

#[test]
fn constant_mask_only_moves_elements() {
    let constants = |value| {
        let keeps = [true, false, false, true, true, false];
        vec![bools("k", &[2, 3], &keeps), floats("c", &[], &[value])]
    };
    let mask = || node("Where", &["k", "x", "c"], "y");
    let integer = agree(&one(&[1, 2, 2, 3], mask(), constants(0.5)), 1.0);
    assert_eq!(ops(&integer), ["mask"]);
    agree(&one(&[1, 2, 2, 3], mask(), constants(-4.0)), 1.0);
}

#[test]
fn scattered_masks_are_refused() {
    let constants = vec![
        bools("k", &[3], &[true, false, true]),
        floats("c", &[], &[0.0]),
    ];
    refused(
        &one(&[1, 3], node("Where", &["k", "x", "c"], "y"), constants),
        "row 0 of the mask keeps columns that are not one run",
    );
}
