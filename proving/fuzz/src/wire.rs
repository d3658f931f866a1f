//! ONNX files as trees of protobuf fields, without meaning beyond which fields hold messages.

/// Messages that are opened; all others stay bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The file.
    Model,
    /// A named version of operators.
    OperatorSet,
    /// The graph.
    Graph,
    /// One operator of it.
    Node,
    /// An attribute of an operator.
    Attribute,
    /// A constant.
    Tensor,
    /// An input or output.
    ValueInfo,
    /// Its type.
    Type,
    /// Its type as a tensor.
    TensorType,
    /// Its dimensions.
    Shape,
    /// One of them.
    Dimension,
}

/// What a field of bytes holds, as far as changing it well needs to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// A name, an operator, a text.
    Text,
    /// Whole numbers, one after the other.
    Numbers,
    /// Floats of 32 bits.
    Floats,
    /// The elements of a tensor.
    Raw,
}

/// A field: its number and what it holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// The number in onnx.proto.
    pub number: u64,
    /// What it holds.
    pub value: Value,
}

/// What a field holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A whole number.
    Number(u64),
    /// Four bytes, such as a float.
    Word([u8; 4]),
    /// Eight bytes.
    Double([u8; 8]),
    /// Anything of a length.
    Bytes(Vec<u8>),
    /// A message that is opened.
    Message(Kind, Vec<Field>),
}

impl Kind {
    /// Returns the kind of the message that a field of this number holds.
    #[must_use]
    pub fn message(self, number: u64) -> Option<Self> {
        Some(match (self, number) {
            (Self::Model, 7) => Self::Graph,
            (Self::Model, 8) => Self::OperatorSet,
            (Self::Graph, 1) => Self::Node,
            (Self::Graph, 5) | (Self::Attribute, 5) => Self::Tensor,
            (Self::Graph, 11..=13) => Self::ValueInfo,
            (Self::Node, 5) => Self::Attribute,
            (Self::ValueInfo, 2) => Self::Type,
            (Self::Type, 1) => Self::TensorType,
            (Self::TensorType, 2) => Self::Shape,
            (Self::Shape, 1) => Self::Dimension,
            _ => return None,
        })
    }

    /// Returns what the bytes of a field of this number are.
    #[must_use]
    pub fn content(self, number: u64) -> Content {
        match (self, number) {
            (Self::Tensor, 1 | 5 | 7) | (Self::Attribute, 8) => Content::Numbers,
            (Self::Tensor, 4) | (Self::Attribute, 7) => Content::Floats,
            (Self::Tensor, 9) => Content::Raw,
            _ => Content::Text,
        }
    }

    /// Returns whether a number of this field is a dimension or an element of a list, as shapes and windows are.
    #[must_use]
    pub fn is_size(self, number: u64) -> bool {
        matches!(
            (self, number),
            (Self::Tensor | Self::Dimension, 1) | (Self::Attribute, 3 | 8)
        )
    }
}

/// Reads a message of this kind; `None` where the bytes are none. Messages within it that cannot be read stay bytes.
#[must_use]
pub fn parse(kind: Kind, mut bytes: &[u8]) -> Option<Vec<Field>> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let key = take_number(&mut bytes)?;
        let number = key >> 3;
        let value = match key & 7 {
            0 => Value::Number(take_number(&mut bytes)?),
            1 => Value::Double(take(&mut bytes)?),
            5 => Value::Word(take(&mut bytes)?),
            2 => {
                let length = usize::try_from(take_number(&mut bytes)?).ok()?;
                let (content, rest) = bytes.split_at_checked(length)?;
                bytes = rest;
                let inner = kind.message(number);
                let opened = inner.and_then(|kind| Some((kind, parse(kind, content)?)));
                opened.map_or_else(
                    || Value::Bytes(content.to_vec()),
                    |(kind, fields)| Value::Message(kind, fields),
                )
            }
            _ => return None,
        };
        fields.push(Field { number, value });
    }
    Some(fields)
}

/// Writes a message.
#[must_use]
pub fn encode(fields: &[Field]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for Field { number, value } in fields {
        let mut key = |wire: u64| put_number(&mut bytes, number << 3 | wire);
        match value {
            Value::Number(value) => {
                key(0);
                put_number(&mut bytes, *value);
            }
            Value::Double(value) => {
                key(1);
                bytes.extend(value);
            }
            Value::Word(value) => {
                key(5);
                bytes.extend(value);
            }
            Value::Bytes(content) => {
                key(2);
                put_bytes(&mut bytes, content);
            }
            Value::Message(_, fields) => {
                key(2);
                put_bytes(&mut bytes, &encode(fields));
            }
        }
    }
    bytes
}

/// Reads numbers that lie one after the other, to the first that is none.
#[must_use]
pub fn numbers(mut bytes: &[u8]) -> Vec<u64> {
    std::iter::from_fn(|| take_number(&mut bytes)).collect()
}

/// Writes numbers one after the other.
#[must_use]
pub fn packed(numbers: &[u64]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for &number in numbers {
        put_number(&mut bytes, number);
    }
    bytes
}

fn put_bytes(bytes: &mut Vec<u8>, content: &[u8]) {
    put_number(bytes, content.len() as u64);
    bytes.extend(content);
}

fn put_number(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    bytes.push(number.to_le_bytes()[0]);
}

fn take_number(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (&content, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(content)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::Format;
    use crate::seeds::{Seed, Seeds};

    #[test]
    fn every_seed_is_read_and_written_again() {
        for Seed {
            name,
            bytes,
            format,
        } in Seeds::load().unwrap().files()
        {
            if *format != Format::Onnx {
                continue;
            }
            let fields = parse(Kind::Model, bytes).unwrap_or_else(|| panic!("{name}"));
            let graph = fields.iter().find(|field| field.number == 7);
            assert!(
                matches!(graph, Some(Field { value: Value::Message(Kind::Graph, inner), .. }) if !inner.is_empty()),
                "{name}"
            );
            assert_eq!(&encode(&fields), bytes, "{name}");
        }
    }

    #[test]
    fn bytes_that_are_no_message_are_none() {
        for bytes in [&[0xff; 12][..], &[0x3a, 0x05, 0x00], &[0x0f]] {
            assert_eq!(parse(Kind::Model, bytes), None);
        }
        assert_eq!(
            numbers(&packed(&[0, 127, 128, u64::MAX])),
            [0, 127, 128, u64::MAX]
        );
    }
}
