//! Models that onnxruntime quantized: its integers, within a step.

use assay_model::{FloatModel, Output, Part, Trace, import, quantize};
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::{ModelProto, NodeProto, TensorProto};

use crate::fixtures::{bytes, digits, example, floats, ints, model, node};

fn fixture(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Inputs and what onnxruntime gave for each, as `tests/fixtures/qdq.py` writes them.
fn rows(name: &str) -> Vec<(Vec<f32>, Vec<f32>)> {
    let bytes = fixture(name);
    let (words, _) = bytes.as_chunks::<4>();
    let floats: Vec<f32> = words.iter().map(|&word| f32::from_le_bytes(word)).collect();
    let row = |row: &[f32]| (row[..64].to_vec(), row[64..].to_vec());
    floats.chunks_exact(69).map(row).collect()
}

#[test]
fn integers_are_those_of_onnxruntime_within_a_step() {
    for name in ["qdq-int8", "qdq-uint8"] {
        let float = FloatModel::load(&fixture(&format!("{name}.onnx"))).unwrap();
        let rows = rows(&format!("{name}.f32"));
        let samples: Vec<Vec<f32>> = rows.iter().map(|(sample, _)| sample.clone()).collect();
        let model = quantize(&float, &samples[..8]).unwrap();
        let ops: Vec<&str> = (model.architecture().nodes.iter())
            .map(|node| node.op.name())
            .collect();
        let expected = [
            "conv", "max_pool", "conv", "add", "reshape", "dense", "dense",
        ];
        assert_eq!(ops, expected);
        let mapping = model.scales().output;
        let (mut near, mut equal, mut count) = (0, 0, 0);
        for (sample, expected) in &rows {
            let lanes = match model.evaluate(&model.input_lanes(sample)).unwrap() {
                Output::Lanes(lanes) => lanes,
                Output::Class(_) => panic!("no ArgMax here"),
            };
            for (&lane, &expected) in lanes.iter().zip(expected) {
                let off = i32::from(lane) - i32::from(mapping.quantize(expected));
                near += usize::from(off.abs() <= 1);
                equal += usize::from(off == 0);
                count += 1;
            }
        }
        println!("{name}: {equal} equal, {near} within a step, of {count}");
        assert!(near * 1000 >= count * 999, "{near} of {count}");
        // The numbers of the file do not depend on calibration.
        assert_eq!(quantize(&float, &samples[8..9]).unwrap(), model);
        assert!(model.data()[0].part(Part::Weights).contains(&127));
    }
}

/// What onnxruntime has between the layers of LeNet-5 on the first held-out digits: for each value in order the bytes
/// of all digits, as `examples/mnist/qdq_integers.py MODEL --count 6` writes them.
#[test]
fn values_of_lenet_are_those_of_onnxruntime_within_a_step() {
    const DIGITS: usize = 6;
    for (name, unsigned) in [("lenet-5-qdq", false), ("lenet-5-qdq-uint8", true)] {
        let float = FloatModel::load(&example(&format!("{name}.onnx"))).unwrap();
        let held_out = digits("digits.bin");
        let samples = held_out[..DIGITS].iter().map(|digit| digit.pixels.clone());
        let model = quantize(&float, &samples.collect::<Vec<_>>()).unwrap();
        let integers = fixture(&format!("{name}.integers"));
        let traces: Vec<Trace> = (held_out[..DIGITS].iter())
            .map(|digit| model.trace(&model.input_lanes(&digit.pixels)).unwrap())
            .collect();
        let (mut near, mut equal, mut at) = (0, 0, 0);
        // All values but the last, which is the class.
        for id in 0..model.architecture().nodes.len() {
            for trace in &traces {
                for &lane in trace.value(id) {
                    let byte = integers[at];
                    let expected = match unsigned {
                        true => i32::from(byte) - 128,
                        false => byte.cast_signed().into(),
                    };
                    near += usize::from((lane - expected).abs() <= 1);
                    equal += usize::from(lane == expected);
                    at += 1;
                }
            }
        }
        println!("{name}: {equal} equal, {near} within a step, of {at}");
        assert_eq!(at, integers.len(), "every byte is compared");
        assert!(near * 1000 >= at * 999, "{name}: {near} of {at}");
    }
}

/// A sum whose steps are finer than those of its terms, as in residual networks with a scale for every value.
#[test]
fn sum_of_finer_steps_than_its_terms_keeps_the_files_scales() {
    let nodes = |scale: &str| {
        vec![
            node("QuantizeLinear", &["x", "s", "z"], "q"),
            node("DequantizeLinear", &["q", "s", "z"], "d"),
            node("Add", &["d", "d"], "a"),
            node("QuantizeLinear", &["a", scale, "z"], "aq"),
            node("DequantizeLinear", &["aq", scale, "z"], "y"),
        ]
    };
    let float = FloatModel::load(&bytes(&case(nodes("t")))).unwrap();
    let model = quantize(&float, &[vec![0.0; 2]]).unwrap();
    assert_eq!(model.scales().output.scale.to_f64(), 0.25);
    let data = model.data().last().unwrap();
    assert_eq!(data.part(Part::Multipliers), [2 << 24, 2 << 24]);
    let lanes = model.input_lanes(&[1.5, -2.0]);
    // 3.0 and -4.0 in quarters, from 3.
    let expected = Output::Lanes(vec![15, -13]);
    assert_eq!(model.evaluate(&lanes).unwrap(), expected);
    // Equal steps give the same shape, so the file's scales do not decide the circuit.
    let equal = FloatModel::load(&bytes(&case(nodes("s")))).unwrap();
    let equal = quantize(&equal, &[vec![0.0; 2]]).unwrap();
    assert_eq!(equal.architecture(), model.architecture());
    // More than 64 times finer is beyond the width.
    let float = FloatModel::load(&bytes(&case(nodes("tiny")))).unwrap();
    let refusal = quantize(&float, &[vec![0.0; 2]]).unwrap_err().to_string();
    assert!(refusal.contains("64 times finer"), "{refusal}");
}

fn int8(name: &str, dims: &[i64], values: &[i32]) -> TensorProto {
    TensorProto {
        name: name.into(),
        dims: dims.to_vec(),
        data_type: DataType::Int8 as i32,
        int32_data: values.to_vec(),
        ..Default::default()
    }
}

fn case(nodes: Vec<NodeProto>) -> ModelProto {
    let constants = vec![
        floats("s", &[], &[0.5]),
        floats("t", &[], &[0.25]),
        floats("tiny", &[], &[0.5 / 65.0]),
        floats("two", &[2], &[0.5, 0.5]),
        int8("z", &[], &[3]),
        int8("w", &[2, 2], &[1, -2, 3, 127]),
    ];
    model(&[1, 2], nodes, constants)
}

#[test]
fn second_mapping_of_a_value_is_a_table() {
    let nodes = vec![
        node("QuantizeLinear", &["x", "s", "z"], "q"),
        node("DequantizeLinear", &["q", "s", "z"], "d"),
        node("QuantizeLinear", &["d", "t", "z"], "r"),
        node("DequantizeLinear", &["r", "t", "z"], "y"),
    ];
    let float = FloatModel::load(&bytes(&case(nodes))).unwrap();
    let model = quantize(&float, &[vec![0.0; 2]]).unwrap();
    assert_eq!(model.architecture().nodes[0].op.name(), "table");
    let lanes = model.input_lanes(&[1.0, -3.0]);
    assert_eq!(lanes, [5, -3]);
    assert_eq!(model.evaluate(&lanes).unwrap(), Output::Lanes(vec![7, -9]));
}

/// That two mappings are one is read off the names of their constants, not off the numbers.
#[test]
fn equal_mappings_of_other_constants_are_a_table() {
    let ops = |second: &str| {
        let nodes = vec![
            node("QuantizeLinear", &["x", "s", "z"], "q"),
            node("DequantizeLinear", &["q", "s", "z"], "d"),
            node("Reshape", &["d", "flat"], "f"),
            node("QuantizeLinear", &["f", second, "z"], "r"),
            node("DequantizeLinear", &["r", second, "z"], "y"),
        ];
        let mut case = case(nodes);
        let constants = &mut case.graph.as_mut().unwrap().initializer;
        constants.push(ints("flat", &[2]));
        constants.push(floats("same", &[], &[0.5]));
        let model = quantize(&FloatModel::load(&bytes(&case)).unwrap(), &[vec![0.0; 2]]).unwrap();
        if second != "t" {
            let lanes = model.input_lanes(&[1.0, -3.0]);
            assert_eq!(model.evaluate(&lanes).unwrap(), Output::Lanes(vec![5, -3]));
        }
        let nodes = model.architecture().nodes.iter();
        nodes.map(|node| node.op.name()).collect::<Vec<_>>()
    };
    assert_eq!(ops("s"), ["reshape"]);
    assert_eq!(ops("same"), ["reshape", "table"]);
    assert_eq!(ops("t"), ["reshape", "table"]);
}

/// Weights keep the file's steps, so a bias may take more of them than its width holds.
#[test]
fn bias_beyond_its_width_is_refused_with_the_node() {
    let nodes = vec![
        node("DequantizeLinear", &["w", "s"], "v"),
        node("Gemm", &["x", "v", "b"], "y"),
    ];
    let refusal = |bias: f32| {
        let mut case = case(nodes.clone());
        let constants = &mut case.graph.as_mut().unwrap().initializer;
        constants.push(floats("b", &[2], &[0.0, bias]));
        let float = FloatModel::load(&bytes(&case)).unwrap();
        quantize(&float, &[vec![1.0, -1.0]])
            .unwrap_err()
            .to_string()
    };
    for bias in [6e6, 1e10] {
        let refusal = refusal(bias);
        assert!(refusal.contains("node `gemm_of_y`: bias"), "{refusal}");
        assert!(refusal.contains("steps, expected -"), "{refusal}");
    }
}

#[test]
fn wrong_uses_are_refused() {
    let refused = |nodes: Vec<NodeProto>, expected: &str| {
        let message = import(&bytes(&case(nodes))).unwrap_err().to_string();
        assert!(
            message.contains(expected),
            "`{message}` does not say `{expected}`"
        );
    };
    let quantize = || node("QuantizeLinear", &["x", "s", "z"], "q");
    let weights = |inputs: &[&str]| {
        vec![
            node("DequantizeLinear", inputs, "v"),
            node("MatMul", &["x", "v"], "y"),
        ]
    };
    refused(
        vec![quantize(), node("Relu", &["q"], "y")],
        "is quantized, expected a DequantizeLinear between",
    );
    refused(
        vec![quantize(), node("DequantizeLinear", &["q", "t", "z"], "y")],
        "does not follow a QuantizeLinear of the same scale",
    );
    refused(
        vec![node("DequantizeLinear", &["x", "s", "z"], "y")],
        "does not follow a QuantizeLinear",
    );
    refused(
        vec![node("QuantizeLinear", &["x", "two", "z"], "y")],
        "2 scales, expected 1",
    );
    refused(
        vec![node("QuantizeLinear", &["x", "s", "w"], "y")],
        "is not one number of 8 bits",
    );
    refused(weights(&["w", "s", "z"]), "its zero point is not 0");
    refused(weights(&["w", "z"]), "its scale is not a constant float");
    refused(
        weights(&["s", "s"]),
        "its constant is not of small integers",
    );
    refused(
        vec![node("MatMul", &["x", "w"], "y")],
        "holds integers, expected floats",
    );
    import(&bytes(&case(weights(&["w", "two"])))).unwrap();
}
