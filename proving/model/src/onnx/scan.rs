//! A walk over the protobuf structure that bounds what decoding may allocate.
//!
//! The decoder turns every field into a structure, however small it is in the file, and follows every nested
//! message. The walk counts the fields and refuses the nesting that no supported model has, so that memory
//! is bounded by [`MAX_FIELDS`] and the file's size before the decoder sees a byte.

use super::error::ImportError;
use super::limits::MAX_FIELDS;

/// Messages that are walked; all others are leaves.
#[derive(Clone, Copy)]
enum Message {
    Model,
    Graph,
    Node,
    Attribute,
    Tensor,
    ValueInfo,
    Type,
    TensorType,
    Shape,
    Leaf,
}

/// What a length-delimited field holds.
enum Field {
    Nested(Message),
    Bytes,
    Refused(&'static str, &'static str),
}

const INLINE: &str = "export the model without it";

impl Message {
    /// The field numbers of onnx.proto3 (IR version 11).
    fn field(self, number: u64) -> Field {
        match (self, number) {
            (Self::Model, 7) => Field::Nested(Self::Graph),
            (Self::Model, 8 | 14) | (Self::Tensor, 3 | 13) => Field::Nested(Self::Leaf),
            (Self::Model, 20) => Field::Refused("training information", INLINE),
            (Self::Model, 25) => Field::Refused("local functions", "inline them when exporting"),
            (Self::Graph, 1) => Field::Nested(Self::Node),
            (Self::Graph, 5) => Field::Nested(Self::Tensor),
            (Self::Graph, 11..=13) => Field::Nested(Self::ValueInfo),
            (Self::Graph, 14) => {
                Field::Refused("quantization annotations", "export the float model")
            }
            (Self::Graph, 15) | (Self::Attribute, 22 | 23) => {
                Field::Refused("sparse tensors", "store dense tensors")
            }
            (Self::Node, 5) => Field::Nested(Self::Attribute),
            (Self::Attribute, 5) => Field::Nested(Self::Tensor),
            (Self::Attribute, 6 | 11) => {
                Field::Refused("subgraphs (If, Loop, Scan)", "unroll the control flow")
            }
            (Self::Attribute, 10 | 14 | 15) => {
                Field::Refused("lists of tensors or types as attributes", INLINE)
            }
            (Self::ValueInfo, 2) => Field::Nested(Self::Type),
            (Self::Type, 1) => Field::Nested(Self::TensorType),
            (Self::TensorType, 2) => Field::Nested(Self::Shape),
            (Self::Shape, 1) => Field::Nested(Self::Leaf),
            _ => Field::Bytes,
        }
    }
}

/// Refuses bytes that are not well-formed protobuf, hold too many fields or nest what is not supported.
pub(super) fn scan(bytes: &[u8]) -> Result<(), ImportError> {
    let mut fields = 0;
    walk(Message::Model, bytes, &mut fields)
}

/// Walks one message. The nesting above has no cycle, so the recursion is at most six deep.
fn walk(message: Message, mut bytes: &[u8], fields: &mut usize) -> Result<(), ImportError> {
    while !bytes.is_empty() {
        *fields += 1;
        if *fields > MAX_FIELDS {
            return Err(ImportError::OverLimit {
                what: "protobuf fields",
                limit: MAX_FIELDS,
                got: *fields,
            });
        }
        let key = varint(&mut bytes)?;
        match key & 7 {
            0 => {
                varint(&mut bytes)?;
            }
            1 => {
                take(&mut bytes, 8)?;
            }
            5 => {
                take(&mut bytes, 4)?;
            }
            2 => {
                let length = varint(&mut bytes)?;
                let content = take(&mut bytes, length)?;
                match message.field(key >> 3) {
                    Field::Nested(nested) => walk(nested, content, fields)?,
                    Field::Bytes => {}
                    Field::Refused(what, advice) => {
                        return Err(ImportError::UnsupportedFeature {
                            what: what.to_owned(),
                            advice,
                        });
                    }
                }
            }
            wire_type => return Err(not_onnx(&format!("field of wire type {wire_type}"))),
        }
    }
    Ok(())
}

fn varint(bytes: &mut &[u8]) -> Result<u64, ImportError> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes
            .split_first()
            .ok_or_else(|| not_onnx("the file ends within a number"))?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err(not_onnx("a number is longer than ten bytes"))
}

fn take<'a>(bytes: &mut &'a [u8], length: u64) -> Result<&'a [u8], ImportError> {
    let cut = usize::try_from(length)
        .ok()
        .and_then(|length| bytes.split_at_checked(length));
    let (content, rest) = cut.ok_or_else(|| {
        not_onnx(&format!(
            "a field claims {length} bytes, but {} are left",
            bytes.len()
        ))
    })?;
    *bytes = rest;
    Ok(content)
}

fn not_onnx(reason: &str) -> ImportError {
    ImportError::NotOnnx {
        reason: reason.to_owned(),
    }
}
