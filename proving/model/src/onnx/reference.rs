//! The float model, run by tract: what the integers are compared with.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::tensor_shape_proto::Dimension as Dim;
use tract_onnx::pb::tensor_shape_proto::dimension::Value as Dimension;
use tract_onnx::pb::type_proto::Value as Type;
use tract_onnx::pb::{ModelProto, NodeProto, ValueInfoProto};
use tract_onnx::prelude::{
    Framework, InferenceModelExt, IntoRunnable, IntoTValue, TValue, Tensor, TractResult,
    TypedRunnableModel, tvec,
};

use super::error::ImportError;
use super::import::{decode, graph_of};
use super::node::reciprocal_name;
use super::tensor::shorten;
use crate::graph::Graph;

/// A float model ready to run.
#[derive(Debug, Clone)]
pub struct FloatModel {
    graph: Graph,
    /// The file, reduced to what was checked.
    proto: Arc<ModelProto>,
    /// None of a model of trees, which runs by itself: the runtime (0.23) knows no regressors, nor a base of two
    /// classes with one score.
    plan: Option<Arc<TypedRunnableModel>>,
}

/// A float model that shows values on the way to its output.
pub(crate) struct Probe {
    graph: Graph,
    proto: Arc<ModelProto>,
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
        let plan = match graph.tree_ensemble() {
            None => Some(plan(&proto)?),
            Some(_) => None,
        };
        Ok(Self {
            graph,
            proto: Arc::new(proto),
            plan,
        })
    }

    /// Prepares the model to show values, each by its name in the file.
    pub(crate) fn probe(&self, values: &[String]) -> Result<Probe, ImportError> {
        let mut proto = (*self.proto).clone();
        if let Some(graph) = proto.graph.as_mut() {
            let info = |name: &String| ValueInfoProto {
                name: name.clone(),
                ..Default::default()
            };
            graph.output = values.iter().map(info).collect();
        }
        Ok(Probe {
            graph: self.graph.clone(),
            plan: plan(&proto)?,
            proto: Arc::new(proto),
        })
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
        if let Some(ensemble) = self.graph.tree_ensemble() {
            let scores = ensemble.scores(input);
            let values = scores.iter().map(|&score| score as f32).collect();
            let class = ensemble.class(&scores).map(FloatOutput::Class);
            return Ok(class.unwrap_or(FloatOutput::Values(values)));
        }
        let Some(plan) = &self.plan else {
            unreachable!("every other model has a plan")
        };
        let class = self.graph.is_class(self.graph.output);
        guarded(|| {
            let tensor = sample(&self.graph, &self.proto, input)?;
            let outputs = plan.run(tvec!(tensor.into_tvalue()))?;
            if class {
                let classes = outputs[0].cast_to::<i64>()?;
                let class = classes
                    .to_plain_array_view::<i64>()?
                    .iter()
                    .copied()
                    .next()
                    .unwrap_or(0);
                return Ok(FloatOutput::Class(u32::try_from(class)?));
            }
            let output = outputs[0].cast_to::<f32>()?;
            Ok(FloatOutput::Values(
                output
                    .to_plain_array_view::<f32>()?
                    .iter()
                    .copied()
                    .collect(),
            ))
        })
    }
}

impl Probe {
    /// Runs the model on one sample of the right length and returns the values in the order they were asked for.
    pub(crate) fn run(&self, input: &[f32]) -> Result<Vec<Vec<f32>>, ImportError> {
        guarded(|| {
            let tensor = sample(&self.graph, &self.proto, input)?;
            let outputs = self.plan.run(tvec!(tensor.into_tvalue()))?;
            let values = |output: &TValue| -> TractResult<Vec<f32>> {
                Ok(output
                    .to_plain_array_view::<f32>()?
                    .iter()
                    .copied()
                    .collect())
            };
            outputs.iter().map(values).collect()
        })
    }
}

/// Returns a sample as the tensor that the file asks for: numbers, or symbols as whole numbers.
fn sample(graph: &Graph, proto: &ModelProto, input: &[f32]) -> TractResult<Tensor> {
    let tensor = Tensor::from_shape(&graph.input_shape, input)?;
    if !graph.symbols {
        return Ok(tensor);
    }
    let wide = |info: &ValueInfoProto| match info.r#type.as_ref().and_then(|t| t.value.as_ref()) {
        Some(Type::TensorType(tensor)) => tensor.elem_type == DataType::Int64 as i32,
        _ => false,
    };
    let inputs = proto.graph.iter().flat_map(|graph| &graph.input);
    let tensor = if inputs.into_iter().any(wide) {
        tensor.cast_to::<i64>()?
    } else {
        tensor.cast_to::<i32>()?
    };
    Ok(tensor.into_owned())
}

fn plan(proto: &ModelProto) -> Result<Arc<TypedRunnableModel>, ImportError> {
    guarded(|| {
        tract_onnx::onnx()
            .model_for_proto_model(proto)?
            .into_typed()?
            .into_runnable()
    })
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
    let initializers = onnx.initializer.iter().map(|tensor| &tensor.name);
    let from_nodes = onnx
        .node
        .iter()
        .filter(|node| node.op_type == "Constant")
        .flat_map(|node| &node.output);
    let constants: HashSet<String> = initializers.chain(from_nodes).cloned().collect();
    onnx.input.retain(|input| !constants.contains(&input.name));
    onnx.node = std::mem::take(&mut onnx.node)
        .into_iter()
        .flat_map(|node| subtraction(node, &constants))
        .flat_map(|node| quotient(node, &constants))
        .collect();
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

/// Writes `constant - data` as `constant + -data`: the runtime (0.23) takes the constant for a bias of the
/// convolution before it and drops the sign of the data.
fn subtraction(mut node: NodeProto, constants: &HashSet<String>) -> Vec<NodeProto> {
    let (true, [constant, data], [output]) = (
        node.op_type == "Sub",
        node.input.as_mut_slice(),
        node.output.as_slice(),
    ) else {
        return vec![node];
    };
    if !constants.contains(constant) {
        return vec![node];
    }
    // A control character keeps the new name apart from all names of well-meant files.
    let negated = format!("{output}\u{1}negated");
    let negation = NodeProto {
        name: negated.clone(),
        op_type: "Neg".into(),
        input: vec![std::mem::replace(data, negated.clone())],
        output: vec![negated],
        ..Default::default()
    };
    node.op_type = "Add".into();
    vec![negation, node]
}

/// Writes `a / b` as `a * (1 / b)`, which is what the integers compute: so that the reciprocal's range is measured.
fn quotient(mut node: NodeProto, constants: &HashSet<String>) -> Vec<NodeProto> {
    let (true, [_, divisor], [output]) = (
        node.op_type == "Div",
        node.input.as_mut_slice(),
        node.output.as_slice(),
    ) else {
        return vec![node];
    };
    if constants.contains(divisor) {
        return vec![node];
    }
    let name = reciprocal_name(output);
    let reciprocal = NodeProto {
        name: name.clone(),
        op_type: "Reciprocal".into(),
        input: vec![std::mem::replace(divisor, name.clone())],
        output: vec![name],
        ..Default::default()
    };
    node.op_type = "Mul".into();
    vec![reciprocal, node]
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
