//! Solidity's ABI encoding, as far as the market's calls, events and errors need it.

use assay_market::Address;
use tiny_keccak::{Hasher, Keccak};

/// A value and how it is encoded.
#[derive(Debug, Clone)]
pub enum Value {
    /// One word: numbers, addresses, flags and 32-byte words.
    Word([u8; 32]),
    /// `bytes` and `string`.
    Bytes(Vec<u8>),
    /// Structs and arrays of a fixed length.
    Tuple(Vec<Value>),
    /// Arrays of any length.
    List(Vec<Value>),
}

pub fn number(number: impl Into<u128>) -> Value {
    let mut word = [0; 32];
    word[16..].copy_from_slice(&number.into().to_be_bytes());
    Value::Word(word)
}

pub fn address(address: Address) -> Value {
    let mut word = [0; 32];
    word[12..].copy_from_slice(&address.0);
    Value::Word(word)
}

pub fn word(word: [u8; 32]) -> Value {
    Value::Word(word)
}

impl Value {
    fn is_dynamic(&self) -> bool {
        match self {
            Self::Word(_) => false,
            Self::Bytes(_) | Self::List(_) => true,
            Self::Tuple(values) => values.iter().any(Self::is_dynamic),
        }
    }

    /// Bytes in the head of what contains the value.
    fn head_size(&self) -> usize {
        match self {
            Self::Tuple(values) if !self.is_dynamic() => values.iter().map(Self::head_size).sum(),
            _ => 32,
        }
    }

    fn write(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Word(word) => bytes.extend(word),
            Self::Bytes(content) => {
                write_length(content.len(), bytes);
                bytes.extend(content);
                bytes.resize(bytes.len().next_multiple_of(32), 0);
            }
            Self::Tuple(values) => write_all(values, bytes),
            Self::List(values) => {
                write_length(values.len(), bytes);
                write_all(values, bytes);
            }
        }
    }
}

/// Heads one after the other, then what they point to.
fn write_all(values: &[Value], bytes: &mut Vec<u8>) {
    let start = bytes.len();
    let heads: usize = values.iter().map(Value::head_size).sum();
    let mut tails = Vec::new();
    for value in values {
        if value.is_dynamic() {
            write_length(heads + tails.len(), bytes);
            value.write(&mut tails);
        } else {
            value.write(bytes);
        }
    }
    assert_eq!(bytes.len() - start, heads, "heads have the size they say");
    bytes.extend(tails);
}

fn write_length(length: usize, bytes: &mut Vec<u8>) {
    bytes.extend([0; 24]);
    bytes.extend((length as u64).to_be_bytes());
}

/// `abi.encode(values...)`.
pub fn encode(values: &[Value]) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_all(values, &mut bytes);
    bytes
}

/// A call, or the data of an error: the selector, and the encoded arguments.
pub fn encode_call(signature: &str, values: &[Value]) -> Vec<u8> {
    let mut bytes = keccak256(signature.as_bytes())[..4].to_vec();
    write_all(values, &mut bytes);
    bytes
}

pub fn keccak256(bytes: &[u8]) -> [u8; 32] {
    let mut digest = [0; 32];
    let mut keccak = Keccak::v256();
    keccak.update(bytes);
    keccak.finalize(&mut digest);
    digest
}
