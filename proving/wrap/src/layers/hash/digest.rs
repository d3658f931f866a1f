//! The hash type of the 4-ary trees, and its encodings as bytes, JSON and Goldilocks words.

use ark_bn254::Fr;
use ark_ff::{BigInt, BigInteger, Field, PrimeField, Zero};
use plonky2::field::goldilocks_field::GoldilocksField;
use plonky2::field::types::{Field as _, Field64};
use plonky2::plonk::config::GenericHashOut;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Goldilocks words that one element becomes in the transcript: two packed cells.
pub const DIGEST_WORDS: usize = 6;

const ELEMENT_BYTES: usize = 32;
/// One tag byte and room for two elements.
pub(super) const HASH_BYTES: usize = 1 + 2 * ELEMENT_BYTES;
const ONE_TAG: u8 = 1;
const TWO_TAG: u8 = 2;

/// A node of a 4-ary Merkle tree seen through Plonky2's binary interface: a hash, or two hashes that wait for the
/// other two.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum MerkleHash {
    /// A hash.
    One(Fr),
    /// Two hashes side by side, half of a node's children.
    Two(Fr, Fr),
}

impl MerkleHash {
    /// Returns the one or two elements.
    pub fn elements(&self) -> impl Iterator<Item = Fr> + use<> {
        let (first, second) = match *self {
            Self::One(first) => (first, None),
            Self::Two(first, second) => (first, Some(second)),
        };
        std::iter::once(first).chain(second)
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let (&tag, elements) = bytes.split_first()?;
        let (first, second) = elements.split_at_checked(ELEMENT_BYTES)?;
        let first = element_from_bytes(first)?;
        match tag {
            ONE_TAG if second.iter().all(|&byte| byte == 0) => Some(Self::One(first)),
            TWO_TAG => Some(Self::Two(first, element_from_bytes(second)?)),
            _ => None,
        }
    }
}

fn element_from_bytes(bytes: &[u8]) -> Option<Fr> {
    let bytes: &[u8; ELEMENT_BYTES] = bytes.try_into().ok()?;
    let mut limbs = [0u64; 4];
    for (limb, chunk) in limbs.iter_mut().zip(bytes.chunks_exact(8)) {
        *limb = u64::from_le_bytes(chunk.try_into().expect("chunks of eight"));
    }
    Fr::from_bigint(BigInt::new(limbs))
}

/// Returns the six words of an element; see the module documentation for the rule.
fn element_to_words(element: Fr) -> [GoldilocksField; DIGEST_WORDS] {
    let step = Fr::from(2u64).pow([256]);
    let mut rest = element;
    // Each round succeeds but for a chance of 2^-30.
    for carry in 0u64.. {
        let [low, middle, high, top] = rest.into_bigint().0;
        if [low, middle, high]
            .iter()
            .all(|&limb| limb < GoldilocksField::ORDER)
        {
            return [low, middle, high, top, carry, 0].map(GoldilocksField::from_canonical_u64);
        }
        rest -= step;
    }
    unreachable!("some representative has canonical limbs")
}

impl GenericHashOut<GoldilocksField> for MerkleHash {
    fn to_bytes(&self) -> Vec<u8> {
        let (tag, second) = match *self {
            Self::One(_) => (ONE_TAG, Fr::zero()),
            Self::Two(_, second) => (TWO_TAG, second),
        };
        let first = self.elements().next().expect("there is a first element");
        let mut bytes = vec![tag];
        bytes.extend(first.into_bigint().to_bytes_le());
        bytes.extend(second.into_bigint().to_bytes_le());
        bytes
    }

    /// # Panics
    /// On bytes that `to_bytes` does not make: the trait leaves no room for an error. Bytes from outside are parsed
    /// as JSON, which has one.
    fn from_bytes(bytes: &[u8]) -> Self {
        Self::parse(bytes).expect("bytes of a hash")
    }

    fn to_vec(&self) -> Vec<GoldilocksField> {
        self.elements().flat_map(element_to_words).collect()
    }
}

/// JSON: a list of one or two 0x-prefixed 32-byte big-endian numbers.
impl Serialize for MerkleHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let hex = |element: Fr| {
            let bytes = element.into_bigint().to_bytes_be();
            let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("0x{digits}")
        };
        serializer.collect_seq(self.elements().map(hex))
    }
}

impl<'de> Deserialize<'de> for MerkleHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let parse = |text: &String| {
            let digits = text
                .strip_prefix("0x")
                .filter(|digits| digits.len() == 64)?;
            if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                return None;
            }
            let mut limbs = [0u64; 4];
            for (index, limb) in limbs.iter_mut().enumerate() {
                let start = 48 - 16 * index;
                *limb = u64::from_str_radix(&digits[start..start + 16], 16).ok()?;
            }
            Fr::from_bigint(BigInt::new(limbs))
        };
        let texts = Vec::<String>::deserialize(deserializer)?;
        let elements: Option<Vec<Fr>> = texts.iter().map(parse).collect();
        match elements.as_deref() {
            Some(&[first]) => Ok(Self::One(first)),
            Some(&[first, second]) => Ok(Self::Two(first, second)),
            Some(_) => Err(D::Error::custom(format!(
                "expected one or two hashes, got {}",
                texts.len()
            ))),
            None => Err(D::Error::custom(
                "expected 32-byte hexadecimal numbers below the field order",
            )),
        }
    }
}
