//! Random models of given shapes.

use assay_model::quant::limits::FORMAT;
use assay_model::{
    Architecture, DenseData, LayerSpec, Quantization, QuantizedModel, Scale, Scales,
};
use assay_statement::{Digest, Header, Privacy};

use crate::{InferenceJob, Salt};

/// A small generator, so that tests are the same everywhere (splitmix64).
pub struct Random(pub u64);

impl Random {
    pub fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, limit: u64) -> u64 {
        self.word() % limit
    }

    pub fn int8(&mut self) -> i8 {
        self.word() as i8
    }

    pub fn salt(&mut self) -> Salt {
        Salt::from_entropy(std::array::from_fn(|_| self.word() as u8))
    }

    pub fn context(&mut self) -> Digest {
        Digest::new(std::array::from_fn(|_| self.word() >> 1)).unwrap()
    }
}

/// A chain of dense layers, ReLU between them, with or without an ArgMax.
pub fn mlp(widths: &[usize], argmax: bool) -> Architecture {
    let last = widths.len() - 2;
    let mut layers = widths
        .windows(2)
        .enumerate()
        .map(|(i, pair)| LayerSpec::Dense {
            inputs: pair[0],
            outputs: pair[1],
            relu: i < last,
        })
        .collect::<Vec<_>>();
    if argmax {
        layers.push(LayerSpec::ArgMax {
            inputs: *widths.last().unwrap(),
        });
    }
    Architecture {
        format: FORMAT,
        inputs: widths[0],
        layers,
    }
}

pub fn random_model(architecture: &Architecture, seed: u64) -> QuantizedModel {
    let mut random = Random(seed);
    let scale = Scale::from_f64(0.01).unwrap();
    let quantization = Quantization {
        scale,
        zero_point: 0,
    };
    let scales = Scales {
        input: quantization,
        output: quantization,
    };
    let mut dense = Vec::new();
    for layer in &architecture.layers {
        if let LayerSpec::Dense {
            inputs, outputs, ..
        } = *layer
        {
            // Spreads accumulators over the int8 range and a little beyond.
            let typical = (90 << 24) / (5400 * inputs.isqrt() as u64);
            dense.push(DenseData {
                weights: (0..inputs * outputs).map(|_| random.int8()).collect(),
                bias: (0..outputs)
                    .map(|_| random.below(20_000) as i32 - 10_000)
                    .collect(),
                multipliers: (0..outputs)
                    .map(|_| (typical / 2 + random.below(typical)) as u32)
                    .collect(),
                output_zero_point: random.int8() / 4,
            });
        }
    }
    QuantizedModel::new(architecture.clone(), scales, dense).unwrap()
}

pub const ALL_PUBLIC: Header = Header::inference(Privacy::Public, Privacy::Public, Privacy::Public);
pub const PRIVATE_WEIGHTS: Header =
    Header::inference(Privacy::Public, Privacy::Private, Privacy::Public);
pub const ALL_PRIVATE: Header =
    Header::inference(Privacy::Private, Privacy::Private, Privacy::Private);

/// A model, an input and salts that fit a header.
pub struct Case {
    pub model: QuantizedModel,
    pub input: Vec<i8>,
    salts: [Salt; 3],
    context: Digest,
}

impl Case {
    pub fn new(architecture: &Architecture, header: Header, seed: u64) -> Self {
        let mut random = Random(seed ^ 0x5a17);
        let mut salt = |privacy: Privacy| {
            if privacy.is_private() {
                random.salt()
            } else {
                Salt::ZERO
            }
        };
        let salts = [
            salt(header.weights),
            salt(header.input),
            salt(header.output),
        ];
        let input = (0..architecture.inputs).map(|_| random.int8()).collect();
        Self {
            model: random_model(architecture, seed),
            input,
            salts,
            context: random.context(),
        }
    }

    pub fn job(&self) -> InferenceJob<'_> {
        let [model_salt, input_salt, output_secret] = self.salts;
        InferenceJob {
            model: &self.model,
            model_salt,
            input: &self.input,
            input_salt,
            output_secret,
            context: self.context,
        }
    }
}
