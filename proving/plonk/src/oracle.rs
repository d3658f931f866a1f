//! Polynomials that are committed to.

use std::borrow::Cow;

use anyhow::Result;
use assay_kernels::Path;
use plonky2::field::types::{Field, PrimeField64};
use plonky2::fri::oracle::PolynomialBatch;
use plonky2::hash::merkle_proofs::MerkleProof;
use plonky2::plonk::config::GenericConfig;

use crate::columns::Columns;
use crate::field::{D, F};
use crate::transforms::Transforms;
use crate::tree::{Tree, TreeHasher};

/// Polynomials of this proof: their coefficients, their values on the code's coset, and the tree over the values.
pub(crate) struct Oracle<H: TreeHasher> {
    pub(crate) coefficients: Columns,
    pub(crate) values: Columns,
    pub(crate) tree: Tree<H>,
}

impl<H: TreeHasher> Oracle<H> {
    pub(crate) fn commit(
        path: Path,
        transforms: &Transforms,
        coefficients: Columns,
        cap_height: usize,
    ) -> Result<Self> {
        let values = transforms.extend(&coefficients)?;
        let tree = Tree::new(path, &values, cap_height);
        Ok(Self {
            coefficients,
            values,
            tree,
        })
    }
}

/// Something that openings are proved of.
pub(crate) trait Opened<H: TreeHasher>: Sync {
    /// Returns how many polynomials there are.
    fn count(&self) -> usize;

    /// Returns the coefficients of a polynomial.
    fn coefficients(&self, index: usize) -> Cow<'_, [u64]>;

    /// Returns a leaf of the tree and its path.
    fn open(&self, leaf: usize) -> (Vec<F>, MerkleProof<F, H>);
}

impl<H: TreeHasher> Opened<H> for Oracle<H> {
    fn count(&self) -> usize {
        self.coefficients.count()
    }

    fn coefficients(&self, index: usize) -> Cow<'_, [u64]> {
        self.coefficients.column(index).into()
    }

    fn open(&self, leaf: usize) -> (Vec<F>, MerkleProof<F, H>) {
        let values = (0..self.values.count()).map(|k| canonical(self.values.column(k)[leaf]));
        (values.collect(), self.tree.prove(leaf))
    }
}

/// The circuit's constants and permutation, which Plonky2 has committed to.
impl<H: TreeHasher, C: GenericConfig<D, F = F, Hasher = H>> Opened<H> for PolynomialBatch<F, C, D> {
    fn count(&self) -> usize {
        self.polynomials.len()
    }

    fn coefficients(&self, index: usize) -> Cow<'_, [u64]> {
        let words = self.polynomials[index].coeffs.iter().map(|word| word.0);
        Cow::Owned(words.collect())
    }

    fn open(&self, leaf: usize) -> (Vec<F>, MerkleProof<F, H>) {
        (
            self.merkle_tree.get(leaf).to_vec(),
            self.merkle_tree.prove(leaf),
        )
    }
}

/// Returns the field element of a word with a canonical word inside, as proofs have it.
pub(crate) fn canonical(word: u64) -> F {
    F::from_noncanonical_u64(word).to_canonical()
}
