//! Tiny models with fixed numbers.

use assay_circuit::{InferenceJob, Salt};
use assay_model::quant::ops::{ArgMax, Dense};
use assay_model::{
    Architecture, NodeData, OpSpec, Part, Quantization, QuantizedModel, Scale, Scales, TensorSpec,
};
use assay_statement::{Digest, Header, Privacy};

/// Weights hidden, everything else shown: the common case.
pub const PRIVATE_WEIGHTS: Header =
    Header::inference(Privacy::Public, Privacy::Private, Privacy::Public);
/// Nothing shown.
pub const ALL_PRIVATE: Header =
    Header::inference(Privacy::Private, Privacy::Private, Privacy::Private);

/// About a hundredth, in units of 2^-24.
const MULTIPLIER: i32 = 1 << 17;

/// Dense layers of these widths with ReLU between them, then an ArgMax: every gate of the crate is in it.
pub fn classifier(widths: &[usize]) -> Architecture {
    let last = widths.len() - 2;
    let mut architecture = Architecture::new(TensorSpec::int8(&[1, widths[0]]));
    let mut push = |op| {
        let last = architecture.output;
        architecture.push(op, &[last]).unwrap();
    };
    for (index, pair) in widths.windows(2).enumerate() {
        push(OpSpec::Dense(Dense {
            inputs: pair[0],
            outputs: pair[1],
            relu: index < last,
        }));
    }
    push(OpSpec::ArgMax(ArgMax {}));
    architecture
}

/// A model of a shape, its numbers counted up.
pub fn model(architecture: &Architecture) -> QuantizedModel {
    let mut next = 0;
    let mut count = |modulus: i32| {
        next += 37;
        next % modulus - modulus / 2
    };
    let mut values = |part, len: usize| match part {
        Part::Weights => (0..len).map(|_| count(255)).collect(),
        Part::Bias => (0..len).map(|_| count(2001)).collect(),
        Part::Multipliers => vec![MULTIPLIER; len],
        _ => vec![3; len],
    };
    let data = (0..architecture.nodes.len())
        .map(|node| {
            let sections = architecture.sections_of(node).into_iter();
            NodeData::new(sections.map(|section| (section.part, values(section.part, section.len))))
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
    QuantizedModel::new(architecture.clone(), scales, data).unwrap()
}

/// A job whose numbers follow from a seed.
pub fn job<'a>(
    model: &'a QuantizedModel,
    input: &'a [i16],
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
pub fn input(architecture: &Architecture) -> Vec<i16> {
    (0..architecture.inputs())
        .map(|index| ((index * 53 % 256) as u8 as i8).into())
        .collect()
}
