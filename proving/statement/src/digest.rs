//! Four Goldilocks elements that name something, and their `bytes32` form.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{MODULUS, StatementError};

/// Four canonical Goldilocks limbs.
///
/// As `bytes32` it is the big-endian integer whose least significant 64 bits are limb 0. Text and serde
/// use that form as `0x` and 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest([u64; 4]);

impl Digest {
    /// The digest of four zero limbs.
    pub const ZERO: Self = Self([0; 4]);

    /// Takes four limbs, least significant first, each below the modulus.
    pub fn new(limbs: [u64; 4]) -> Result<Self, StatementError> {
        match limbs.iter().position(|&limb| limb >= MODULUS) {
            Some(limb) => Err(StatementError::NonCanonicalLimb {
                limb,
                got: limbs[limb],
            }),
            None => Ok(Self(limbs)),
        }
    }

    /// Returns the limbs, least significant first.
    #[must_use]
    pub const fn limbs(&self) -> [u64; 4] {
        self.0
    }

    /// Returns the `bytes32` form.
    #[must_use]
    pub fn to_bytes32(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        for (chunk, limb) in bytes.rchunks_exact_mut(8).zip(self.0) {
            chunk.copy_from_slice(&limb.to_be_bytes());
        }
        bytes
    }

    /// Reads the `bytes32` form; refuses limbs that are not below the modulus.
    pub fn from_bytes32(bytes: &[u8; 32]) -> Result<Self, StatementError> {
        Self::new(limbs_of(bytes))
    }
}

/// Splits 32 big-endian bytes into four limbs, least significant first.
pub(crate) fn limbs_of(bytes: &[u8; 32]) -> [u64; 4] {
    let mut limbs = [0; 4];
    for (limb, chunk) in limbs.iter_mut().zip(bytes.rchunks_exact(8)) {
        *limb = chunk
            .iter()
            .fold(0, |word, &byte| (word << 8) | u64::from(byte));
    }
    limbs
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{}", hex::encode(self.to_bytes32()))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Digest {
    type Err = StatementError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; 32];
        text.strip_prefix("0x")
            .and_then(|digits| hex::decode_to_slice(digits, &mut bytes).ok())
            .ok_or_else(|| StatementError::NotBytes32 {
                got: text.chars().take(80).collect(),
            })?;
        Self::from_bytes32(&bytes)
    }
}

impl TryFrom<String> for Digest {
    type Error = StatementError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}
