//! Every ONNX operator on four runtimes: the float reference, the integer evaluator, the witness of its circuit, and a
//! proof. Wrong uses are refused.

mod add;
mod affine;
mod argmax;
mod average_pool;
mod batch_normalization;
mod compare;
mod concat;
mod conv;
mod conv_transpose;
mod dense;
mod embedding;
mod expand;
mod gather;
mod gelu;
mod graphs;
mod layer_normalization;
mod matmul;
mod max;
mod max_pool;
mod mul;
mod pad;
mod random;
mod reduce;
mod relu;
mod reshape;
mod resize;
mod slice;
mod softmax;
mod split;
mod trainings;
mod transpose;
mod unary;
mod r#where;

use assay_circuit::{InferenceJob, ModelCircuit, Salt};
use assay_model::quant::ops::OpSpec;
use assay_model::{
    Activations, FloatModel, FloatOutput, Output, QuantizeOptions, QuantizedModel, import,
    quantize, quantize_with,
};
use assay_statement::{Digest, Header, Privacy};
use plonky2::field::types::PrimeField64;
use tract_onnx::pb::{ModelProto, NodeProto, TensorProto};

use assay_model::testing::onnx::{bytes, model, noise};

/// Samples of a case.
const SAMPLES: usize = 24;

/// Samples of a case whose witness is filled, the first of them.
const WITNESSES: usize = 4;

/// Returns a model of one node from `x` to `y`.
fn one(input: &[i64], node: NodeProto, constants: Vec<TensorProto>) -> ModelProto {
    model(input, vec![node], constants)
}

fn with_opset(mut model: ModelProto, version: i64) -> ModelProto {
    model.opset_import[0].version = version;
    model
}

fn samples(float: &FloatModel) -> Vec<Vec<f32>> {
    let inputs = float.graph().inputs();
    noise(7, SAMPLES * inputs)
        .chunks(inputs)
        .map(<[f32]>::to_vec)
        .collect()
}

/// Runs both worlds on samples, checks that each number is within `steps` steps of the output, and returns the
/// integer model. Where values can be int16, that model is checked too.
#[track_caller]
fn agree(model: &ModelProto, steps: f64) -> QuantizedModel {
    let float = FloatModel::load(&bytes(model)).unwrap();
    let samples = samples(&float);
    let integer = quantize(&float, &samples).unwrap();
    is_near(&float, &integer, &samples, steps);
    let wide = QuantizeOptions {
        activations: Activations::Int16,
        ..QuantizeOptions::default()
    };
    let wide = quantize_with(&float, &samples, wide).unwrap();
    if wide.architecture() != integer.architecture() {
        is_near(&float, &wide, &samples, steps);
        is_witnessed(&wide, &samples);
    }
    proves(&integer, &samples);
    integer
}

/// Checks that each number of the integer model is within `steps` steps of the output.
#[track_caller]
fn is_near(float: &FloatModel, integer: &QuantizedModel, samples: &[Vec<f32>], steps: f64) {
    let scales = *integer.scales();
    for sample in samples {
        let output = integer.evaluate(&integer.input_lanes(sample)).unwrap();
        match (float.run(sample).unwrap(), output) {
            (FloatOutput::Values(expected), Output::Lanes(lanes)) => {
                assert_eq!(expected.len(), lanes.len());
                for (index, (expected, lane)) in expected.into_iter().zip(lanes).enumerate() {
                    let got = scales.output.dequantize(lane);
                    let off = (got - f64::from(expected)).abs() / scales.output.scale.to_f64();
                    assert!(
                        off <= steps,
                        "element {index}: {got} for {expected}, {off} steps"
                    );
                }
            }
            (float, output) => panic!("{float:?} and {output:?}"),
        }
    }
}

/// Checks that the circuit's witness says what the evaluator says, without a proof.
#[track_caller]
fn is_witnessed(model: &QuantizedModel, samples: &[Vec<f32>]) {
    let header = Header::inference(Privacy::Public, Privacy::Public, Privacy::Public);
    let circuit = ModelCircuit::build(model.architecture(), header).unwrap();
    for sample in samples.iter().take(WITNESSES) {
        let job = InferenceJob {
            model,
            model_salt: Salt::ZERO,
            input: &model.input_lanes(sample),
            input_salt: Salt::ZERO,
            output_secret: Salt::ZERO,
            context: Digest::new([5, 6, 7, 8]).unwrap(),
        };
        circuit.witness_only(&job).unwrap();
    }
}

/// Checks that the circuit says what the evaluator says: witnesses of a few samples, a proof of the first.
#[track_caller]
fn proves(model: &QuantizedModel, samples: &[Vec<f32>]) {
    let header = Header::inference(Privacy::Public, Privacy::Private, Privacy::Public);
    let circuit = ModelCircuit::build(model.architecture(), header).unwrap();
    for (index, sample) in samples.iter().take(WITNESSES).enumerate() {
        let input = model.input_lanes(sample);
        let job = InferenceJob {
            model,
            model_salt: Salt::new([1, 2, 3, 4]).unwrap(),
            input: &input,
            input_salt: Salt::ZERO,
            output_secret: Salt::ZERO,
            context: Digest::new([5, 6, 7, 8]).unwrap(),
        };
        // Filling a witness compares its words with the evaluator's.
        let words = circuit.witness_only(&job).unwrap();
        if index == 0 {
            let proof = circuit.prove(&job).unwrap();
            let proved = proof
                .public_inputs
                .iter()
                .map(PrimeField64::to_canonical_u64);
            assert!(proved.eq(words));
            circuit.verify(proof).unwrap();
        }
    }
}

/// Checks an operator that only moves elements: exact but for the rounding of the input.
#[track_caller]
fn moves(model: &ModelProto) -> QuantizedModel {
    agree(model, 0.5 + 1e-3)
}

#[track_caller]
fn refused(model: &ModelProto, expected: &str) {
    let message = import(&bytes(model)).unwrap_err().to_string();
    assert!(
        message.contains(expected),
        "`{message}` does not say `{expected}`"
    );
}

/// Returns the operators of a quantized model.
fn ops(model: &QuantizedModel) -> Vec<&'static str> {
    let nodes = model.architecture().nodes.iter();
    nodes.map(|node| node.op.name()).collect()
}

/// Returns whether the products of a model have their ReLU built in.
fn relus(model: &QuantizedModel) -> Vec<bool> {
    let nodes = model.architecture().nodes.iter();
    nodes
        .filter_map(|node| match &node.op {
            OpSpec::Dense(dense) => Some(dense.relu),
            OpSpec::Conv(conv) => Some(conv.relu),
            _ => None,
        })
        .collect()
}
