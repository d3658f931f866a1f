//! Whole models of many operators.

use assay_model::{FloatModel, FloatOutput, OpSpec, Output, quantize};
use tract_onnx::pb::{ModelProto, NodeProto};

use super::{agree, ops, relus, samples};
use crate::fixtures::{bytes, int, int_list, model, node, random};

fn pool(input: &str, output: &str) -> NodeProto {
    let pool = int_list(node("MaxPool", &[input], output), "kernel_shape", &[2, 2]);
    int_list(pool, "strides", &[2, 2])
}

/// LeNet-5 for 28 x 28 images with max-pooling: 61,706 parameters.
fn lenet() -> ModelProto {
    let nodes = vec![
        int_list(
            node("Conv", &["x", "w1", "b1"], "c1"),
            "pads",
            &[2, 2, 2, 2],
        ),
        node("Relu", &["c1"], "r1"),
        pool("r1", "p1"),
        node("Conv", &["p1", "w2", "b2"], "c2"),
        node("Relu", &["c2"], "r2"),
        pool("r2", "p2"),
        node("Flatten", &["p2"], "f"),
        int(node("Gemm", &["f", "w3", "b3"], "g3"), "transB", 1),
        node("Relu", &["g3"], "r3"),
        int(node("Gemm", &["r3", "w4", "b4"], "g4"), "transB", 1),
        node("Relu", &["g4"], "r4"),
        int(node("Gemm", &["r4", "w5", "b5"], "g5"), "transB", 1),
        int(node("ArgMax", &["g5"], "y"), "axis", 1),
    ];
    let constants = vec![
        random("w1", &[6, 1, 5, 5]),
        random("b1", &[6]),
        random("w2", &[16, 6, 5, 5]),
        random("b2", &[16]),
        random("w3", &[120, 400]),
        random("b3", &[120]),
        random("w4", &[84, 120]),
        random("b4", &[84]),
        random("w5", &[10, 84]),
        random("b5", &[10]),
    ];
    model(&[1, 1, 28, 28], nodes, constants)
}

#[test]
fn lenet_is_five_products_and_keeps_its_classes() {
    let float = FloatModel::load(&bytes(&lenet())).unwrap();
    let samples = samples(&float);
    let integer = quantize(&float, &samples).unwrap();
    let expected = [
        "conv", "max_pool", "conv", "max_pool", "reshape", "dense", "dense", "dense", "arg_max",
    ];
    assert_eq!(ops(&integer), expected);
    assert_eq!(relus(&integer), [true, true, true, true, false]);
    let architecture = integer.architecture();
    assert_eq!(architecture.parameters(), 61_706);
    assert_eq!(architecture.multiply_adds(), 416_520);
    let bits: Vec<u32> = architecture
        .nodes
        .iter()
        .filter_map(|node| node.accumulator_bits())
        .collect();
    assert_eq!(bits, [22, 24, 26, 24, 24]);
    let agreeing = samples.iter().filter(|sample| {
        let lanes = integer.scales().input.quantize_all(sample);
        match (
            float.run(sample).unwrap(),
            integer.evaluate(&lanes).unwrap(),
        ) {
            (FloatOutput::Class(expected), Output::Class(got)) => expected == got,
            other => panic!("{other:?}"),
        }
    });
    let agreeing = agreeing.count();
    assert!(
        agreeing + 3 >= samples.len(),
        "{agreeing} of {}",
        samples.len()
    );
}

#[test]
fn branches_of_an_inception_block_join() {
    let conv = |weights, output, pad: i64| {
        int_list(node("Conv", &["x", weights], output), "pads", &[pad; 4])
    };
    let nodes = vec![
        conv("w1", "a", 0),
        conv("w3", "b", 1),
        node("Relu", &["b"], "br"),
        int_list(
            int_list(node("MaxPool", &["x"], "c"), "kernel_shape", &[3, 3]),
            "pads",
            &[1; 4],
        ),
        int(node("Concat", &["a", "br", "c"], "y"), "axis", 1),
    ];
    let constants = vec![random("w1", &[2, 2, 1, 1]), random("w3", &[3, 2, 3, 3])];
    let integer = agree(&model(&[1, 2, 5, 5], nodes, constants), 4.0);
    assert_eq!(ops(&integer), ["conv", "conv", "max_pool", "concat"]);
    let readers = integer.architecture().readers(0).count();
    assert_eq!(readers, 3);
    let OpSpec::Concat(_) = integer.architecture().nodes[3].op else {
        panic!("the last operator joins")
    };
}
