//! Plonky2's Poseidon in the kernels.

use std::sync::LazyLock;

use assay_kernels::Path;
use assay_kernels::goldilocks::poseidon::{Digest, Poseidon, PoseidonConstants};
use plonky2::field::types::{Field, PrimeField64};
use plonky2::hash::hash_types::HashOut;
use plonky2::hash::poseidon::{ALL_ROUND_CONSTANTS, Poseidon as Constants, PoseidonHash};

use crate::field::F;
use crate::tree::TreeHasher;

static POSEIDON: LazyLock<Poseidon> = LazyLock::new(|| {
    let constants = PoseidonConstants {
        rounds: ALL_ROUND_CONSTANTS,
        circulant: <F as Constants>::MDS_MATRIX_CIRC,
        diagonal: <F as Constants>::MDS_MATRIX_DIAG,
        partial_first: <F as Constants>::FAST_PARTIAL_FIRST_ROUND_CONSTANT,
        partial: <F as Constants>::FAST_PARTIAL_ROUND_CONSTANTS,
    };
    Poseidon::new(&constants).expect("the kernels are made for Plonky2's constants")
});

impl TreeHasher for PoseidonHash {
    fn hash_leaves(path: Path, columns: &[&[u64]]) -> Vec<HashOut<F>> {
        let digests = POSEIDON.hash_columns(path, columns);
        from_digests(digests.expect("columns of a table have the same length"))
    }

    fn compress_pairs(path: Path, digests: &[HashOut<F>]) -> Vec<HashOut<F>> {
        let digests: Vec<Digest> = digests
            .iter()
            .map(|digest| digest.elements.map(|word| word.0))
            .collect();
        from_digests(POSEIDON.compress_pairs(path, &digests))
    }

    fn grind(
        path: Path,
        state: &Self::Permutation,
        position: usize,
        leading_zeros: u32,
    ) -> Option<u64> {
        let words: Vec<u64> = state
            .as_ref()
            .iter()
            .map(PrimeField64::to_canonical_u64)
            .collect();
        POSEIDON.grind(
            path,
            words.as_slice().try_into().ok()?,
            position,
            leading_zeros,
        )
    }
}

fn from_digests(digests: Vec<Digest>) -> Vec<HashOut<F>> {
    let hash = |digest: Digest| HashOut::from(digest.map(F::from_noncanonical_u64));
    digests.into_iter().map(hash).collect()
}
