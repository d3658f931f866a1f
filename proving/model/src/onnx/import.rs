//! ONNX bytes to a [`Graph`].

use std::collections::HashMap;

use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::tensor_shape_proto::dimension::Value as Dimension;
use tract_onnx::pb::type_proto::Value as Type;
use tract_onnx::pb::{GraphProto, ModelProto, NodeProto, ValueInfoProto};
use tract_onnx::prelude::Framework;

use super::dequantize::{add_dequantized, is_constant};
use super::error::ImportError;
use super::limits::{
    MAX_ACTIVATIONS, MAX_CONSTANTS, MAX_FILE_BYTES, MAX_NAME_BYTES, MAX_NODES, MAX_PARAMETERS,
    OPSETS, check,
};
use super::node::{NodeImport, node_name};
use super::outputs::keep_label;
use super::scan::scan;
use super::tensor::{Constant, shape_of, shorten};
use crate::graph::ops::{SUPPORTED, advice, import as import_op};
use crate::graph::{Graph, Node, Op, ValueId};
use crate::quant::tensor::elements;

/// Reads an ONNX file.
///
/// The bytes may come from anyone: whatever they are, the answer is a graph within the limits or an error
/// that says what to change.
pub fn import(bytes: &[u8]) -> Result<Graph, ImportError> {
    let proto = decode(bytes)?;
    graph_of(&proto)
}

/// Decodes the protobuf within the limits.
pub(super) fn decode(bytes: &[u8]) -> Result<ModelProto, ImportError> {
    check("file bytes", MAX_FILE_BYTES, bytes.len())?;
    scan(bytes)?;
    let mut reader = bytes;
    let mut model = tract_onnx::onnx()
        .proto_model_for_read(&mut reader)
        .map_err(|error| ImportError::NotOnnx {
            reason: shorten(&error.to_string()),
        })?;
    keep_label(&mut model);
    Ok(model)
}

/// Translates the decoded file.
pub(super) fn graph_of(model: &ModelProto) -> Result<Graph, ImportError> {
    let opset = check_opset(model)?;
    let graph = model.graph.as_ref().ok_or_else(|| ImportError::NotOnnx {
        reason: "no graph".into(),
    })?;
    check("nodes", MAX_NODES, graph.node.len())?;
    check_names(graph)?;
    let constants = read_constants(graph)?;
    let (input, input_shape, symbols) = read_input(graph, &constants)?;
    check(
        "elements of the input",
        MAX_ACTIVATIONS,
        elements(&input_shape),
    )?;
    let mut result = Graph {
        input_shape,
        symbols,
        nodes: Vec::new(),
        output: 0,
    };
    let mut values = HashMap::from([(input, 0)]);
    for proto in &graph.node {
        if proto.op_type != "Constant" && !is_constant(proto, &constants) {
            read_node(proto, opset, &constants, &mut values, &mut result)?;
        }
    }
    result.output = read_output(graph, &values)?;
    result.prune();
    let trees = |node: &Node| matches!(node.op, Op::TreeEnsemble(_));
    if result.nodes.len() > 1
        && let Some(node) = result.nodes.iter().find(|node| trees(node))
    {
        return Err(bad_graph(format!(
            "node `{}` holds trees, which must be the whole model; leave the rest out",
            node.name
        )));
    }
    Ok(result)
}

/// Translates one node and names its results.
fn read_node<'a>(
    proto: &'a NodeProto,
    opset: i64,
    constants: &HashMap<&'a str, Constant>,
    values: &mut HashMap<&'a str, ValueId>,
    graph: &mut Graph,
) -> Result<(), ImportError> {
    let operator = if proto.domain.is_empty() || proto.domain == "ai.onnx" {
        proto.op_type.clone()
    } else {
        format!("{}.{}", proto.domain, proto.op_type)
    };
    let mut node = NodeImport {
        proto,
        values,
        constants,
        graph,
        opset,
    };
    let results =
        import_op(&operator, &mut node).ok_or_else(|| ImportError::UnsupportedOperator {
            node: node_name(proto),
            operator: shorten(&operator),
            supported: SUPPORTED,
            advice: advice(&operator),
        })??;
    // Results beyond those that the importer gives, such as a Dropout's mask, have no value: who reads them is
    // refused.
    for (name, id) in proto.output.iter().zip(results) {
        if name.is_empty() {
            continue;
        }
        if let Some(node) = id.checked_sub(1).and_then(|node| graph.nodes.get_mut(node)) {
            node.value.get_or_insert_with(|| name.clone());
        }
        values.insert(name, id);
    }
    Ok(())
}

/// Returns the value of the one output.
fn read_output(
    graph: &GraphProto,
    values: &HashMap<&str, ValueId>,
) -> Result<ValueId, ImportError> {
    let [output] = graph.output.as_slice() else {
        return Err(bad_graph(format!(
            "{} outputs, expected 1",
            graph.output.len()
        )));
    };
    match values.get(output.name.as_str()) {
        Some(0) => Err(bad_graph(
            "the output is the input, expected a model".into(),
        )),
        Some(&id) => Ok(id),
        None => Err(bad_graph(format!(
            "output `{}` is not the result of a node that depends on the input",
            shorten(&output.name)
        ))),
    }
}

/// Returns the one output that a Constant must have, new to the graph by [`check_names`].
fn output_of(proto: &NodeProto) -> Result<&str, ImportError> {
    match proto.output.as_slice() {
        [output] if !output.is_empty() => Ok(output),
        outputs => Err(bad_graph(format!(
            "node `{}` has {} outputs, expected 1",
            node_name(proto),
            outputs.len()
        ))),
    }
}

