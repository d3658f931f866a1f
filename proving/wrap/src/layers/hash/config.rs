//! The hasher and the proof configuration of L2.

use plonky2::field::extension::quadratic::QuadraticExtension;
use plonky2::field::goldilocks_field::GoldilocksField;
use plonky2::hash::poseidon::PoseidonHash;
use plonky2::plonk::config::{GenericConfig, Hasher};

use super::digest::{HASH_BYTES, MerkleHash};
use super::sponge::{compress, hash_leaf, hash_mismatch};
use super::transcript::TranscriptPermutation;

/// Merkle trees and transcript over the scalar field of BN254.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Bn254Hasher;

impl Hasher<GoldilocksField> for Bn254Hasher {
    const HASH_SIZE: usize = HASH_BYTES;
    type Hash = MerkleHash;
    type Permutation = TranscriptPermutation;

    fn hash_no_pad(words: &[GoldilocksField]) -> MerkleHash {
        MerkleHash::One(hash_leaf(words))
    }

    /// Always hashes: a leaf passed through as it is could stand for a node.
    fn hash_or_noop(words: &[GoldilocksField]) -> MerkleHash {
        Self::hash_no_pad(words)
    }

    /// Siblings of different heights, which only a malformed proof has, give a hash of both that no tree contains.
    fn two_to_one(left: MerkleHash, right: MerkleHash) -> MerkleHash {
        match (left, right) {
            (MerkleHash::One(a), MerkleHash::One(b)) => MerkleHash::Two(a, b),
            (MerkleHash::Two(a, b), MerkleHash::Two(c, d)) => {
                MerkleHash::One(compress(&[a, b, c, d]))
            }
            _ => MerkleHash::One(hash_mismatch(&left, &right)),
        }
    }
}

/// The configuration of L2: BN254 hashing outside, Goldilocks Poseidon for the public inputs.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct OuterConfig;

impl GenericConfig<2> for OuterConfig {
    type F = GoldilocksField;
    type FE = QuadraticExtension<GoldilocksField>;
    type Hasher = Bn254Hasher;
    type InnerHasher = PoseidonHash;
}
