//! One ONNX node as an operator's importer sees it.

use std::collections::HashMap;

use tract_onnx::pb::NodeProto;
use tract_onnx::pb::attribute_proto::AttributeType;

use super::error::ImportError;
use super::tensor::{Constant, shorten};

/// A node of a chain: one data input, the rest constants.
pub(crate) struct NodeView<'a> {
    pub(super) proto: &'a NodeProto,
    /// Name of the value that the chain has reached.
    pub(super) data: &'a str,
    /// Its shape.
    pub(super) shape: &'a [usize],
    pub(super) constants: &'a HashMap<&'a str, Constant>,
}

impl<'a> NodeView<'a> {
    /// Returns the shape of the data input.
    pub(crate) fn shape(&self) -> &'a [usize] {
        self.shape
    }

    /// Returns the number of the given inputs (trailing empty names mean absent).
    pub(crate) fn inputs(&self) -> usize {
        self.proto
            .input
            .iter()
            .rposition(|name| !name.is_empty())
            .map_or(0, |last| last + 1)
    }

    /// Checks that there are as many inputs as `expected` and that the first one is the data.
    pub(crate) fn expect_data_first(
        &self,
        expected: std::ops::RangeInclusive<usize>,
    ) -> Result<(), ImportError> {
        self.expect_inputs(expected)?;
        self.expect_data(0)
    }

    /// Checks the number of inputs.
    pub(crate) fn expect_inputs(
        &self,
        expected: std::ops::RangeInclusive<usize>,
    ) -> Result<(), ImportError> {
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

    /// Checks that an input is the value that the chain has reached.
    pub(crate) fn expect_data(&self, index: usize) -> Result<(), ImportError> {
        if self.is_data(index) {
            return Ok(());
        }
        let got = self
            .proto
            .input
            .get(index)
            .map_or("nothing".into(), |name| shorten(name));
        Err(self.bad(format!(
            "input {index} is `{got}`, expected `{}`, the result before it; only chains are supported",
            shorten(self.data)
        )))
    }

    /// Returns whether an input is the value that the chain has reached.
    pub(crate) fn is_data(&self, index: usize) -> bool {
        self.proto
            .input
            .get(index)
            .is_some_and(|name| name == self.data)
    }

    /// Returns the constant float tensor at an input.
    pub(crate) fn floats(&self, index: usize) -> Result<(&'a [usize], &'a [f32]), ImportError> {
        match self.constant(index)? {
            Constant::Float { shape, values } => Ok((shape, values)),
            Constant::Int { .. } => {
                Err(self.bad(format!("input {index} holds integers, expected floats")))
            }
        }
    }

    /// Returns the constant integers at an input.
    pub(crate) fn ints(&self, index: usize) -> Result<&'a [i64], ImportError> {
        match self.constant(index)? {
            Constant::Int { values } => Ok(values),
            Constant::Float { .. } => {
                Err(self.bad(format!("input {index} holds floats, expected integers")))
            }
        }
    }

    fn constant(&self, index: usize) -> Result<&'a Constant, ImportError> {
        let name = self.proto.input.get(index).map_or("", String::as_str);
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
            if self.proto.attribute[..index]
                .iter()
                .any(|other| other.name == attribute.name)
            {
                return Err(self.bad(format!(
                    "attribute `{}` is given twice",
                    shorten(&attribute.name)
                )));
            }
        }
        Ok(())
    }

    /// Returns an integer attribute or its default.
    pub(crate) fn int(&self, name: &str, default: i64) -> Result<i64, ImportError> {
        match self
            .proto
            .attribute
            .iter()
            .find(|attribute| attribute.name == name)
        {
            None => Ok(default),
            Some(attribute) if attribute.r#type == AttributeType::Int as i32 => Ok(attribute.i),
            Some(_) => Err(self.bad(format!("attribute `{name}` is not an integer"))),
        }
    }

    /// Returns a finite float attribute or its default.
    pub(crate) fn float(&self, name: &str, default: f32) -> Result<f32, ImportError> {
        match self
            .proto
            .attribute
            .iter()
            .find(|attribute| attribute.name == name)
        {
            None => Ok(default),
            Some(attribute)
                if attribute.r#type == AttributeType::Float as i32 && attribute.f.is_finite() =>
            {
                Ok(attribute.f)
            }
            Some(_) => Err(self.bad(format!("attribute `{name}` is not a finite float"))),
        }
    }

    /// Returns the axis attribute as an index into the data's dimensions, `extra` more allowed.
    pub(crate) fn axis(&self, default: i64, extra: usize) -> Result<usize, ImportError> {
        let axis = self.int("axis", default)?;
        let rank = self.shape.len();
        let signed_rank = i64::try_from(rank).expect("ranks are limited");
        let index = if axis < 0 {
            axis.checked_add(signed_rank)
        } else {
            Some(axis)
        };
        index
            .and_then(|index| usize::try_from(index).ok())
            .filter(|&index| index < rank + extra)
            .ok_or_else(|| self.bad(format!("axis {axis} of a tensor of rank {rank}")))
    }

    /// Returns the width of the data if it is one row, that is if every dimension but the last is 1.
    pub(crate) fn row(&self) -> Result<usize, ImportError> {
        match self.shape.split_last() {
            Some((&width, batch)) if batch.iter().all(|&size| size == 1) => Ok(width),
            _ => Err(self.bad(format!(
                "takes shape {:?}, expected one row such as [1, n]; flatten first",
                self.shape
            ))),
        }
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

/// Returns the node's name, or its first output's for a node without one.
pub(super) fn node_name(proto: &NodeProto) -> String {
    let name = if proto.name.is_empty() {
        proto.output.first().map_or("", String::as_str)
    } else {
        &proto.name
    };
    shorten(name)
}
