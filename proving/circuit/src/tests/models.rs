//! Random models of given shapes.

use assay_model::quant::ops::{
    Add, ArgMax, ArgMin, Compare, Conv, Dense, Embedding, LayerNorm, Mask, Matmul, Max, MaxPool,
    Min, Mul, Parameter, Relation, Reshape, Softmax, Sum, Table, Transpose, TreeEnsemble,
    TreeResult, Where,
};
use assay_model::{
    Architecture, NodeData, OpSpec, Part, Quantization, QuantizedModel, Scale, Scales, SectionSpec,
    TensorSpec, Window,
};
use assay_statement::{Digest, Header, Lane, Privacy};

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

    /// One of few numbers, the ends of the range among them.
    pub fn int16(&mut self) -> i16 {
        [-2, -1, 0, 1, 2, i16::MIN, i16::MAX][self.below(7) as usize]
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
    rows_mlp(1, widths, argmax)
}

/// The same on each of several rows.
pub fn rows_mlp(rows: usize, widths: &[usize], argmax: bool) -> Architecture {
    let mut builder = Builder::new(&[rows, widths[0]]);
    let last = widths.len() - 2;
    for (i, pair) in widths.windows(2).enumerate() {
        builder.dense(pair[0], pair[1], i < last);
    }
    if argmax {
        builder.push(OpSpec::ArgMax(ArgMax {}));
    }
    builder.architecture
}

/// Appends operators, each to the result of the one before.
pub struct Builder {
    pub architecture: Architecture,
}

impl Builder {
    pub fn new(shape: &[usize]) -> Self {
        Self {
            architecture: Architecture::new(TensorSpec::int8(shape)),
        }
    }

    pub fn push(&mut self, op: OpSpec) {
        let last = self.architecture.output;
        self.architecture.push(op, &[last]).unwrap();
    }

    pub fn dense(&mut self, inputs: usize, outputs: usize, relu: bool) {
        self.push(OpSpec::Dense(Dense {
            inputs,
            outputs,
            relu,
        }));
    }

    pub fn conv(&mut self, inputs: usize, outputs: usize, groups: usize, window: Window) {
        self.push(OpSpec::Conv(Conv {
            inputs,
            outputs,
            groups,
            window,
            relu: true,
        }));
    }

    pub fn pool(&mut self, window: Window) {
        self.push(OpSpec::MaxPool(MaxPool { window }));
    }

    pub fn reshape(&mut self, shape: &[usize]) {
        let shape = shape.to_vec();
        self.push(OpSpec::Reshape(Reshape { shape }));
    }

    pub fn arg_max(&mut self) {
        self.push(OpSpec::ArgMax(ArgMax {}));
    }
}

/// Windows of 2x2 beside each other.
pub fn halves() -> Window {
    Window::new(&[2, 2]).with_strides(&[2, 2])
}

/// LeNet-5 on 28x28: 61,706 parameters.
pub fn lenet() -> Architecture {
    let mut builder = Builder::new(&[1, 1, 28, 28]);
    builder.conv(1, 6, 1, Window::new(&[5, 5]).with_pads(&[2, 2], &[2, 2]));
    builder.pool(halves());
    builder.conv(6, 16, 1, Window::new(&[5, 5]));
    builder.pool(halves());
    builder.reshape(&[1, 400]);
    builder.dense(400, 120, true);
    builder.dense(120, 84, true);
    builder.dense(84, 10, false);
    builder.arg_max();
    builder.architecture
}

/// A convolution with padding, pooled, and one without, not pooled; both checked at random points.
pub fn tiny_cnn() -> Architecture {
    let mut builder = Builder::new(&[1, 1, 8, 8]);
    builder.conv(1, 3, 1, Window::new(&[3, 3]).with_pads(&[1, 1], &[1, 1]));
    builder.pool(halves());
    builder.conv(3, 5, 1, Window::new(&[2, 2]));
    builder.reshape(&[1, 45]);
    builder.dense(45, 3, false);
    builder.arg_max();
    builder.architecture
}

