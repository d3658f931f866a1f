//! Which values have int16 lanes, and what they are worth.

use assay_model::{
    Activations, FloatModel, FloatOutput, Output, QuantizeOptions, QuantizedModel, quantize_with,
};
use assay_statement::Lane;
use tract_onnx::pb::ModelProto;

use crate::fixtures::{bytes, floats, int, model, node, noise, random};

fn samples(float: &FloatModel, count: usize) -> Vec<Vec<f32>> {
    let inputs = float.graph().inputs();
    let numbers = noise(3, count * inputs);
    numbers.chunks(inputs).map(<[f32]>::to_vec).collect()
}

fn quantized(float: &FloatModel, activations: Activations) -> QuantizedModel {
    let options = QuantizeOptions {
        activations,
        ..QuantizeOptions::default()
    };
    quantize_with(float, &samples(float, 40), options).unwrap()
}

/// The lanes of the input and of each node's result.
fn lanes(model: &QuantizedModel) -> Vec<Lane> {
    let architecture = model.architecture();
    let results = architecture.nodes.iter().map(|node| node.tensor.lane);
    [architecture.input.lane]
        .into_iter()
        .chain(results)
        .collect()
}

/// The mean squared error over the mean square of the floats.
fn noise_of(float: &FloatModel, model: &QuantizedModel) -> f64 {
    let (mut noise, mut signal) = (0.0, 0.0);
    for sample in samples(float, 40) {
        let (FloatOutput::Values(expected), Output::Lanes(lanes)) = (
            float.run(&sample).unwrap(),
            model.evaluate(&model.input_lanes(&sample)).unwrap(),
        ) else {
            panic!("no class here")
        };
        for (expected, lane) in expected.into_iter().map(f64::from).zip(lanes) {
            noise += (model.scales().output.dequantize(lane) - expected).powi(2);
            signal += expected.powi(2);
        }
    }
    noise / signal
}

/// Three layers, a table between the last two.
fn chain(function: &str) -> FloatModel {
    let nodes = vec![
        node("MatMul", &["x", "u"], "a"),
        node("MatMul", &["a", "v"], "b"),
        node(function, &["b"], "c"),
        node("MatMul", &["c", "w"], "y"),
    ];
    let constants = vec![
        random("u", &[4, 5]),
        random("v", &[5, 5]),
        random("w", &[5, 3]),
    ];
    load(&model(&[1, 4], nodes, constants))
}

fn load(model: &ModelProto) -> FloatModel {
    FloatModel::load(&bytes(model)).unwrap()
}

/// Two numbers, the first a thousand times as large, in one value and then of one size: eight bits lose the second.
fn unequal() -> FloatModel {
    let nodes = vec![
        node("MatMul", &["x", "u"], "h"),
        node("MatMul", &["h", "v"], "y"),
    ];
    let constants = vec![
        floats("u", &[2, 2], &[1000.0, 0.0, 0.0, 1.0]),
        floats("v", &[2, 2], &[0.001, 0.0, 0.0, 1.0]),
    ];
    load(&model(&[1, 2], nodes, constants))
}

#[test]
fn int16_is_given_where_all_that_read_it_take_it() {
    use Lane::{Int8, Int16};
    // A table has an entry for each int8 lane, and the result is int8.
    let model = quantized(&chain("Sigmoid"), Activations::Int16);
    assert_eq!(lanes(&model), [Int16, Int16, Int8, Int8, Int8]);
    // A ReLU is taken into the product before it.
    let model = quantized(&chain("Relu"), Activations::Int16);
    assert_eq!(lanes(&model), [Int16, Int16, Int16, Int8]);
    let model = quantized(&chain("Relu"), Activations::Int8);
    assert_eq!(lanes(&model), [Int8; 4]);
}

#[test]
fn classes_are_read_from_int16_scores() {
    let nodes = vec![
        node("MatMul", &["x", "u"], "s"),
        int(node("ArgMax", &["s"], "y"), "axis", 1),
    ];
    let float = load(&model(&[1, 4], nodes, vec![random("u", &[4, 5])]));
    let model = quantized(&float, Activations::Int16);
    assert_eq!(lanes(&model)[..2], [Lane::Int16; 2]);
    for sample in samples(&float, 40) {
        let (FloatOutput::Class(expected), Output::Class(got)) = (
            float.run(&sample).unwrap(),
            model.evaluate(&model.input_lanes(&sample)).unwrap(),
        ) else {
            panic!("a class is expected")
        };
        assert_eq!(got, expected);
    }
}

#[test]
fn int16_lanes_are_finer() {
    let float = chain("Relu");
    let [narrow, wide] = [Activations::Int8, Activations::Int16]
        .map(|lanes| noise_of(&float, &quantized(&float, lanes)));
    // What is left are the weights' and the result's eight bits.
    assert!(wide < narrow, "{wide} of {narrow}");
}

#[test]
fn auto_takes_int16_where_samples_show_a_loss() {
    let float = chain("Relu");
    let auto = quantized(&float, Activations::Auto);
    assert_eq!(auto, quantized(&float, Activations::Int8));

    let float = unequal();
    let narrow = noise_of(&float, &quantized(&float, Activations::Int8));
    let auto = quantized(&float, Activations::Auto);
    assert_eq!(auto, quantized(&float, Activations::Int16));
    let wide = noise_of(&float, &auto);
    assert!(narrow > 0.1 && wide < 0.001, "{narrow} to {wide}");
}

/// Values of one mapping are of one type: a table behind one end of a concatenation narrows both ends.
#[test]
fn joined_values_have_the_lanes_of_the_narrowest() {
    use Lane::{Int8, Int16};
    let nodes = vec![
        node("MatMul", &["x", "u"], "a"),
        node("MatMul", &["a", "v"], "b"),
        int(node("Concat", &["a", "b"], "c"), "axis", 1),
        node("Tanh", &["c"], "t"),
        node("MatMul", &["t", "w"], "y"),
    ];
    let constants = vec![
        random("u", &[4, 5]),
        random("v", &[5, 5]),
        random("w", &[10, 3]),
    ];
    let model = quantized(&load(&model(&[1, 4], nodes, constants)), Activations::Int16);
    assert_eq!(lanes(&model), [Int16, Int8, Int8, Int8, Int8, Int8]);
}
