//! Bit-exact on real data: for every held-out digit, the witness of the circuit gives what the evaluator
//! gives, for both example models.

use std::path::Path;

use assay_model::{FloatModel, Output, QuantizedModel, quantize};
use assay_statement::Digest;
use rayon::prelude::*;

use super::models::PRIVATE_WEIGHTS;
use crate::{InferenceJob, ModelCircuit, Salt};

/// Bytes before the first digit, and of each digit: 28 x 28 pixels and the label.
const FILE_HEADER: usize = 16;
const RECORD: usize = 28 * 28 + 1;

fn example(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../examples/mnist")
        .join(name);
    std::fs::read(path).unwrap()
}

/// Returns pixels from 0 to 1 and labels.
fn digits(name: &str) -> Vec<(Vec<f32>, u8)> {
    example(name)[FILE_HEADER..]
        .chunks_exact(RECORD)
        .map(|record| {
            let (label, pixels) = record.split_last().unwrap();
            (
                pixels
                    .iter()
                    .map(|&pixel| f32::from(pixel) / 255.0)
                    .collect(),
                *label,
            )
        })
        .collect()
}

/// Runs every digit and returns how many the circuit reads as labeled.
fn run_all(model: &QuantizedModel, digits: &[(Vec<f32>, u8)]) -> usize {
    let circuit = ModelCircuit::build(model.architecture(), PRIVATE_WEIGHTS).unwrap();
    let quantization = model.scales().input;
    let reads = digits.par_iter().map(|(pixels, label)| {
        let input = pixels
            .iter()
            .map(|&pixel| quantization.quantize(pixel).into())
            .collect::<Vec<i16>>();
        let job = InferenceJob {
            model,
            model_salt: Salt::new([1, 2, 3, 4]).unwrap(),
            input: &input,
            input_salt: Salt::ZERO,
            output_secret: Salt::ZERO,
            context: Digest::new([5, 6, 7, 8]).unwrap(),
        };
        let words = circuit.witness_only(&job).unwrap();
        let Output::Class(class) = model.evaluate(&input).unwrap() else {
            unreachable!("both end in ArgMax")
        };
        // Header, three digests, result: the class is word 13.
        assert_eq!(words[13], u64::from(class));
        words[13] == u64::from(*label)
    });
    reads.filter(|&right| right).count()
}

#[test]
fn every_held_out_digit_has_the_evaluators_output_in_the_circuit() {
    let calibration = digits("calibration.bin")
        .into_iter()
        .map(|(pixels, _)| pixels)
        .collect::<Vec<_>>();
    let held_out = digits("digits.bin");
    assert!(held_out.len() >= 1000);
    for name in ["mlp-56.onnx", "mlp-128.onnx"] {
        let model = quantize(&FloatModel::load(&example(name)).unwrap(), &calibration).unwrap();
        let right = run_all(&model, &held_out);
        assert!(
            right * 100 >= held_out.len() * 93,
            "{name}: {right} of {}",
            held_out.len()
        );
    }
}
