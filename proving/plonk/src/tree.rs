//! Merkle trees with Plonky2's digests, over leaves that lie in columns.

use assay_kernels::Path;
use plonky2::field::types::{Field, Field64, PrimeField64};
use plonky2::hash::hashing::PlonkyPermutation;
use plonky2::hash::merkle_proofs::MerkleProof;
use plonky2::hash::merkle_tree::MerkleCap;
use plonky2::plonk::config::Hasher;
use rayon::prelude::*;

use crate::columns::Columns;
use crate::field::F;

/// A hasher that makes many digests at once. What is not overridden is done by the [`Hasher`], one by one.
///
/// Words of leaves stand for themselves modulo the field's order and need not be canonical.
pub trait TreeHasher: Hasher<F> {
    /// Returns the digest of each leaf: leaf `i` is `columns[0][i], columns[1][i], ...`, and all columns have the same
    /// length. The digests are those of [`Hasher::hash_or_noop`].
    fn hash_leaves(_path: Path, columns: &[&[u64]]) -> Vec<Self::Hash> {
        let leaves = columns.first().map_or(0, |column| column.len());
        let hash = |leaf: usize| {
            let words: Vec<F> = columns
                .iter()
                .map(|column| F::from_noncanonical_u64(column[leaf]))
                .collect();
            Self::hash_or_noop(&words)
        };
        (0..leaves).into_par_iter().map(hash).collect()
    }

    /// Returns the digest of each pair, as [`Hasher::two_to_one`] does: pair `i` is `digests[2 i], digests[2 i + 1]`.
    fn compress_pairs(_path: Path, digests: &[Self::Hash]) -> Vec<Self::Hash> {
        let pairs = digests.par_chunks_exact(2);
        pairs
            .map(|pair| Self::two_to_one(pair[0], pair[1]))
            .collect()
    }

    /// Returns the smallest nonce that, set as element `position` of the state, gives after the permutation a last
    /// squeezed element with at least `leading_zeros` zero bits in front; `None` if no field element does.
    fn grind(
        _path: Path,
        state: &Self::Permutation,
        position: usize,
        leading_zeros: u32,
    ) -> Option<u64> {
        const WAVE: u64 = 1 << 12;
        let good = |nonce: &u64| {
            let mut state = *state;
            state.set_elt(F::from_canonical_u64(*nonce), position);
            state.permute();
            let answer = state.squeeze().last().copied();
            answer.is_some_and(|word| word.to_canonical_u64().leading_zeros() >= leading_zeros)
        };
        let order = F::ORDER;
        // Waves, so that the smallest nonce is found without a search far beyond it.
        (0..order.div_ceil(WAVE)).find_map(|wave| {
            let nonces = wave * WAVE..order.min((wave + 1).saturating_mul(WAVE));
            nonces.into_par_iter().find_first(good)
        })
    }
}

/// A tree without its leaves: digests by level, the leaves' first, the cap last.
#[derive(Clone, Debug)]
pub(crate) struct Tree<H: Hasher<F>> {
    levels: Vec<Vec<H::Hash>>,
}

impl<H: TreeHasher> Tree<H> {
    /// Builds the tree with `2^cap_height` digests in its cap. The leaves are a power of two in number, and no fewer.
    pub(crate) fn new(path: Path, leaves: &Columns, cap_height: usize) -> Self {
        let columns: Vec<&[u64]> = leaves.all().iter().map(Vec::as_slice).collect();
        let mut levels = vec![H::hash_leaves(path, &columns)];
        while let Some(level) = levels.last()
            && level.len() > 1 << cap_height
        {
            levels.push(H::compress_pairs(path, level));
        }
        Self { levels }
    }

    pub(crate) fn cap(&self) -> MerkleCap<F, H> {
        MerkleCap(self.levels.last().cloned().unwrap_or_default())
    }

    /// Returns the siblings on the way from a leaf to the cap.
    pub(crate) fn prove(&self, leaf: usize) -> MerkleProof<F, H> {
        let below = &self.levels[..self.levels.len() - 1];
        let siblings = below
            .iter()
            .enumerate()
            .map(|(height, level)| level[(leaf >> height) ^ 1]);
        MerkleProof {
            siblings: siblings.collect(),
        }
    }
}
