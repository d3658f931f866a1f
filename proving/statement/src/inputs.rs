//! Groth16 inputs: three statement words each, as 256-bit integers.

use crate::digest::limbs_of;

/// A 256-bit unsigned integer as four 64-bit words, least significant first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct U256Words(pub [u64; 4]);

impl U256Words {
    /// Returns the 32-byte big-endian form, as the EVM reads it.
    #[must_use]
    pub fn to_be_bytes(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        for (chunk, word) in bytes.rchunks_exact_mut(8).zip(self.0) {
            chunk.copy_from_slice(&word.to_be_bytes());
        }
        bytes
    }

    /// Reads the 32-byte big-endian form.
    #[must_use]
    pub fn from_be_bytes(bytes: &[u8; 32]) -> Self {
        Self(limbs_of(bytes))
    }
}
