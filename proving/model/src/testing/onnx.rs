//! ONNX files made in memory.

use std::path::Path;

use prost::Message;
use tract_onnx::pb::attribute_proto::AttributeType;
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::tensor_shape_proto::Dimension;
use tract_onnx::pb::tensor_shape_proto::dimension::Value as DimensionValue;
use tract_onnx::pb::type_proto::{Tensor as TensorType, Value as TypeValue};
use tract_onnx::pb::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto,
    TensorShapeProto, TypeProto, ValueInfoProto,
};

use crate::card::FileDigest;

/// Returns a constant of floats.
#[must_use]
pub fn floats(name: &str, dims: &[i64], values: &[f32]) -> TensorProto {
    TensorProto {
        name: name.into(),
        dims: dims.to_vec(),
        data_type: DataType::Float as i32,
        float_data: values.to_vec(),
        ..Default::default()
    }
}

/// Returns a list of 64-bit integers.
#[must_use]
pub fn ints(name: &str, values: &[i64]) -> TensorProto {
    TensorProto {
        name: name.into(),
        dims: vec![values.len() as i64],
        data_type: DataType::Int64 as i32,
        int64_data: values.to_vec(),
        ..Default::default()
    }
}

/// Returns a constant of truth values.
#[must_use]
pub fn bools(name: &str, dims: &[i64], values: &[bool]) -> TensorProto {
    TensorProto {
        name: name.into(),
        dims: dims.to_vec(),
        data_type: DataType::Bool as i32,
        int32_data: values.iter().map(|&value| value.into()).collect(),
        ..Default::default()
    }
}

/// Returns a node with one output, named after both.
#[must_use]
pub fn node(op: &str, inputs: &[&str], output: &str) -> NodeProto {
    NodeProto {
        op_type: op.into(),
        name: format!("{}_of_{output}", op.to_lowercase()),
        input: inputs.iter().map(|&name| name.into()).collect(),
        output: vec![output.into()],
        ..Default::default()
    }
}

/// Adds an integer attribute.
#[must_use]
pub fn int(mut node: NodeProto, name: &str, value: i64) -> NodeProto {
    let r#type = AttributeType::Int as i32;
    node.attribute.push(AttributeProto {
        name: name.into(),
        r#type,
        i: value,
        ..Default::default()
    });
    node
}

/// Adds a float attribute.
#[must_use]
pub fn float(mut node: NodeProto, name: &str, value: f32) -> NodeProto {
    let r#type = AttributeType::Float as i32;
    node.attribute.push(AttributeProto {
        name: name.into(),
        r#type,
        f: value,
        ..Default::default()
    });
    node
}

/// Adds an attribute of integers.
#[must_use]
pub fn int_list(mut node: NodeProto, name: &str, values: &[i64]) -> NodeProto {
    let r#type = AttributeType::Ints as i32;
    node.attribute.push(AttributeProto {
        name: name.into(),
        r#type,
        ints: values.to_vec(),
        ..Default::default()
    });
    node
}

/// Adds a text attribute.
#[must_use]
pub fn text(mut node: NodeProto, name: &str, value: &str) -> NodeProto {
    let r#type = AttributeType::String as i32;
    node.attribute.push(AttributeProto {
        name: name.into(),
        r#type,
        s: value.as_bytes().to_vec(),
        ..Default::default()
    });
    node
}

/// Returns numbers between -1 and 1 that look random and are always the same.
#[must_use]
pub fn noise(seed: u64, count: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

/// Returns a constant of noise.
#[must_use]
pub fn random(name: &str, dims: &[i64]) -> TensorProto {
    let count = dims.iter().product::<i64>().unsigned_abs() as usize;
    let seed = name.bytes().map(u64::from).sum();
    floats(name, dims, &noise(seed, count))
}

/// Returns a float value of this shape; -1 is a free dimension.
#[must_use]
pub fn value(name: &str, dims: &[i64]) -> ValueInfoProto {
    let dim = dims
        .iter()
        .map(|&size| Dimension {
            value: Some(if size < 0 {
                DimensionValue::DimParam("N".into())
            } else {
                DimensionValue::DimValue(size)
            }),
            ..Default::default()
        })
        .collect();
    let tensor = TensorType {
        elem_type: DataType::Float as i32,
        shape: Some(TensorShapeProto { dim }),
    };
    ValueInfoProto {
        name: name.into(),
        r#type: Some(TypeProto {
            value: Some(TypeValue::TensorType(tensor)),
            ..Default::default()
        }),
        ..Default::default()
    }
}

/// Returns a model from `x` of this shape to `y`.
#[must_use]
pub fn model(input: &[i64], nodes: Vec<NodeProto>, initializer: Vec<TensorProto>) -> ModelProto {
    ModelProto {
        ir_version: 8,
        opset_import: vec![OperatorSetIdProto {
            domain: String::new(),
            version: 13,
        }],
        graph: Some(GraphProto {
            name: "g".into(),
            node: nodes,
            initializer,
            input: vec![value("x", input)],
            output: vec![ValueInfoProto {
                name: "y".into(),
                ..Default::default()
            }],
            ..Default::default()
        }),
        ..Default::default()
    }
}

/// Returns the file; also writes it into the folder that `ASSAY_SEEDS` names, from which the fuzzer's seeds are picked.
///
/// # Panics
/// If the folder cannot be written.
#[must_use]
pub fn bytes(model: &ModelProto) -> Vec<u8> {
    let bytes = model.encode_to_vec();
    if let Some(folder) = std::env::var_os("ASSAY_SEEDS") {
        let name = String::from(FileDigest::of(&bytes));
        let path = Path::new(&folder).join(format!("{}.onnx", &name[..16]));
        std::fs::write(&path, &bytes).expect("the folder for seeds takes files");
    }
    bytes
}
