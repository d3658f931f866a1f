//! LayerNormalization, as one operator and as exporters decompose it.

use assay_model::import;
use tract_onnx::pb::NodeProto;

use super::{agree, ops, refused, with_opset};
use assay_model::testing::onnx::{bytes, float, floats, int, int_list, model, node, random};

fn norm(inputs: &[&str], axis: i64) -> NodeProto {
    let norm = int(node("LayerNormalization", inputs, "y"), "axis", axis);
    float(norm, "epsilon", 1e-5)
}

/// Rows of a few numbers up to one, in 255 steps: each is off by half a step, its row's deviation may be a tenth, and
/// results have about a hundred steps for each deviation.
const STEPS: f64 = 4.0;

#[test]
fn normalized_rows_agree_with_the_float_runtime() {
    for (shape, axis, columns) in [
        (&[1, 5, 8][..], -1, &[8][..]),
        (&[1, 16], 1, &[16]),
        (&[1, 3, 2, 4], 2, &[2, 4]),
    ] {
        let constants = vec![random("g", columns), random("b", columns)];
        let graph = model(shape, vec![norm(&["x", "g", "b"], axis)], constants);
        let integer = agree(&with_opset(graph, 17), STEPS);
        assert!(ops(&integer).contains(&"layer_norm"));
    }
    let constants = vec![random("g", &[6])];
    let graph = model(&[1, 4, 6], vec![norm(&["x", "g"], -1)], constants);
    assert_eq!(ops(&agree(&with_opset(graph, 17), STEPS)), ["layer_norm"]);
}

#[test]
fn decomposition_is_one_operator() {
    let mean = |input, output| int_list(node("ReduceMean", &[input], output), "axes", &[-1]);
    for square in [
        node("Pow", &["d", "two"], "p"),
        node("Mul", &["d", "d"], "p"),
    ] {
        let nodes = vec![
            mean("x", "m"),
            node("Sub", &["x", "m"], "d"),
            square,
            mean("p", "v"),
            node("Add", &["v", "e"], "a"),
            node("Sqrt", &["a"], "r"),
            node("Div", &["d", "r"], "n"),
            node("Mul", &["n", "g"], "s"),
            node("Add", &["s", "b"], "y"),
        ];
        let constants = vec![
            floats("two", &[], &[2.0]),
            floats("e", &[], &[1e-5]),
            random("g", &[8]),
            random("b", &[8]),
        ];
        for shape in [&[1, 5, 8][..], &[1, 2, 3, 8], &[1, 8]] {
            let integer = agree(&model(shape, nodes.clone(), constants.clone()), STEPS);
            assert_eq!(ops(&integer), ["layer_norm"]);
        }
    }
}

/// Another power would be another function, which the operator is not.
#[test]
fn decomposition_with_other_numbers_is_refused() {
    let mean = |input, output| int_list(node("ReduceMean", &[input], output), "axes", &[-1]);
    let case = |numbers: [f32; 3]| {
        let nodes = vec![
            mean("x", "m"),
            node("Sub", &["x", "m"], "d"),
            node("Pow", &["d", "two"], "p"),
            mean("p", "v"),
            node("Add", &["v", "e"], "a"),
            node("Pow", &["a", "half"], "r"),
            node("Div", &["d", "r"], "y"),
        ];
        let names = ["two", "e", "half"].iter().zip(numbers);
        let constants = names.map(|(name, number)| floats(name, &[], &[number]));
        model(&[1, 3, 8], nodes, constants.collect())
    };
    assert_eq!(ops(&agree(&case([2.0, 1e-5, 0.5]), STEPS)), ["layer_norm"]);
    let powers = "node `div_of_y` (Div): is written as a normalization with powers";
    refused(&case([4.0, 1e-5, 0.5]), powers);
    refused(&case([2.0, 1e-5, 0.25]), powers);
    refused(
        &case([2.0, -0.5, 0.5]),
        "epsilon is -0.5, expected at least 0",
    );
}

#[test]
fn quotients_by_another_root_are_not_normalizations() {
    let mean =
        |input, output, axis| int_list(node("ReduceMean", &[input], output), "axes", &[axis]);
    let nodes = vec![
        mean("x", "m", -1),
        node("Sub", &["x", "m"], "d"),
        node("Mul", &["d", "d"], "p"),
        mean("p", "v", 1),
        node("Sqrt", &["v"], "r"),
        node("Div", &["d", "r"], "y"),
    ];
    let graph = import(&bytes(&model(&[1, 4, 4], nodes, vec![]))).unwrap();
    assert!(
        graph
            .nodes
            .iter()
            .all(|node| node.op.name() != "layer_norm")
    );
}

#[test]
fn constants_of_another_width_are_refused() {
    let graph = model(
        &[1, 4],
        vec![norm(&["x", "g"], -1)],
        vec![random("g", &[3])],
    );
    refused(
        &with_opset(graph, 17),
        "constant has shape [3], expected [4]",
    );
}
