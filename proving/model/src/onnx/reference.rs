//! The float model, run by tract: what the integers are compared with.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tract_onnx::pb::ModelProto;
use tract_onnx::pb::tensor_shape_proto::Dimension as Dim;
use tract_onnx::pb::tensor_shape_proto::dimension::Value as Dimension;
use tract_onnx::pb::type_proto::Value as Type;
use tract_onnx::prelude::{
    Framework, InferenceModelExt, IntoRunnable, IntoTValue, Tensor, TractResult,
    TypedRunnableModel, tvec,
};

use super::error::ImportError;
use super::import::{decode, graph_of};
use super::tensor::shorten;
use crate::graph::{Graph, Op};

/// A float model ready to run.
#[derive(Debug, Clone)]
pub struct FloatModel {
    graph: Graph,
    plan: Arc<TypedRunnableModel>,
}

/// What the float model says about an input.
#[derive(Debug, Clone, PartialEq)]
pub enum FloatOutput {
    /// The class, of a model that ends in ArgMax.
    Class(u32),
    /// Real numbers, of any other model.
    Values(Vec<f32>),
}

impl FloatModel {
    /// Reads an ONNX file with the checks of [`super::import`] and prepares it for the float runtime.
    pub fn load(bytes: &[u8]) -> Result<Self, ImportError> {
        let mut proto = decode(bytes)?;
        let graph = graph_of(&proto)?;
        reduce(&mut proto, &graph);
        let plan = guarded(|| {
            tract_onnx::onnx()
                .model_for_proto_model(&proto)?
                .into_typed()?
                .into_runnable()
        })?;
        Ok(Self { graph, plan })
    }

    /// Returns the imported graph.
    #[must_use]
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Runs the model on one sample, given in row-major order.
    pub fn run(&self, input: &[f32]) -> Result<FloatOutput, ImportError> {
        let expected = self.graph.inputs();
        if input.len() != expected {
            return Err(runtime(&format!(
                "input has {} numbers, the model takes {expected}",
                input.len()
            )));
        }
        let class = matches!(
            self.graph.nodes.last().map(|node| &node.op),
            Some(Op::ArgMax)
        );
        guarded(|| {
            let tensor = Tensor::from_shape(&self.graph.input_shape, input)?;
            let outputs = self.plan.run(tvec!(tensor.into_tvalue()))?;
            if class {
                let class = outputs[0]
                    .to_plain_array_view::<i64>()?
                    .iter()
                    .copied()
                    .next()
                    .unwrap_or(0);
                return Ok(FloatOutput::Class(u32::try_from(class)?));
            }
            Ok(FloatOutput::Values(
                outputs[0]
                    .to_plain_array_view::<f32>()?
                    .iter()
                    .copied()
                    .collect(),
            ))
        })
    }
}

/// Reduces the file to what was checked: concrete input shape, no annotations that tract would interpret.
fn reduce(proto: &mut ModelProto, graph: &Graph) {
    proto.metadata_props.clear();
    let Some(onnx) = proto.graph.as_mut() else {
        return;
    };
    onnx.value_info.clear();
    for output in &mut onnx.output {
        output.r#type = None;
    }
    let initializers: Vec<String> = onnx
        .initializer
        .iter()
        .map(|tensor| tensor.name.clone())
        .collect();
    onnx.input
        .retain(|input| !initializers.contains(&input.name));
    for input in &mut onnx.input {
        if let Some(Type::TensorType(tensor)) = input.r#type.as_mut().and_then(|t| t.value.as_mut())
            && let Some(shape) = tensor.shape.as_mut()
        {
            shape.dim = graph
                .input_shape
                .iter()
                .map(|&size| Dim {
                    denotation: String::new(),
                    value: Some(Dimension::DimValue(i64::try_from(size).unwrap_or(i64::MAX))),
                })
                .collect();
        }
    }
}

/// Runs foreign code that promises no totality: a panic of its becomes an error of ours.
fn guarded<T>(run: impl FnOnce() -> TractResult<T>) -> Result<T, ImportError> {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(result) => result.map_err(|error| runtime(&error.to_string())),
        Err(_) => Err(runtime("it panicked")),
    }
}

fn runtime(reason: &str) -> ImportError {
    ImportError::Runtime {
        reason: shorten(reason),
    }
}
