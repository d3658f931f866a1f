//! Softmax, and masks that become part of it.

use tract_onnx::pb::TensorProto;

use super::{agree, one, ops, refused, with_opset};
use assay_model::testing::onnx::{bools, floats, int, model, node, random};

/// Half a step of rounding, half of the largest share's, and up to `e^0.5 - 1` of a share for the rounded scores,
/// which are a 127th of one apart.
const STEPS: f64 = 2.5;

fn causal(rows: usize) -> Vec<bool> {
    (0..rows * rows).map(|at| at % rows <= at / rows).collect()
}

#[test]
fn shares_agree_with_the_float_runtime() {
    for (axis, expected) in [
        (-1, &["softmax"][..]),
        (1, &["transpose", "softmax", "transpose"]),
    ] {
        let softmax = int(node("Softmax", &["x"], "y"), "axis", axis);
        let integer = agree(&one(&[1, 3, 4], softmax, vec![]), STEPS);
        assert_eq!(ops(&integer), expected);
    }
    let integer = agree(&one(&[1, 7], node("Softmax", &["x"], "y"), vec![]), STEPS);
    let output = integer.scales().output;
    assert_eq!(
        (output.scale.to_f64(), output.zero_point),
        (1.0 / 256.0, -128)
    );
    let old = int(node("Softmax", &["x"], "y"), "axis", 1);
    let integer = agree(&with_opset(one(&[1, 3, 2], old, vec![]), 11), STEPS);
    assert_eq!(ops(&integer), ["reshape", "softmax", "reshape"]);
}

/// Masks scores of four positions before the softmax of a head.
fn masked(
    mask: tract_onnx::pb::NodeProto,
    constants: Vec<TensorProto>,
) -> tract_onnx::pb::ModelProto {
    let nodes = vec![mask, node("Softmax", &["m"], "y")];
    model(&[1, 2, 4, 4], nodes, constants)
}

#[test]
fn constant_mask_is_part_of_the_softmax() {
    let keeps = causal(4);
    let hides: Vec<bool> = keeps.iter().map(|keep| !keep).collect();
    let values = keeps
        .iter()
        .map(|&keep| if keep { 0.0 } else { -1e4 })
        .collect::<Vec<f32>>();
    for (mask, constants) in [
        (
            node("Where", &["k", "x", "c"], "m"),
            vec![
                bools("k", &[1, 1, 4, 4], &keeps),
                floats("c", &[], &[-20.0]),
            ],
        ),
        (
            node("Where", &["k", "c", "x"], "m"),
            vec![bools("k", &[4, 4], &hides), floats("c", &[1], &[-1e9])],
        ),
        (
            node("Add", &["x", "c"], "m"),
            vec![floats("c", &[1, 1, 4, 4], &values)],
        ),
    ] {
        let integer = agree(&masked(mask, constants), STEPS);
        assert_eq!(ops(&integer), ["softmax"]);
        let lanes = integer.trace(&[5; 32]).unwrap().nodes[0].lanes.clone();
        assert_eq!(lanes[..8], [127, -128, -128, -128, 0, 0, -128, -128]);
    }
}

/// What leaves every score out leaves none out: it is a bias that training found.
#[test]
fn numbers_without_a_zero_are_no_mask() {
    let bias: Vec<f32> = (0..16).map(|at| -20.0 - (at % 3) as f32 / 4.0).collect();
    let constants = vec![floats("c", &[4, 4], &bias)];
    let integer = agree(&masked(node("Add", &["x", "c"], "m"), constants), 16.0);
    assert_eq!(ops(&integer), ["parameter", "expand", "add", "softmax"]);
}

#[test]
fn scale_before_the_softmax_is_that_of_the_scores() {
    let nodes = vec![
        node("MatMul", &["x", "w"], "q"),
        node("MatMul", &["q", "x"], "s"),
        node("Mul", &["s", "half"], "h"),
        node("Softmax", &["h"], "y"),
    ];
    let constants = vec![random("w", &[4, 4]), floats("half", &[], &[0.5])];
    let integer = agree(&model(&[1, 4, 4], nodes, constants), 4.0);
    assert_eq!(ops(&integer), ["dense", "matmul", "softmax"]);
}

#[test]
fn masks_that_leave_nothing_are_refused() {
    let mask = node("Where", &["k", "x", "c"], "m");
    let mut keeps = causal(4);
    keeps[0] = false;
    let constants = vec![bools("k", &[4, 4], &keeps), floats("c", &[], &[-20.0])];
    refused(&masked(mask, constants), "the mask leaves nothing of row 0");
}