/// A table, sums of lanes in padded windows and of a whole channel, and sums and differences of two values.
pub fn residual() -> Architecture {
    let mut builder = Builder::new(&[1, 2, 5, 6]);
    builder.push(OpSpec::Table(Table {}));
    builder.push(OpSpec::Sum(Sum {
        window: Window::new(&[2, 2]).with_pads(&[1, 0], &[0, 1]),
    }));
    let add = |subtract, relu| {
        OpSpec::Add(Add {
            subtract,
            relu,
            wide: false,
        })
    };
    let added = builder
        .architecture
        .push(add(false, true), &[1, 2])
        .unwrap();
    builder
        .architecture
        .push(add(true, false), &[added, 0])
        .unwrap();
    let window = Window::new(&[5, 6]);
    builder.push(OpSpec::Sum(Sum { window }));
    builder.push(OpSpec::Table(Table {}));
    builder.architecture
}

/// Sums with multipliers of 30 bits.
pub fn wide_sums() -> Architecture {
    let mut builder = Builder::new(&[1, 7]);
    for (relu, inputs) in [(true, [0, 0]), (false, [0, 1])] {
        let add = Add {
            subtract: !relu,
            relu,
            wide: true,
        };
        let inputs = &inputs;
        builder.architecture.push(OpSpec::Add(add), inputs).unwrap();
    }
    builder.architecture
}

/// Products of two values, in two batches; of elements with a committed tensor; the larger and smaller element.
pub fn attention() -> Architecture {
    let mut builder = Builder::new(&[2, 3, 4]);
    builder.push(OpSpec::Transpose(Transpose {
        permutation: vec![0, 2, 1],
    }));
    let architecture = &mut builder.architecture;
    let scores = architecture
        .push(OpSpec::Matmul(Matmul { inner: 4 }), &[0, 1])
        .unwrap();
    let shape = vec![2, 3, 3];
    let mask = architecture
        .push(OpSpec::Parameter(Parameter { shape }), &[])
        .unwrap();
    let masked = architecture
        .push(OpSpec::Mul(Mul {}), &[scores, mask])
        .unwrap();
    let smaller = architecture
        .push(OpSpec::Min(Min {}), &[masked, scores])
        .unwrap();
    let larger = architecture
        .push(OpSpec::Max(Max {}), &[smaller, mask])
        .unwrap();
    architecture
        .push(OpSpec::Matmul(Matmul { inner: 3 }), &[larger, 0])
        .unwrap();
    builder.architecture
}

/// A normalization, causal and other shares of scores, a sum, and shares of all lanes of a row.
pub fn transformer() -> Architecture {
    let mut builder = Builder::new(&[1, 5, 9]);
    let norm = OpSpec::LayerNorm(LayerNorm { width: 9 });
    builder.push(norm.clone());
    let permutation = vec![0, 2, 1];
    builder.push(OpSpec::Transpose(Transpose { permutation }));
    let architecture = &mut builder.architecture;
    let scores = OpSpec::Matmul(Matmul { inner: 9 });
    let scores = architecture.push(scores, &[1, 2]).unwrap();
    let runs = vec![[0, 1], [0, 2], [1, 3], [0, 4], [2, 5]];
    let shares = OpSpec::Softmax(Softmax { runs });
    let shares = architecture.push(shares, &[scores]).unwrap();
    let mixed = OpSpec::Matmul(Matmul { inner: 5 });
    let mixed = architecture.push(mixed, &[shares, 1]).unwrap();
    let add = OpSpec::Add(Add {
        subtract: false,
        relu: false,
        wide: false,
    });
    architecture.push(add, &[mixed, 0]).unwrap();
    builder.push(norm);
    builder.push(OpSpec::Softmax(Softmax { runs: vec![] }));
    builder.architecture
}

/// A masked comparison of each kind, choices by them, and the smallest of all.
pub fn choices() -> Architecture {
    let mut builder = Builder::new(&[1, 4, 6]);
    let runs = vec![[0, 6], [1, 3], [2, 2], [5, 6]];
    builder.push(OpSpec::Mask(Mask { runs }));
    let architecture = &mut builder.architecture;
    let mut last = 1;
    for relation in [Relation::Less, Relation::LessOrEqual, Relation::Equal] {
        let compare = OpSpec::Compare(Compare { relation });
        let holds = architecture.push(compare, &[last, 0]).unwrap();
        let inputs = [holds, 0, last];
        last = architecture.push(OpSpec::Where(Where {}), &inputs).unwrap();
    }
    builder.push(OpSpec::ArgMin(ArgMin {}));
    builder.architecture
}

