//! Whole models of many operators.

use assay_circuit::ModelCircuit;
use assay_model::{
    Activations, FloatModel, FloatOutput, OpSpec, Output, QuantizeOptions, QuantizedModel,
    quantize, quantize_with,
};
use assay_statement::{Header, Lane, Privacy};
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::{ModelProto, NodeProto};

use super::embedding::of_symbols;
use super::{agree, is_witnessed, ops, proves, relus, samples, with_opset};
use assay_model::testing::onnx::{bools, bytes, floats, int, int_list, ints, model, node, random};

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
    proves(&integer, &samples);
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
        .filter_map(|node| architecture.accumulator_bits(node))
        .collect();
    assert_eq!(bits, [22, 24, 26, 24, 24]);
    keeps_classes(&float, &integer, &samples);
}

/// Checks that all classes but three are the float model's: of random weights many scores are nearly equal.
#[track_caller]
fn keeps_classes(float: &FloatModel, integer: &QuantizedModel, samples: &[Vec<f32>]) {
    let agreeing = samples.iter().filter(|sample| {
        let got = integer.evaluate(&integer.input_lanes(sample)).unwrap();
        match (float.run(sample).unwrap(), got) {
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

/// The same network of int16 lanes: no larger by a power of two, and its accumulators within their 38 bits.
#[test]
fn lenet_of_int16_lanes_is_witnessed() {
    let float = FloatModel::load(&bytes(&lenet())).unwrap();
    let samples = samples(&float);
    let options = QuantizeOptions {
        activations: Activations::Int16,
        ..QuantizeOptions::default()
    };
    let integer = quantize_with(&float, &samples, options).unwrap();
    let architecture = integer.architecture();
    let values = architecture.nodes.iter().map(|node| node.tensor.lane);
    // All but the class.
    let wide = values.filter(|&lane| lane == Lane::Int16).count();
    assert_eq!(wide, architecture.nodes.len() - 1);
    let bits: Vec<u32> = architecture
        .nodes
        .iter()
        .filter_map(|node| architecture.accumulator_bits(node))
        .collect();
    assert_eq!(bits, [30, 32, 32, 32, 32]);
    is_witnessed(&integer, &samples);
    keeps_classes(&float, &integer, &samples);
    let header = Header::inference(Privacy::Public, Privacy::Private, Privacy::Public);
    let circuit = ModelCircuit::build(architecture, header).unwrap();
    let cost = circuit.cost();
    assert_eq!((cost.used(), cost.log_rows), (5_917, 13));
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

/// A decoder of one layer as exporters write it: two heads of three, four positions, five symbols, each looking at
/// those before it.
fn decoder() -> ModelProto {
    let norm = |input: &str, output: &str| {
        let norm = node("LayerNormalization", &[input, "g", "b"], output);
        int(norm, "axis", -1)
    };
    let heads = |part: &str, order: &[i64]| {
        let turned = format!("{part}t");
        vec![
            node("MatMul", &["n", &format!("w{part}")], part),
            node("Reshape", &[part, "heads"], &format!("{part}h")),
            int_list(
                node("Transpose", &[&format!("{part}h")], &turned),
                "perm",
                order,
            ),
        ]
    };
    let nodes = [
        vec![
            node("Gather", &["t", "x"], "e"),
            node("Add", &["e", "p"], "s"),
            norm("s", "n"),
        ],
        heads("q", &[0, 2, 1, 3]),
        heads("k", &[0, 2, 3, 1]),
        heads("v", &[0, 2, 1, 3]),
        vec![
            node("MatMul", &["qt", "kt"], "a"),
            node("Mul", &["a", "f"], "c"),
            node("Where", &["past", "c", "hidden"], "m"),
            int(node("Softmax", &["m"], "o"), "axis", -1),
            node("MatMul", &["o", "vt"], "i"),
            int_list(node("Transpose", &["i"], "j"), "perm", &[0, 2, 1, 3]),
            node("Reshape", &["j", "rows"], "r"),
            node("MatMul", &["r", "wo"], "d"),
            node("Add", &["s", "d"], "u"),
            node("Slice", &["u", "last", "end", "one"], "z"),
            norm("z", "l"),
            node("MatMul", &["l", "wl"], "y"),
        ],
    ]
    .concat();
    let past: Vec<bool> = (0..16).map(|at| at % 4 <= at / 4).collect();
    let constants = vec![
        random("t", &[5, 6]),
        random("p", &[1, 4, 6]),
        random("g", &[6]),
        random("b", &[6]),
        random("wq", &[6, 6]),
        random("wk", &[6, 6]),
        random("wv", &[6, 6]),
        random("wo", &[6, 6]),
        random("wl", &[6, 5]),
        floats("f", &[], &[0.577]),
        bools("past", &[1, 1, 4, 4], &past),
        floats("hidden", &[], &[-20.0]),
        ints("heads", &[1, 4, 2, 3]),
        ints("rows", &[1, 4, 6]),
        ints("last", &[3]),
        ints("end", &[4]),
        ints("one", &[1]),
    ];
    with_opset(
        of_symbols(model(&[1, 4], nodes, constants), DataType::Int64),
        17,
    )
}

#[test]
fn decoder_is_its_products_norms_and_softmax() {
    let float = FloatModel::load(&bytes(&decoder())).unwrap();
    let samples: Vec<Vec<f32>> = (0..5_u16.pow(4))
        .map(|n| [1, 5, 25, 125].map(|unit| f32::from(n / unit % 5)).to_vec())
        .collect();
    let integer = quantize(&float, &samples).unwrap();
    proves(&integer, &samples);
    let expected = [
        "embedding",
        "parameter",
        "add",
        "layer_norm", // positions
        "dense",
        "reshape",
        "transpose", // queries
        "dense",
        "reshape",
        "transpose", // keys
        "dense",
        "reshape",
        "transpose", // values
        "matmul",
        "softmax",
        "matmul",
        "transpose",
        "reshape",
        "dense",
        "add", // attention
        "slice",
        "layer_norm",
        "dense",
    ];
    assert_eq!(ops(&integer), expected);
    let mut squares = 0.0;
    for sample in &samples {
        let lanes = integer.scales().input.quantize_all(sample);
        let (FloatOutput::Values(expected), Output::Lanes(lanes)) = (
            float.run(sample).unwrap(),
            integer.evaluate(&lanes).unwrap(),
        ) else {
            panic!("no ArgMax here")
        };
        for (expected, lane) in expected.into_iter().zip(lanes) {
            let off = integer.scales().output.dequantize(lane) - f64::from(expected);
            let steps = off.abs() / integer.scales().output.scale.to_f64();
            assert!(steps <= 12.0, "{steps} steps");
            squares += steps * steps;
        }
    }
    let root = (squares / (5 * samples.len()) as f64).sqrt();
    assert!(root <= 2.0, "{root} steps");
}
