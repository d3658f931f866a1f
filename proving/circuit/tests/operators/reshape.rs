//! Reshape, Flatten, Squeeze, Unsqueeze, Identity, Dropout, Cast: the same elements in the same order.

use tract_onnx::pb::{NodeProto, TensorProto};

use super::{moves, one, ops, refused, with_opset};
use assay_model::testing::onnx::{float, int, int_list, ints, node};

fn check(input: &[i64], node: NodeProto, constants: Vec<TensorProto>, shape: &[usize]) {
    // A transposition before keeps a model whose only node changes nothing from having no operator.
    let mut model = one(input, node, constants);
    let graph = model.graph.as_mut().unwrap();
    graph.node[0].input[0] = "t".into();
    let last = i64::try_from(input.len()).unwrap();
    let swapped: Vec<i64> = [0, last - 1].into_iter().chain(1..last - 1).collect();
    let transpose = int_list(self::node("Transpose", &["x"], "t"), "perm", &swapped);
    graph.node.insert(0, transpose);
    let integer = moves(&model);
    assert_eq!(integer.architecture().output_shape(), shape);
}

#[test]
fn shapes_are_those_of_onnx() {
    let input = [1, 2, 3, 1];
    // After the transposition: [1, 1, 2, 3].
    let y = |op, inputs: &[&str]| node(op, inputs, "y");
    check(
        &input,
        y("Reshape", &["x", "s"]),
        vec![ints("s", &[1, 6])],
        &[1, 6],
    );
    check(
        &input,
        y("Reshape", &["x", "s"]),
        vec![ints("s", &[0, 3, -1])],
        &[1, 3, 2],
    );
    check(&input, y("Flatten", &["x"]), vec![], &[1, 6]);
    check(
        &input,
        int(y("Flatten", &["x"]), "axis", 3),
        vec![],
        &[2, 3],
    );
    check(
        &input,
        int(y("Flatten", &["x"]), "axis", -1),
        vec![],
        &[2, 3],
    );
    check(
        &input,
        int(y("Flatten", &["x"]), "axis", 4),
        vec![],
        &[6, 1],
    );
    check(
        &input,
        y("Squeeze", &["x", "s"]),
        vec![ints("s", &[1])],
        &[1, 2, 3],
    );
    check(&input, y("Squeeze", &["x"]), vec![], &[2, 3]);
    check(
        &input,
        y("Unsqueeze", &["x", "s"]),
        vec![ints("s", &[-1, 1])],
        &[1, 1, 1, 2, 3, 1],
    );
    check(&input, y("Identity", &["x"]), vec![], &[1, 1, 2, 3]);
    check(
        &input,
        int(y("Cast", &["x"]), "to", 1),
        vec![],
        &[1, 1, 2, 3],
    );
    check(&input, y("Dropout", &["x"]), vec![], &[1, 1, 2, 3]);
}

#[test]
fn old_operator_sets_have_axes_as_attributes() {
    let squeeze = int_list(node("Squeeze", &["x"], "y"), "axes", &[1]);
    let model = with_opset(one(&[1, 1, 3], squeeze, vec![]), 11);
    assert_eq!(ops(&moves(&model)), ["reshape"]);
    let dropout = float(node("Dropout", &["x"], "d"), "ratio", 0.5);
    let unsqueeze = int_list(node("Unsqueeze", &["d"], "y"), "axes", &[0]);
    let mut model = with_opset(one(&[1, 3], dropout, vec![]), 11);
    model.graph.as_mut().unwrap().node.push(unsqueeze);
    assert_eq!(ops(&moves(&model)), ["reshape"]);
}

#[test]
fn wrong_uses_are_explained() {
    let bad = |node, constants, expected| refused(&one(&[1, 2, 3], node, constants), expected);
    let y = |op, inputs: &[&str]| node(op, inputs, "y");
    bad(
        y("Reshape", &["x", "s"]),
        vec![ints("s", &[1, 5])],
        "cannot reshape [1, 2, 3] to [1, 5]",
    );
    bad(
        y("Squeeze", &["x", "s"]),
        vec![ints("s", &[1])],
        "axis 1 of [1, 2, 3] is not 1",
    );
    bad(
        y("Squeeze", &["x", "s"]),
        vec![ints("s", &[3])],
        "axis 3 of a tensor of rank 3",
    );
    bad(
        y("Unsqueeze", &["x", "s"]),
        vec![ints("s", &[0, -5])],
        "axis 0 is given twice",
    );
    bad(
        y("Unsqueeze", &["x", "s"]),
        vec![ints("s", &[0, 1, 2, 3])],
        "rank 7",
    );
    bad(int(y("Cast", &["x"]), "to", 10), vec![], "casts to type 10");
}
