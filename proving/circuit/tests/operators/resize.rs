//! Resize to the nearest element.

use tract_onnx::pb::{ModelProto, NodeProto};

use super::{moves, one, ops, refused, with_opset};
use assay_model::testing::onnx::{floats, ints, node, text};

fn by_scales(node: NodeProto, scales: &[f32]) -> ModelProto {
    let count = i64::try_from(scales.len()).unwrap();
    one(&[1, 2, 3, 4], node, vec![floats("s", &[count], scales)])
}

fn resize() -> NodeProto {
    node("Resize", &["x", "", "s"], "y")
}

#[test]
fn sizes_agree_with_the_float_runtime() {
    let double = [1.0, 1.0, 2.0, 3.0];
    for transformation in ["half_pixel", "asymmetric", "pytorch_half_pixel"] {
        for nearest in ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"] {
            let node = text(resize(), "coordinate_transformation_mode", transformation);
            let model = by_scales(text(node, "nearest_mode", nearest), &double);
            let integer = moves(&model);
            assert_eq!(
                ops(&integer),
                ["resize", "resize"],
                "{transformation} {nearest}"
            );
        }
    }
    let upsample = text(resize(), "coordinate_transformation_mode", "asymmetric");
    let upsample = text(upsample, "nearest_mode", "floor");
    moves(&by_scales(upsample, &[1.0, 1.0, 1.0, 0.5]));
    let sizes = node("Resize", &["x", "", "", "s"], "y");
    let integer = moves(&one(&[1, 2, 3, 4], sizes, vec![ints("s", &[1, 2, 6, 4])]));
    assert_eq!(integer.architecture().output_shape(), [1, 2, 6, 4]);
}

#[test]
fn wrong_uses_are_explained() {
    let bad = |node, scales: &[f32], expected| refused(&by_scales(node, scales), expected);
    bad(
        text(resize(), "mode", "linear"),
        &[1.0; 4],
        "mode is `linear`, expected nearest",
    );
    bad(resize(), &[1.0; 3], "scales do not fit shape [1, 2, 3, 4]");
    bad(resize(), &[1.0, 1.0, 1.0, 0.1], "scales do not fit");
    bad(resize(), &[1.0, 1.0, 1.0, 1e30], "scales do not fit");
    bad(resize(), &[1.0, 1.0, 1.0, -1.0], "scales do not fit");
    bad(
        text(resize(), "nearest_mode", "any"),
        &[1.0; 4],
        "nearest_mode is `any`",
    );
    let crop = text(resize(), "coordinate_transformation_mode", "align_corners");
    bad(
        crop,
        &[1.0; 4],
        "coordinate_transformation_mode is `align_corners`",
    );
    let old = node("Resize", &["x", "s"], "y");
    let old = with_opset(by_scales(old, &[1.0, 1.0, 2.0, 2.0]), 10);
    refused(&old, "operator set 10, expected 11 or later");
}
