//! Tiny models with fixed numbers.

use assay_circuit::{InferenceJob, Salt};
use assay_model::quant::limits::FORMAT;
use assay_model::{
    Architecture, DenseData, LayerSpec, Quantization, QuantizedModel, Scale, Scales,
};
use assay_statement::{Digest, Header, Privacy};

/// Weights hidden, everything else shown: the common case.
pub const PRIVATE_WEIGHTS: Header =
    Header::inference(Privacy::Public, Privacy::Private, Privacy::Public);
/// Nothing shown.
pub const ALL_PRIVATE: Header =
    Header::inference(Privacy::Private, Privacy::Private, Privacy::Private);

/// About a hundredth, in units of 2^-24.
const MULTIPLIER: u32 = 1 << 17;

/// Dense layers of these widths with ReLU between them, then an ArgMax: every gate of the crate is in it.
pub fn classifier(widths: &[usize]) -> Architecture {
    let last = widths.len() - 2;
    let dense = widths
        .windows(2)
        .enumerate()
        .map(|(index, pair)| LayerSpec::Dense {
            inputs: pair[0],
            outputs: pair[1],
            relu: index < last,
        });
    let classes = LayerSpec::ArgMax {
        inputs: widths[last + 1],
    };
    Architecture {
        format: FORMAT,
        inputs: widths[0],
        layers: dense.chain([classes]).collect(),
    }
}

/// A model of a shape, its numbers counted up.
pub fn model(architecture: &Architecture) -> QuantizedModel {
    let mut next = 0i64;
    let mut count = |modulus: i64| {
        next += 37;
        next % modulus - modulus / 2
    };
    let dense = architecture
        .layers
        .iter()
        .filter_map(|layer| match *layer {
            LayerSpec::Dense {
                inputs, outputs, ..
            } => Some(DenseData {
                weights: (0..inputs * outputs).map(|_| count(255) as i8).collect(),
                bias: (0..outputs).map(|_| count(2001) as i32).collect(),
                multipliers: vec![MULTIPLIER; outputs],
                output_zero_point: 3,
            }),
            LayerSpec::ArgMax { .. } => None,
        })
        .collect();
    let scale = Scale {
        mantissa: 1 << 31,
        shift: 35,
    };
    let lanes = Quantization {
        scale,
        zero_point: 0,
    };
    let scales = Scales {
        input: lanes,
        output: lanes,
    };
    QuantizedModel::new(architecture.clone(), scales, dense).unwrap()
}

/// A job whose numbers follow from a seed.
pub fn job<'a>(
    model: &'a QuantizedModel,
    input: &'a [i8],
    header: Header,
    seed: u8,
) -> InferenceJob<'a> {
    let salt = |privacy: Privacy, part: u8| {
        if privacy.is_private() {
            Salt::from_entropy([seed + part; 32])
        } else {
            Salt::ZERO
        }
    };
    InferenceJob {
        model,
        model_salt: salt(header.weights, 1),
        input,
        input_salt: salt(header.input, 2),
        output_secret: salt(header.output, 3),
        context: Digest::new([seed.into(), 1, 2, 3]).unwrap(),
    }
}

/// Inputs that cover the int8 range.
pub fn input(architecture: &Architecture) -> Vec<i8> {
    (0..architecture.inputs)
        .map(|index| (index * 53 % 256) as u8 as i8)
        .collect()
}
