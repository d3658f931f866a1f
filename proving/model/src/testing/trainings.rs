//! Small graphs of every ONNX operator, each for any training: the graph stays, the numbers in its constants differ.
//!
//! What a model becomes must not depend on those numbers. The cases put them where they could matter most: zeros and ones
//! that change nothing, negative factors, scales that are equal in one training and differ in another.

mod attention;
mod constants;
mod functions;
mod layers;
mod movements;
mod quantized;
mod trees;

use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::type_proto::Value;
use tract_onnx::pb::{ModelProto, NodeProto, TensorProto};

use super::onnx::{floats, model, noise};
use crate::FloatModel;

/// How the numbers of all constants were found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Training {
    /// Numbers of both signs, some of them zero.
    Random(u64),
    /// Numbers of both signs, large and small.
    Spread(u64),
    /// Zeros.
    Zeros,
    /// Ones.
    Ones,
    /// Twos with a minus sign.
    MinusTwos,
    /// Numbers below zero.
    Negative(u64),
    /// Numbers so far below zero that they would leave a score out of a softmax.
    FarBelow(u64),
}

/// The trainings of every case: as they come, and degenerate ones.
pub const TRAININGS: [Training; 9] = [
    Training::Random(1),
    Training::Random(2),
    Training::Random(3),
    Training::Spread(4),
    Training::Zeros,
    Training::Ones,
    Training::MinusTwos,
    Training::Negative(5),
    Training::FarBelow(6),
];

impl Training {
    /// Returns a constant that this training found.
    #[must_use]
    pub fn tensor(self, name: &str, dims: &[i64]) -> TensorProto {
        floats(name, dims, &self.values(name, count(dims)))
    }

    /// Returns a constant of numbers above zero, in this unit: scales, variances and the like.
    #[must_use]
    pub fn positive(self, name: &str, dims: &[i64], unit: f32) -> TensorProto {
        let values = self.values(name, count(dims)).into_iter();
        let above: Vec<f32> = values.map(|value| (value.abs() + 0.125) * unit).collect();
        floats(name, dims, &above)
    }

    /// Returns a constant that a training found to divide by: no single zero among other numbers.
    #[must_use]
    pub fn divisor(self, name: &str, dims: &[i64]) -> TensorProto {
        let mut values = self.values(name, count(dims));
        if self != Self::Zeros {
            let zeros = values.iter_mut().filter(|value| value.abs() < 1e-3);
            zeros.for_each(|value| *value = 0.5);
        }
        floats(name, dims, &values)
    }

    /// Returns a constant of int8 lanes.
    #[must_use]
    pub fn lanes(self, name: &str, dims: &[i64]) -> TensorProto {
        let lanes = self.values(name, count(dims));
        let lane = |value: &f32| i32::from((value * 64.0) as i8);
        TensorProto {
            name: name.into(),
            dims: dims.to_vec(),
            data_type: DataType::Int8 as i32,
            int32_data: lanes.iter().map(lane).collect(),
            ..Default::default()
        }
    }

    /// Returns the numbers of a constant of this name.
    #[must_use]
    pub fn values(self, name: &str, count: usize) -> Vec<f32> {
        let place = name.bytes().fold(0, |sum, byte| sum * 31 + u64::from(byte));
        let random = |seed: u64| noise(place.wrapping_mul(131) + seed, count).into_iter();
        let all = |value: f32| vec![value; count];
        match self {
            Self::Random(seed) => {
                let some = |value: f32| {
                    if (-0.25..0.25).contains(&value) {
                        0.0
                    } else {
                        value
                    }
                };
                random(seed).map(some).collect()
            }
            Self::Spread(seed) => random(seed).map(|value| value.powi(9) * 8.0).collect(),
            Self::Zeros => all(0.0),
            Self::Ones => all(1.0),
            Self::MinusTwos => all(-2.0),
            Self::Negative(seed) => random(seed).map(|value| -value.abs() - 0.01).collect(),
            Self::FarBelow(seed) => random(seed).map(|value| -20.0 - value).collect(),
        }
    }
}

fn count(dims: &[i64]) -> usize {
    dims.iter().product::<i64>().unsigned_abs() as usize
}

/// A graph whose constants a training fills.
pub struct Case {
    /// What tells it from others.
    pub name: String,
    /// The trainings that it refuses, with what the error says: numbers for which it has no meaning.
    pub refused: &'static [(Training, &'static str)],
    build: Box<dyn Fn(Training) -> ModelProto + Send + Sync>,
}

impl Case {
    fn new(
        name: impl Into<String>,
        build: impl Fn(Training) -> ModelProto + Send + Sync + 'static,
    ) -> Self {
        Self {
            name: name.into(),
            refused: &[],
            build: Box::new(build),
        }
    }

    /// Returns a case of these nodes on an input of this shape.
    fn of(
        name: impl Into<String>,
        input: &[i64],
        nodes: Vec<NodeProto>,
        constants: impl Fn(Training) -> Vec<TensorProto> + Send + Sync + 'static,
    ) -> Self {
        let input = input.to_vec();
        Self::new(name, move |training| {
            model(&input, nodes.clone(), constants(training))
        })
    }

    fn refuses(self, refused: &'static [(Training, &'static str)]) -> Self {
        Self { refused, ..self }
    }

    fn with_opset(self, version: i64) -> Self {
        let build = self.build;
        Self {
            build: Box::new(move |training| {
                let mut model = build(training);
                model.opset_import[0].version = version;
                model
            }),
            ..self
        }
    }

    /// Returns inputs of a case: numbers, or symbols in turn.
    #[must_use]
    pub fn samples(float: &FloatModel) -> Vec<Vec<f32>> {
        let inputs = float.graph().inputs();
        let numbers: Vec<f32> = match float.graph().symbols {
            true => (0..3 * inputs).map(|at| (at % 5) as f32).collect(),
            false => noise(9, 3 * inputs),
        };
        numbers.chunks(inputs).map(<[f32]>::to_vec).collect()
    }

    /// Returns the file of a training.
    #[must_use]
    pub fn model(&self, training: Training) -> ModelProto {
        (self.build)(training)
    }
}

/// Returns a case or more for every operator.
#[must_use]
pub fn cases() -> Vec<Case> {
    [
        constants::cases(),
        functions::cases(),
        layers::cases(),
        movements::cases(),
        attention::cases(),
        quantized::cases(),
        trees::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Makes the input one of symbols.
fn of_symbols(mut model: ModelProto) -> ModelProto {
    let inputs = model.graph.iter_mut().flat_map(|graph| &mut graph.input);
    for r#type in inputs.filter_map(|input| input.r#type.as_mut()) {
        if let Some(Value::TensorType(tensor)) = &mut r#type.value {
            tensor.elem_type = DataType::Int64 as i32;
        }
    }
    model
}