/// Returns the version of the standard operator set.
fn check_opset(model: &ModelProto) -> Result<i64, ImportError> {
    let mut versions: Vec<i64> = (model.opset_import.iter())
        .filter(|set| set.domain.is_empty() || set.domain == "ai.onnx")
        .map(|set| set.version)
        .collect();
    // skl2onnx names the same set twice.
    versions.dedup();
    match versions[..] {
        [version] if OPSETS.contains(&version) => Ok(version),
        [version] => Err(ImportError::UnsupportedFeature {
            what: format!("operator set {version}"),
            advice: "export with an operator set from 7 to 22, such as 13",
        }),
        _ => Err(ImportError::NotOnnx {
            reason: "it does not name one standard operator set".into(),
        }),
    }
}

/// Checks that names are of bounded length and that no value is defined twice.
fn check_names(graph: &GraphProto) -> Result<(), ImportError> {
    let defined = graph
        .initializer
        .iter()
        .map(|tensor| &tensor.name)
        .chain(graph.node.iter().flat_map(|node| &node.output));
    let used = graph.node.iter().flat_map(|node| {
        node.input
            .iter()
            .chain([&node.name, &node.op_type, &node.domain])
    });
    let outer = graph
        .input
        .iter()
        .chain(&graph.output)
        .map(|info| &info.name);
    for name in defined.clone().chain(used).chain(outer) {
        check("bytes of a name", MAX_NAME_BYTES, name.len())?;
    }
    let mut seen = std::collections::HashSet::new();
    match defined
        .filter(|name| !name.is_empty())
        .find(|name| !seen.insert(name.as_str()))
    {
        Some(name) => Err(bad_graph(format!(
            "value `{}` is defined twice",
            shorten(name)
        ))),
        None => Ok(()),
    }
}

fn read_constants(graph: &GraphProto) -> Result<HashMap<&str, Constant>, ImportError> {
    let from_nodes = graph
        .node
        .iter()
        .filter(|node| node.op_type == "Constant")
        .map(|node| {
            let value = match node.attribute.as_slice() {
                [attribute] if attribute.name == "value" => attribute.t.as_ref(),
                _ => None,
            };
            let tensor = value.ok_or_else(|| ImportError::BadNode {
                node: node_name(node),
                operator: "Constant".into(),
                reason: "expected one attribute, the tensor `value`".into(),
            })?;
            Ok((output_of(node)?, tensor))
        });
    let initializers = graph
        .initializer
        .iter()
        .map(|tensor| Ok((tensor.name.as_str(), tensor)));
    let mut constants = HashMap::new();
    let mut parameters = 0;
    for entry in initializers.chain(from_nodes) {
        let (name, tensor) = entry?;
        let constant = Constant::read(name, tensor)?;
        parameters += match &constant {
            Constant::Float { values, .. } => values.len(),
            Constant::Quantized { lanes, .. } => lanes.len(),
            Constant::Int { .. } | Constant::Bool { .. } => 0,
        };
        check("parameters", MAX_PARAMETERS, parameters)?;
        constants.insert(name, constant);
        check("constants", MAX_CONSTANTS, constants.len())?;
    }
    add_dequantized(graph, &mut constants)?;
    Ok(constants)
}

/// Returns name and shape of the one input, its batch dimension 1, and whether it holds symbols.
fn read_input<'a>(
    graph: &'a GraphProto,
    constants: &HashMap<&str, Constant>,
) -> Result<(&'a str, Vec<usize>, bool), ImportError> {
    // Old exporters list initializers among the inputs.
    let mut inputs = graph
        .input
        .iter()
        .filter(|info| !constants.contains_key(info.name.as_str()));
    let (Some(input), None) = (inputs.next(), inputs.next()) else {
        return Err(bad_graph(
            "expected exactly 1 input that is not an initializer".into(),
        ));
    };
    let bad = |reason: String| bad_graph(format!("input `{}`: {reason}", shorten(&input.name)));
    let (shape, symbols) = input_shape(input).map_err(bad)?;
    Ok((&input.name, shape, symbols))
}

fn input_shape(input: &ValueInfoProto) -> Result<(Vec<usize>, bool), String> {
    let Some(Type::TensorType(tensor)) = input.r#type.as_ref().and_then(|t| t.value.as_ref())
    else {
        return Err("is not a tensor".into());
    };
    let symbols = match DataType::try_from(tensor.elem_type) {
        Ok(DataType::Float) => false,
        Ok(DataType::Int32 | DataType::Int64) => true,
        _ => {
            return Err(format!(
                "has element type {}, expected {} (float), or {} (int64) for symbols",
                tensor.elem_type,
                DataType::Float as i32,
                DataType::Int64 as i32
            ));
        }
    };
    let dims = &tensor.shape.as_ref().ok_or("has no shape")?.dim;
    let batch_free = dims.len() > 1;
    let sizes: Vec<i64> = dims
        .iter()
        .enumerate()
        .map(|(index, dim)| match &dim.value {
            Some(Dimension::DimValue(size)) => Ok(*size),
            // A free first dimension is the batch; proofs are about one sample.
            _ if index == 0 && batch_free => Ok(1),
            _ => Err(format!("dimension {index} is not a number")),
        })
        .collect::<Result<_, _>>()?;
    let shape = shape_of(&sizes)?;
    match shape.first() {
        Some(&1) => Ok((shape, symbols)),
        Some(batch) => Err(format!(
            "has batch size {batch}, expected 1 or a free dimension"
        )),
        None => Err("is a single number, expected [1, n]".into()),
    }
}

fn bad_graph(reason: String) -> ImportError {
    ImportError::BadGraph { reason }
}
