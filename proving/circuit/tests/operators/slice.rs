//! Slice.

use super::{moves, one, ops, refused, with_opset};
use assay_model::testing::onnx::{int_list, ints, node};

const INPUTS: [&str; 5] = ["x", "starts", "ends", "axes", "steps"];

#[test]
fn slices_agree_with_the_float_runtime() {
    let check = |lists: &[&[i64]], shape: &[usize]| {
        let names = &INPUTS[..=lists.len()];
        let constants = names[1..]
            .iter()
            .zip(lists)
            .map(|(name, list)| ints(name, list));
        let integer = moves(&one(
            &[1, 5, 6],
            node("Slice", names, "y"),
            constants.collect(),
        ));
        assert_eq!(ops(&integer), ["slice"]);
        assert_eq!(integer.architecture().output_shape(), shape);
    };
    check(&[&[0, 1], &[1, 4]], &[1, 3, 6]);
    check(&[&[1], &[3], &[2]], &[1, 5, 2]);
    check(&[&[-2], &[i64::MAX], &[-1]], &[1, 5, 2]);
    check(&[&[0, 5], &[5, 0], &[1, 2], &[2, -2]], &[1, 3, 3]);
    check(&[&[-1], &[i64::MIN], &[1], &[-1]], &[1, 5, 6]);
    let old = int_list(node("Slice", &["x"], "y"), "starts", &[1]);
    let old = int_list(int_list(old, "ends", &[3]), "axes", &[2]);
    moves(&with_opset(one(&[1, 5, 6], old, vec![]), 9));
}

#[test]
fn wrong_slices_are_refused() {
    let bad = |lists: &[&[i64]], expected| {
        let names = &INPUTS[..=lists.len()];
        let constants = names[1..]
            .iter()
            .zip(lists)
            .map(|(name, list)| ints(name, list));
        refused(
            &one(&[1, 5], node("Slice", names, "y"), constants.collect()),
            expected,
        );
    };
    bad(
        &[&[1], &[1], &[1]],
        "1..1 by 1 of an axis of 5 holds no element",
    );
    bad(&[&[0], &[5], &[1], &[0]], "by 0 of an axis");
    bad(&[&[0], &[5], &[2]], "axis 2 of a tensor of rank 2");
    bad(&[&[0, 0], &[5], &[1]], "expected as many of each");
    bad(&[&[0, 0, 0], &[1, 1, 1]], "at most 2");
    bad(&[&[0]], "starts and ends must be given");
}
