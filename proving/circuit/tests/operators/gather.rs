//! Gather at constant indices.

use tract_onnx::pb::TensorProto;

use super::{moves, one, ops, refused};
use assay_model::testing::onnx::{int, ints, node};

fn scalar(value: i64) -> TensorProto {
    TensorProto {
        dims: vec![],
        ..ints("i", &[value])
    }
}

#[test]
fn picked_elements_agree_with_the_float_runtime() {
    let gather = |axis| int(node("Gather", &["x", "i"], "y"), "axis", axis);
    let integer = moves(&one(&[1, 3, 4], gather(1), vec![ints("i", &[2, 0, -1, 2])]));
    assert_eq!(ops(&integer), ["resize"]);
    // The last of many rows, as a decoder takes it.
    let integer = moves(&one(&[1, 3, 4], gather(1), vec![scalar(-1)]));
    assert_eq!(ops(&integer), ["resize", "reshape"]);
    assert_eq!(integer.architecture().output_shape(), [1, 4]);
}

#[test]
fn indices_beyond_the_axis_are_refused() {
    let gather = || int(node("Gather", &["x", "i"], "y"), "axis", 1);
    refused(
        &one(&[1, 3], gather(), vec![ints("i", &[3])]),
        "axis 3 of a tensor of rank 3",
    );
}
