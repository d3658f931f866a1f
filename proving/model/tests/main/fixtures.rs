//! Example files, and ONNX files made in memory.

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

/// A labeled digit, its pixels from 0 to 1 as the models take them.
pub struct Digit {
    pub pixels: Vec<f32>,
    pub label: u32,
}

/// Reads a file of the example.
pub fn example(name: &str) -> Vec<u8> {
    let path = format!("{}/../../examples/mnist/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Reads a digit file as examples/mnist/README.md describes it.
pub fn digits(name: &str) -> Vec<Digit> {
    let bytes = example(name);
    assert_eq!(&bytes[..8], b"ASYDIGIT");
    let count = u32::from_le_bytes(bytes[8..12].try_into().unwrap()) as usize;
    let records = bytes[16..].chunks_exact(785);
    assert_eq!((records.len(), records.remainder().len()), (count, 0));
    records
        .map(|record| Digit {
            pixels: record[..784]
                .iter()
                .map(|&pixel| f32::from(pixel) / 255.0)
                .collect(),
            label: record[784].into(),
        })
        .collect()
}

/// Returns the pixels of the calibration digits.
pub fn calibration() -> Vec<Vec<f32>> {
    digits("calibration.bin")
        .into_iter()
        .map(|digit| digit.pixels)
        .collect()
}

pub fn floats(name: &str, dims: &[i64], values: &[f32]) -> TensorProto {
    TensorProto {
        name: name.into(),
        dims: dims.to_vec(),
        data_type: DataType::Float as i32,
        float_data: values.to_vec(),
        ..Default::default()
    }
}

pub fn ints(name: &str, values: &[i64]) -> TensorProto {
    TensorProto {
        name: name.into(),
        dims: vec![i64::try_from(values.len()).unwrap()],
        data_type: DataType::Int64 as i32,
        int64_data: values.to_vec(),
        ..Default::default()
    }
}

pub fn bools(name: &str, dims: &[i64], values: &[bool]) -> TensorProto {
    TensorProto {
        name: name.into(),
        dims: dims.to_vec(),
        data_type: DataType::Bool as i32,
        int32_data: values.iter().map(|&value| value.into()).collect(),
        ..Default::default()
    }
}

pub fn node(op: &str, inputs: &[&str], output: &str) -> NodeProto {
    NodeProto {
        op_type: op.into(),
        name: format!("{}_of_{output}", op.to_lowercase()),
        input: inputs.iter().map(|&name| name.into()).collect(),
        output: vec![output.into()],
        ..Default::default()
    }
}

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
pub fn random(name: &str, dims: &[i64]) -> TensorProto {
    let count = usize::try_from(dims.iter().product::<i64>()).unwrap();
    let seed = name.bytes().map(u64::from).sum();
    floats(name, dims, &noise(seed, count))
}

/// Returns a float value of this shape; -1 is a free dimension.
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

/// Writes the file; also into the folder that `ASSAY_SEEDS` names, from which the fuzzer's seeds are picked.
pub fn bytes(model: &ModelProto) -> Vec<u8> {
    let bytes = model.encode_to_vec();
    if let Some(folder) = std::env::var_os("ASSAY_SEEDS") {
        let name = String::from(assay_model::card::FileDigest::of(&bytes));
        let path = std::path::Path::new(&folder).join(format!("{}.onnx", &name[..16]));
        std::fs::write(&path, &bytes).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    }
    bytes
}
