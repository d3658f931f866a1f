//! Constant tensors: initializers and Constant nodes.

use tract_onnx::pb::TensorProto;
use tract_onnx::pb::tensor_proto::{DataLocation, DataType};

use super::error::ImportError;
use super::limits::{MAX_RANK, MAX_TENSOR_ELEMENTS};

/// A constant of the graph.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Constant {
    /// Weights and biases: finite numbers.
    Float {
        /// Dimensions.
        shape: Vec<usize>,
        /// Elements in row-major order.
        values: Vec<f32>,
        /// The steps that the elements are whole numbers of, where the file says so.
        grid: Option<Grid>,
    },
    /// Quantized weights, biases and zero points.
    Quantized {
        /// Dimensions.
        shape: Vec<usize>,
        /// Elements in row-major order.
        lanes: Vec<i32>,
        /// Whether they are bytes without a sign.
        unsigned: bool,
    },
    /// Masks.
    Bool {
        /// Dimensions.
        shape: Vec<usize>,
        /// Elements in row-major order.
        values: Vec<bool>,
    },
    /// Shapes.
    Int {
        /// 0 of a single number, 1 of a list.
        rank: usize,
        /// Elements of a tensor of rank 0 or 1.
        values: Vec<i64>,
    },
}

/// Of which steps a constant's elements are whole numbers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Grid {
    /// The dimension along which steps differ.
    pub axis: usize,
    /// One step for each index of it, or a single one for all.
    pub steps: Vec<f32>,
}

impl Constant {
    /// Reads a tensor; refuses external data, other types, wrong sizes and numbers that are not finite.
    pub(super) fn read(name: &str, proto: &TensorProto) -> Result<Self, ImportError> {
        let bad = |reason: String| ImportError::BadTensor {
            tensor: shorten(name),
            reason,
        };
        if !proto.external_data.is_empty()
            || proto.data_location == Some(DataLocation::External as i32)
        {
            return Err(bad(
                "is stored outside the file; export the model as one file".into(),
            ));
        }
        let shape = shape_of(&proto.dims).map_err(&bad)?;
        let elements: usize = shape.iter().product();
        match DataType::try_from(proto.data_type) {
            Ok(DataType::Float) => {
                let values = if proto.raw_data.is_empty() {
                    proto.float_data.clone()
                } else {
                    fixed(&proto.raw_data, f32::from_le_bytes).map_err(&bad)?
                };
                check_count(values.len(), elements).map_err(&bad)?;
                if let Some(index) = values.iter().position(|value| !value.is_finite()) {
                    return Err(bad(format!(
                        "element {index} is {}, expected finite numbers",
                        values[index]
                    )));
                }
                Ok(Self::Float {
                    shape,
                    values,
                    grid: None,
                })
            }
            Ok(known @ (DataType::Int8 | DataType::Uint8 | DataType::Int32)) => {
                let raw = &proto.raw_data;
                let lanes = match known {
                    _ if raw.is_empty() => proto.int32_data.clone(),
                    DataType::Int8 => raw.iter().map(|&b| b.cast_signed().into()).collect(),
                    DataType::Uint8 => raw.iter().map(|&byte| byte.into()).collect(),
                    _ => fixed(raw, i32::from_le_bytes).map_err(&bad)?,
                };
                check_count(lanes.len(), elements).map_err(&bad)?;
                let range = match known {
                    DataType::Int8 => i8::MIN.into()..=i8::MAX.into(),
                    DataType::Uint8 => 0..=u8::MAX.into(),
                    _ => i32::MIN..=i32::MAX,
                };
                if lanes.iter().any(|lane| !range.contains(lane)) {
                    return Err(bad("holds a number beyond its type".into()));
                }
                Ok(Self::Quantized {
                    shape,
                    lanes,
                    unsigned: known == DataType::Uint8,
                })
            }
            Ok(DataType::Bool) => {
                let values: Vec<bool> = if proto.raw_data.is_empty() {
                    proto.int32_data.iter().map(|&value| value != 0).collect()
                } else {
                    proto.raw_data.iter().map(|&value| value != 0).collect()
                };
                check_count(values.len(), elements).map_err(&bad)?;
                Ok(Self::Bool { shape, values })
            }
            Ok(DataType::Int64) => {
                let values = if proto.raw_data.is_empty() {
                    proto.int64_data.clone()
                } else {
                    fixed(&proto.raw_data, i64::from_le_bytes).map_err(&bad)?
                };
                check_count(values.len(), elements).map_err(&bad)?;
                if shape.len() > 1 {
                    return Err(bad(format!(
                        "integers of rank {}, expected a shape of rank 1",
                        shape.len()
                    )));
                }
                Ok(Self::Int {
                    rank: shape.len(),
                    values,
                })
            }
            Ok(other) => Err(bad(format!(
                "has type {other:?}, expected Float (or Int64 for shapes, Bool for masks)"
            ))),
            Err(_) => Err(bad(format!("has unknown type {}", proto.data_type))),
        }
    }
}

/// Returns checked dimensions: a bounded count of bounded numbers with a bounded product.
pub(super) fn shape_of(dims: &[i64]) -> Result<Vec<usize>, String> {
    if dims.len() > MAX_RANK {
        return Err(format!("rank {}, the limit is {MAX_RANK}", dims.len()));
    }
    let mut elements = 1_usize;
    let mut shape = Vec::with_capacity(dims.len());
    for &dim in dims {
        let size = usize::try_from(dim).ok().filter(|&size| size > 0);
        let size = size.ok_or_else(|| format!("dimension {dim}, expected at least 1"))?;
        elements = elements.saturating_mul(size);
        if elements > MAX_TENSOR_ELEMENTS {
            return Err(format!(
                "shape {dims:?} has more than {MAX_TENSOR_ELEMENTS} elements, which is the limit"
            ));
        }
        shape.push(size);
    }
    Ok(shape)
}

fn fixed<T, const N: usize>(bytes: &[u8], read: fn([u8; N]) -> T) -> Result<Vec<T>, String> {
    let (chunks, rest) = bytes.as_chunks::<N>();
    if !rest.is_empty() {
        return Err(format!(
            "{} bytes of data, expected a multiple of {N}",
            bytes.len()
        ));
    }
    Ok(chunks.iter().map(|&chunk| read(chunk)).collect())
}

fn check_count(got: usize, expected: usize) -> Result<(), String> {
    if got == expected {
        Ok(())
    } else {
        Err(format!(
            "holds {got} elements, its shape asks for {expected}"
        ))
    }
}

/// Returns the start of a name from outside, printable, for use in a message.
pub(super) fn shorten(name: &str) -> String {
    name.chars()
        .take(80)
        .map(|c| if c.is_control() { '?' } else { c })
        .collect()
}
