//! Salts and secrets of commitments.

use std::fmt;

use assay_statement::{Digest, StatementError};
use serde::{Deserialize, Serialize};

/// Clearing the top bit of a limb brings it below the modulus, and leaves 252 random bits.
const LIMB_MASK: u64 = u64::MAX >> 1;

/// Four field elements that hide a committed value, or the secret they come from. Never shown by `Debug`.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Salt(Digest);

impl Salt {
    /// The salt of public values.
    pub const ZERO: Self = Self(Digest::ZERO);

    /// Takes four elements, each below the modulus.
    pub fn new(limbs: [u64; 4]) -> Result<Self, StatementError> {
        Digest::new(limbs).map(Self)
    }

    /// Makes a salt of 32 bytes, which must come from the operating system's generator and be used once.
    #[must_use]
    pub fn from_entropy(bytes: [u8; 32]) -> Self {
        let limb = |i: usize| {
            bytes[8 * i..8 * i + 8]
                .iter()
                .fold(0, |limb, &byte| limb << 8 | u64::from(byte))
        };
        let limbs = std::array::from_fn(|i| limb(i) & LIMB_MASK);
        Self(Digest::new(limbs).expect("63-bit limbs are below the modulus"))
    }

    /// Returns the elements.
    #[must_use]
    pub const fn limbs(&self) -> [u64; 4] {
        self.0.limbs()
    }

    /// Returns true for the salt of public values.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        *self == Self::ZERO
    }
}

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_zero() {
            "Salt(zero)"
        } else {
            "Salt(..)"
        })
    }
}