/// Rows of ragged elements for symbols, and a product of them.
pub fn symbols() -> Architecture {
    let mut builder = Builder::new(&[1, 5]);
    builder.push(OpSpec::Embedding(Embedding {
        symbols: 3,
        width: 9,
    }));
    builder.dense(9, 2, false);
    builder.architecture
}

/// Trees of `[trees, depth, features]` alone.
pub fn forest(
    [trees, depth, features]: [usize; 3],
    [scores, leaf_scores]: [usize; 2],
    result: TreeResult,
) -> Architecture {
    let mut architecture = Architecture::new(TensorSpec {
        shape: vec![1, features],
        lane: Lane::Int16,
    });
    let ensemble = TreeEnsemble {
        trees,
        depth,
        features,
        scores,
        leaf_scores,
        result,
    };
    architecture
        .push(OpSpec::TreeEnsemble(ensemble), &[0])
        .unwrap();
    architecture
}

/// Trees of every result: scores that take turns and that share leaves, more numbers of a leaf than a node takes.
pub fn forests() -> Vec<Architecture> {
    vec![
        forest([4, 3, 5], [2, 1], TreeResult::Lanes),
        forest([3, 2, 4], [3, 3], TreeResult::Lanes),
        forest([2, 1, 1], [11, 11], TreeResult::ArgMax),
        forest([6, 2, 3], [3, 1], TreeResult::ArgMax),
        forest([1, 4, 7], [1, 1], TreeResult::Sign),
        forest([3, 2, 2], [1, 1], TreeResult::Sign),
    ]
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
    let data = architecture.nodes.iter().enumerate().map(|(index, node)| {
        let products = node.op.products().unwrap_or(1) as u64;
        // Spreads accumulators over the int8 range and a little beyond.
        let typical = (90 << 24) / (5400 * products.isqrt());
        let part = |section: &SectionSpec| {
            let mut value = || match section.part {
                Part::Bias => random.below(20_000) as i32 - 10_000,
                Part::Exponentials => (random.below(1 << 15) >> random.below(16)) as i32,
                Part::Epsilon => section.min + random.below(200) as i32,
                Part::ColumnScales => random.below(16_000) as i32 - 8_000,
                Part::Multipliers => (typical / 2 + random.below(typical)) as i32,
                Part::OutputZeroPoint | Part::InputZeroPoint => i32::from(random.int8()) / 4,
                Part::Weights | Part::Table | Part::Values => random.int8().into(),
                Part::Features => random.below(section.max as u64 + 1) as i32,
                Part::Thresholds => random.int16().into(),
                Part::Leaves => random.below(40_000) as i32 - 20_000,
            };
            (section.part, (0..section.len).map(|_| value()).collect())
        };
        NodeData::new(
            architecture
                .sections_of(index)
                .iter()
                .map(part)
                .collect::<Vec<_>>(),
        )
    });
    let data = data.collect();
    QuantizedModel::new(architecture.clone(), scales, data).unwrap()
}

pub const ALL_PUBLIC: Header = Header::inference(Privacy::Public, Privacy::Public, Privacy::Public);
pub const PRIVATE_WEIGHTS: Header =
    Header::inference(Privacy::Public, Privacy::Private, Privacy::Public);
pub const ALL_PRIVATE: Header =
    Header::inference(Privacy::Private, Privacy::Private, Privacy::Private);

/// A model, an input and salts that fit a header.
pub struct Case {
    pub model: QuantizedModel,
    pub input: Vec<i16>,
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
        let mut lane = || match (architecture.symbols(), architecture.input.lane) {
            (Some(symbols), _) => random.below(symbols as u64) as i16,
            (None, Lane::Int16) => random.int16(),
            (None, _) => random.int8().into(),
        };
        let input = (0..architecture.inputs()).map(|_| lane()).collect();
        Self {
            model: random_model(architecture, seed),
            input,
            salts,
            context: random.context(),
        }
    }

    /// A public run of a given model and input.
    pub fn of<L: Into<i16>>(model: QuantizedModel, input: Vec<L>) -> Self {
        Self {
            model,
            input: input.into_iter().map(Into::into).collect(),
            salts: [Salt::ZERO; 3],
            context: Digest::ZERO,
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
