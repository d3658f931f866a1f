//! The seal: a Groth16 proof as the 256 bytes that the Solidity verifier takes.

use ark_bn254::Bn254;
use ark_ec::AffineRepr;
use ark_groth16::Proof;

use assay_statement::SEAL_BYTES;

use super::points::{self, PointError, WORD_BYTES};

/// A proof whose points are canonical, finite, on their curves and in the right subgroup.
#[derive(Clone, Debug, PartialEq)]
pub struct Seal {
    proof: Proof<Bn254>,
}

/// Why bytes are not a seal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The length is wrong.
    #[error("a proof has {expected} bytes, got {got}")]
    Length {
        /// The length of every seal.
        expected: usize,
        /// The length of these bytes.
        got: usize,
    },
    /// A point of the proof is not acceptable.
    #[error("malformed proof: {0}")]
    Point(#[from] PointError),
}

impl Seal {
    /// Reads and checks 256 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SealError> {
        let (words, rest) = bytes.as_chunks::<WORD_BYTES>();
        let &[a_x, a_y, b_x1, b_x0, b_y1, b_y0, c_x, c_y] = words else {
            return Err(length_error(bytes));
        };
        if !rest.is_empty() {
            return Err(length_error(bytes));
        }
        let proof = Proof {
            a: points::g1_from_words("A", &[a_x, a_y])?,
            b: points::g2_from_words("B", &[b_x1, b_x0, b_y1, b_y0])?,
            c: points::g1_from_words("C", &[c_x, c_y])?,
        };
        Ok(Self { proof })
    }

    /// The bytes: A.x, A.y, B.x.c1, B.x.c0, B.y.c1, B.y.c0, C.x, C.y as big-endian words.
    pub fn to_bytes(&self) -> [u8; SEAL_BYTES] {
        let [a_x, a_y] = points::g1_to_words(&self.proof.a);
        let [b_x1, b_x0, b_y1, b_y0] = points::g2_to_words(&self.proof.b);
        let [c_x, c_y] = points::g1_to_words(&self.proof.c);
        let words = [a_x, a_y, b_x1, b_x0, b_y1, b_y0, c_x, c_y];
        let mut bytes = [0u8; SEAL_BYTES];
        bytes.copy_from_slice(words.as_flattened());
        bytes
    }

    /// The proof as `ark-groth16` takes it.
    pub(super) fn proof(&self) -> &Proof<Bn254> {
        &self.proof
    }
}

fn length_error(bytes: &[u8]) -> SealError {
    SealError::Length {
        expected: SEAL_BYTES,
        got: bytes.len(),
    }
}

impl TryFrom<Proof<Bn254>> for Seal {
    type Error = SealError;

    /// Refuses a point at infinity, which the verifiers refuse too.
    fn try_from(proof: Proof<Bn254>) -> Result<Self, SealError> {
        let points = [
            ("A", proof.a.is_zero()),
            ("B", proof.b.is_zero()),
            ("C", proof.c.is_zero()),
        ];
        match points.into_iter().find(|(_, is_infinity)| *is_infinity) {
            Some((point, _)) => Err(PointError::Infinity { point }.into()),
            None => Ok(Self { proof }),
        }
    }
}
