//! One ONNX node as an operator's importer sees it.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use tract_onnx::pb::attribute_proto::AttributeType;
use tract_onnx::pb::{AttributeProto, NodeProto};

use super::error::ImportError;
use super::limits::{MAX_ACTIVATIONS, MAX_ALL_ACTIVATIONS, MAX_GRAPH_NODES, MAX_PARAMETERS, check};
use super::tensor::{Constant, shorten};
use crate::graph::{Graph, Node, Op, ValueId};
use crate::quant::ops::OpSpec;
use crate::quant::tensor::{TensorSpec, elements};

/// A node that is being imported, and the graph it goes to.
pub(crate) struct NodeImport<'a> {
    pub(super) proto: &'a NodeProto,
    /// The values of the graph by their names in the file.
    pub(super) values: &'a HashMap<&'a str, ValueId>,
    pub(super) constants: &'a HashMap<&'a str, Constant>,
    pub(super) graph: &'a mut Graph,
    /// Version of the operator set.
    pub(super) opset: i64,
}

/// A value that the node reads.
#[derive(Debug, Clone)]
pub(crate) struct Data {
    /// Its number in the graph.
    pub id: ValueId,
    /// Its shape.
    pub shape: Vec<usize>,
}

impl<'a> NodeImport<'a> {
    /// Returns the operator's name.
    pub(crate) fn operator(&self) -> &'a str {
        &self.proto.op_type
    }

    /// Returns the node that gives a value; `None` for the input.
    pub(crate) fn producer(&self, id: ValueId) -> Option<&Node> {
        self.graph.producer(id)
    }

    /// Returns the shape of a value.
    pub(crate) fn shape(&self, id: ValueId) -> &[usize] {
        self.graph.shape(id)
    }

    /// Returns the version of the operator set.
    pub(crate) fn opset(&self) -> i64 {
        self.opset
    }

    /// Returns the number of the given inputs (trailing empty names mean absent).
    pub(crate) fn inputs(&self) -> usize {
        let inputs = &self.proto.input;
        let last = inputs.iter().rposition(|name| !name.is_empty());
        last.map_or(0, |last| last + 1)
    }

    /// Returns the number of the node's results in the file.
    pub(crate) fn outputs(&self) -> usize {
        self.proto.output.len()
    }

    /// Returns whether an input is given.
    pub(crate) fn has(&self, index: usize) -> bool {
        !self.input(index).is_empty()
    }

    /// Returns what the file calls an input; nothing if it is not given.
    pub(crate) fn input(&self, index: usize) -> &'a str {
        self.proto.input.get(index).map_or("", String::as_str)
    }

    /// Checks the number of inputs.
    pub(crate) fn expect_inputs(&self, expected: RangeInclusive<usize>) -> Result<(), ImportError> {
        if expected.contains(&self.inputs()) {
            return Ok(());
        }
        Err(self.bad(format!(
            "{} inputs, expected {} to {}",
            self.inputs(),
            expected.start(),
            expected.end()
        )))
    }

    /// Returns whether an input is a value that the model computes, as opposed to a constant.
    pub(crate) fn is_data(&self, index: usize) -> bool {
        self.values.contains_key(self.input(index))
    }

    /// Returns an input that the model computes; refuses a class.
    pub(crate) fn data(&self, index: usize) -> Result<Data, ImportError> {
        let data = self.data_or_class(index)?;
        if self.graph.is_class(data.id) {
            return Err(self.bad("follows ArgMax or a classifier, which must be last".into()));
        }
        if self.graph.is_symbols(data.id) {
            return Err(self.bad("reads symbols, which only Gather can look up".into()));
        }
        Ok(data)
    }

    /// Returns an input that the model computes, or a constant as a value of the model.
    pub(crate) fn data_or_parameter(&mut self, index: usize) -> Result<Data, ImportError> {
        if self.is_data(index) {
            return self.data(index);
        }
        let (shape, values) = self.floats(index)?;
        let (shape, values) = (shape.to_vec(), values.to_vec());
        let id = self.emit(Op::Parameter(values), &[], shape.clone())?;
        Ok(Data { id, shape })
    }

    /// Returns an input that the model computes.
    pub(crate) fn data_or_class(&self, index: usize) -> Result<Data, ImportError> {
        let name = self.input(index);
        let Some(&id) = self.values.get(name) else {
            let what = if self.constants.contains_key(name) {
                "a constant, expected a value that depends on the input; export with constant folding"
            } else {
                "not the result of a node before it"
            };
            return Err(self.bad(format!("input {index} (`{}`) is {what}", shorten(name))));
        };
        if let Some(Op::Quantize { quantized, .. }) = self.producer(id).map(|node| &node.op)
            && quantized == name
            && self.operator() != "DequantizeLinear"
        {
            return Err(self.bad(format!(
                "input {index} is quantized, expected a DequantizeLinear between"
            )));
        }
        Ok(Data {
            id,
            shape: self.graph.shape(id).to_vec(),
        })
    }

    /// Returns whether a value is the input and holds symbols.
    pub(crate) fn is_symbols(&self, id: ValueId) -> bool {
        self.graph.is_symbols(id)
    }

    /// Returns whether a value is the class that an ArgMax gives.
    pub(crate) fn is_class(&self, id: ValueId) -> bool {
        self.graph.is_class(id)
    }

    /// Returns the constant float tensor at an input.
    pub(crate) fn floats(&self, index: usize) -> Result<(&'a [usize], &'a [f32]), ImportError> {
        match self.constant(index)? {
            Constant::Float { shape, values, .. } => Ok((shape, values)),
            _ => Err(self.bad(format!("input {index} holds integers, expected floats"))),
        }
    }

    /// Returns the constant integers at an input.
    pub(crate) fn ints(&self, index: usize) -> Result<&'a [i64], ImportError> {
        Ok(self.ints_with_rank(index)?.1)
    }

    /// Returns the constant integers at an input with the rank of their tensor.
    pub(crate) fn ints_with_rank(&self, index: usize) -> Result<(usize, &'a [i64]), ImportError> {
        match self.constant(index)? {
            Constant::Int { rank, values } => Ok((*rank, values)),
            Constant::Float { .. } => {
                Err(self.bad(format!("input {index} holds floats, expected integers")))
            }
            Constant::Bool { .. } => Err(self.bad(format!(
                "input {index} holds truth values, expected integers"
            ))),
            Constant::Quantized { .. } => {
                Err(self.bad(format!("input {index} is not of 64-bit integers")))
            }
        }
    }

    /// Returns the constant truth values at an input.
    pub(crate) fn bools(&self, index: usize) -> Result<(&'a [usize], &'a [bool]), ImportError> {
        match self.constant(index)? {
            Constant::Bool { shape, values } => Ok((shape, values)),
            _ => Err(self.bad(format!(
                "input {index} holds numbers, expected truth values"
            ))),
        }
    }

    /// Returns the step of each of `count` slices along an axis of a constant, if the file stores it quantized.
    pub(crate) fn steps(&self, index: usize, axis: usize, count: usize) -> Option<Vec<f32>> {
        let Some(Constant::Float {
            grid: Some(grid), ..
        }) = self.constants.get(self.input(index))
        else {
            return None;
        };
        match grid.steps.as_slice() {
            &[step] => Some(vec![step; count]),
            steps if grid.axis == axis && steps.len() == count => Some(steps.to_vec()),
            _ => None,
        }
    }

    /// Returns the constant lane at an input; of a byte without a sign that number less 128.
    pub(crate) fn lane(&self, index: usize) -> Result<i8, ImportError> {
        let lane = match self.constant(index)? {
            Constant::Quantized {
                lanes, unsigned, ..
            } => match lanes.as_slice() {
                &[lane] => i8::try_from(if *unsigned { lane - 128 } else { lane }).ok(),
                _ => None,
            },
            _ => None,
        };
        lane.ok_or_else(|| self.bad(format!("input {index} is not one number of 8 bits")))
    }

    /// Returns what the file calls a result.
    pub(crate) fn output(&self, index: usize) -> &'a str {
        self.proto.output.get(index).map_or("", String::as_str)
    }

    /// Drops what the file calls a value: the next name is a better one.
    pub(crate) fn forget_name(&mut self, id: ValueId) {
        if let Some(node) = id
            .checked_sub(1)
            .and_then(|node| self.graph.nodes.get_mut(node))
        {
            node.value = None;
        }
    }

    fn constant(&self, index: usize) -> Result<&'a Constant, ImportError> {
        let name = self.input(index);
        self.constants.get(name).ok_or_else(|| {
            self.bad(format!(
                "input {index} (`{}`) is not a constant; store it as an initializer",
                shorten(name)
            ))
        })
    }

    /// Checks that the node has no attribute but these, each at most once.
    pub(crate) fn expect_attributes(&self, known: &[&str]) -> Result<(), ImportError> {
        for (index, attribute) in self.proto.attribute.iter().enumerate() {
            if !known.contains(&attribute.name.as_str()) {
                return Err(self.bad(format!("unknown attribute `{}`", shorten(&attribute.name))));
            }
            let earlier = &self.proto.attribute[..index];
            if earlier.iter().any(|other| other.name == attribute.name) {
                return Err(self.bad(format!(
                    "attribute `{}` is given twice",
                    shorten(&attribute.name)
                )));
            }
        }
        Ok(())
    }

    fn attribute(
        &self,
        name: &str,
        r#type: AttributeType,
        what: &str,
    ) -> Result<Option<&'a AttributeProto>, ImportError> {
        let mut attributes = self.proto.attribute.iter();
        match attributes.find(|attribute| attribute.name == name) {
            Some(attribute) if attribute.r#type != r#type as i32 => {
                Err(self.bad(format!("attribute `{name}` is not {what}")))
            }
            found => Ok(found),
        }
    }

    /// Returns an integer attribute or its default.
    pub(crate) fn int(&self, name: &str, default: i64) -> Result<i64, ImportError> {
        let attribute = self.attribute(name, AttributeType::Int, "an integer")?;
        Ok(attribute.map_or(default, |attribute| attribute.i))
    }

    /// Returns an attribute that must be 0 or 1.
    pub(crate) fn flag(&self, name: &str, default: bool) -> Result<bool, ImportError> {
        match self.int(name, default.into())? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(self.bad(format!("{name} is {other}, expected 0 or 1"))),
        }
    }

    /// Returns a finite float attribute or its default.
    pub(crate) fn float(&self, name: &str, default: f32) -> Result<f32, ImportError> {
        match self.attribute(name, AttributeType::Float, "a finite float")? {
            None => Ok(default),
            Some(attribute) if attribute.f.is_finite() => Ok(attribute.f),
            Some(_) => Err(self.bad(format!("attribute `{name}` is not a finite float"))),
        }
    }

    /// Returns a list of integers, if it is given.
    pub(crate) fn int_list(&self, name: &str) -> Result<Option<&'a [i64]>, ImportError> {
        let attribute = self.attribute(name, AttributeType::Ints, "a list of integers")?;
        Ok(attribute.map(|attribute| attribute.ints.as_slice()))
    }

    /// Returns a list of finite floats, if it is given.
    pub(crate) fn float_list(&self, name: &str) -> Result<Option<&'a [f32]>, ImportError> {
        let attribute = self.attribute(name, AttributeType::Floats, "a list of floats")?;
        match attribute.map(|attribute| attribute.floats.as_slice()) {
            Some(list) if list.iter().any(|value| !value.is_finite()) => Err(self.bad(format!(
                "attribute `{name}` holds a float that is not finite"
            ))),
            list => Ok(list),
        }
    }

    /// Returns a list of texts as bytes, if it is given.
    pub(crate) fn text_list(&self, name: &str) -> Result<Option<&'a [Vec<u8>]>, ImportError> {
        let attribute = self.attribute(name, AttributeType::Strings, "a list of texts")?;
        Ok(attribute.map(|attribute| attribute.strings.as_slice()))
    }

    /// Returns a list of `count` numbers of at least `least`, each `default` if the list is not given.
    pub(crate) fn sizes(
        &self,
        name: &str,
        count: usize,
        default: usize,
        least: usize,
    ) -> Result<Vec<usize>, ImportError> {
        let Some(list) = self.int_list(name)? else {
            return Ok(vec![default; count]);
        };
        let fits = |&size: &i64| {
            let size = usize::try_from(size).ok()?;
            (least..=MAX_ACTIVATIONS).contains(&size).then_some(size)
        };
        let sizes: Option<Vec<usize>> = list.iter().take(count + 1).map(fits).collect();
        sizes.filter(|sizes| sizes.len() == count).ok_or_else(|| {
            self.bad(format!(
                "{name} must be {count} numbers from {least} to {MAX_ACTIVATIONS}"
            ))
        })
    }

    /// Returns a list of integers that is an attribute in old operator sets and an input in new ones; `None` where
    /// neither is given.
    pub(crate) fn ints_either(
        &self,
        attribute: &str,
        input: usize,
    ) -> Result<Option<&'a [i64]>, ImportError> {
        match self.int_list(attribute)? {
            None if self.has(input) => self.ints(input).map(Some),
            list => Ok(list),
        }
    }

    /// Returns a text attribute or its default.
    pub(crate) fn text(&self, name: &str, default: &'a str) -> Result<&'a str, ImportError> {
        match self.attribute(name, AttributeType::String, "a text")? {
            None => Ok(default),
            Some(attribute) => std::str::from_utf8(&attribute.s)
                .map_err(|_| self.bad(format!("attribute `{name}` is not a text"))),
        }
    }

    /// Returns an axis as an index into `rank` dimensions.
    pub(crate) fn axis_of(&self, axis: i64, rank: usize) -> Result<usize, ImportError> {
        let signed_rank = i64::try_from(rank).expect("ranks are limited");
        let index = if axis < 0 {
            axis.checked_add(signed_rank)
        } else {
            Some(axis)
        };
        index
            .and_then(|index| usize::try_from(index).ok())
            .filter(|&index| index < rank)
            .ok_or_else(|| self.bad(format!("axis {axis} of a tensor of rank {rank}")))
    }

    /// Adds a node to the graph and returns its result.
    pub(crate) fn emit(
        &mut self,
        op: Op,
        inputs: &[ValueId],
        shape: Vec<usize>,
    ) -> Result<ValueId, ImportError> {
        check(
            "elements of a node's result",
            MAX_ACTIVATIONS,
            elements(&shape),
        )?;
        check("nodes in all", MAX_GRAPH_NODES, self.graph.nodes.len() + 1)?;
        let nodes = &self.graph.nodes;
        let parameters: usize = nodes.iter().map(|node| node.op.parameters()).sum();
        let parameters = parameters + op.parameters();
        check("parameters of all nodes", MAX_PARAMETERS, parameters)?;
        let activations: usize = nodes.iter().map(|node| elements(&node.shape)).sum();
        let activations = activations + elements(&shape);
        check("elements of all values", MAX_ALL_ACTIVATIONS, activations)?;
        self.graph.nodes.push(Node {
            name: node_name(self.proto),
            op,
            inputs: inputs.to_vec(),
            shape,
            value: None,
        });
        Ok(self.graph.nodes.len())
    }

    /// Gives a value the name that the float runtime has the divisor's reciprocal by.
    pub(crate) fn name_reciprocal(&mut self, id: ValueId) {
        let output = self.proto.output.first().map_or("", String::as_str);
        if let Some(node) = id
            .checked_sub(1)
            .and_then(|node| self.graph.nodes.get_mut(node))
        {
            node.value = Some(reciprocal_name(output));
        }
    }

    /// Adds a node that only moves or picks elements, and returns its result; one that changes nothing is left out.
    pub(crate) fn movement(
        &mut self,
        spec: OpSpec,
        inputs: &[ValueId],
    ) -> Result<ValueId, ImportError> {
        let shape = self.inferred(&spec, inputs)?;
        if let (OpSpec::Reshape(_), &[id]) = (&spec, inputs)
            && self.graph.shape(id) == shape
        {
            return Ok(id);
        }
        self.emit(Op::Move(spec), inputs, shape)
    }

    /// Returns the shape that an integer operator gives for these values.
    pub(crate) fn inferred(
        &self,
        spec: &OpSpec,
        inputs: &[ValueId],
    ) -> Result<Vec<usize>, ImportError> {
        let types: Vec<TensorSpec> = inputs
            .iter()
            .map(|&id| TensorSpec::int8(self.graph.shape(id)))
            .collect();
        let types: Vec<&TensorSpec> = types.iter().collect();
        let tensor = spec.infer(&types).map_err(|reason| self.bad(reason))?;
        tensor.check().map_err(|reason| self.bad(reason))?;
        Ok(tensor.shape)
    }

    /// Returns an error that names this node.
    pub(crate) fn bad(&self, reason: String) -> ImportError {
        ImportError::BadNode {
            node: node_name(self.proto),
            operator: shorten(&self.proto.op_type),
            reason,
        }
    }
}

/// Returns the name of the reciprocal that a quotient is a product with. A control character keeps it apart from all
/// names of well-meant files.
pub(super) fn reciprocal_name(output: &str) -> String {
    format!("{output}\u{1}reciprocal")
}

/// Returns the node's name, or its first output's for a node without one.
pub(super) fn node_name(proto: &NodeProto) -> String {
    let name = if proto.name.is_empty() {
        proto.output.first().map_or("", String::as_str)
    } else {
        &proto.name
    };
    shorten(name)
}
