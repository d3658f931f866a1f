//! Add, Sub, Mul and Div with a constant.

use tract_onnx::pb::NodeProto;

use super::{agree, one, ops, refused};
use assay_model::testing::onnx::{floats, model, node, random};

#[test]
fn constants_after_a_layer_are_part_of_it() {
    let check = |node: NodeProto, dims: &[i64]| {
        let nodes = vec![self::node("Conv", &["x", "w"], "c"), node];
        let constants = vec![random("w", &[3, 2, 2]), random("k", dims)];
        assert_eq!(
            ops(&agree(&model(&[1, 2, 6], nodes, constants), 4.0)),
            ["conv"]
        );
    };
    for dims in [&[3, 1][..], &[1, 3, 1], &[1], &[]] {
        check(node("Add", &["c", "k"], "y"), dims);
        check(node("Add", &["k", "c"], "y"), dims);
        check(node("Sub", &["c", "k"], "y"), dims);
        check(node("Sub", &["k", "c"], "y"), dims);
        check(node("Mul", &["c", "k"], "y"), dims);
        check(node("Mul", &["k", "c"], "y"), dims);
        check(node("Div", &["c", "k"], "y"), dims);
    }
}

#[test]
fn constants_alone_are_a_convolution_of_one_element() {
    let case = |op, dims: &[i64]| {
        one(
            &[1, 3, 4, 4],
            node(op, &["x", "k"], "y"),
            vec![random("k", dims)],
        )
    };
    for op in ["Add", "Sub", "Mul", "Div"] {
        assert_eq!(ops(&agree(&case(op, &[3, 1, 1]), 2.0)), ["conv"]);
    }
    let scalar = one(
        &[1, 6],
        node("Mul", &["x", "k"], "y"),
        vec![floats("k", &[], &[0.5])],
    );
    assert_eq!(ops(&agree(&scalar, 2.0)), ["reshape", "conv", "reshape"]);
}

#[test]
fn constants_of_every_element_are_parameters() {
    let case = |op, dims: &[i64]| {
        one(
            &[1, 3, 4],
            node(op, &["x", "k"], "y"),
            vec![random("k", dims)],
        )
    };
    for op in ["Add", "Sub", "Mul"] {
        let name = if op == "Mul" { "mul" } else { "add" };
        assert_eq!(ops(&agree(&case(op, &[1, 3, 4]), 2.0)), ["parameter", name]);
        assert_eq!(
            ops(&agree(&case(op, &[4]), 2.0)),
            ["parameter", "expand", name]
        );
    }
}

#[test]
fn constants_that_change_nothing_are_operators_all_the_same() {
    for (op, value, name) in [("Add", 0.0, "add"), ("Mul", 1.0, "mul")] {
        let constants = vec![floats("k", &[1, 3, 4], &[value; 12])];
        let graph = one(&[1, 3, 4], node(op, &["x", "k"], "y"), constants);
        assert_eq!(ops(&agree(&graph, 2.0)), ["parameter", name]);
    }
}

#[test]
fn constants_that_do_not_fit_are_refused() {
    let larger = one(
        &[1, 3, 1],
        node("Add", &["x", "k"], "y"),
        vec![random("k", &[3, 4])],
    );
    refused(&larger, "does not fit [1, 3, 1]");
    let zero = one(
        &[1, 3],
        node("Div", &["x", "k"], "y"),
        vec![floats("k", &[1], &[0.0])],
    );
    refused(&zero, "cannot be divided by");
}
