//! What a verifier needs of a circuit, without what only a prover does.
//!
//! Plonky2's `build` keeps the code of all constants and permutation columns, and a tree over it: at rate 1/8 eight times
//! the columns, and as much again while they are transposed; and it sorts all routed wires by lists in a map. Whoever wants
//! to know a circuit's digest needs the cap of the tree alone. Here Plonky2 builds the circuit with few permutation columns
//! and without hashing, which leaves the constants and which wires are equal. The permutation follows from these in one
//! pass, and the kernels compute the cap, one coset of the code after the other.

use std::fmt::Debug;
use std::marker::PhantomData;

use anyhow::Result;
use assay_kernels::Path;
use assay_kernels::goldilocks::fft::{Fft, LowDegreeExtension};
use plonky2::field::cosets::get_unique_coset_shifts;
use plonky2::field::types::{Field, PrimeField64};
use plonky2::hash::hash_types::HashOut;
use plonky2::hash::merkle_tree::MerkleCap;
use plonky2::hash::poseidon::PoseidonPermutation;
use plonky2::plonk::circuit_builder::CircuitBuilder;
use plonky2::plonk::circuit_data::{
    CircuitData, CommonCircuitData, VerifierCircuitData, VerifierOnlyCircuitData,
};
use plonky2::plonk::config::{GenericConfig, GenericHashOut, Hasher};

use crate::columns::Columns;
use crate::field::{D, Extension, F};
use crate::tree::{Tree, TreeHasher};

/// Wires that Plonky2's `build` itself connects: those of a Poseidon permutation, of public inputs and of constants.
const BUILD_WIRES: usize = 25;

/// Builds a circuit and returns what its verifier needs: what Plonky2's `build` gives, bit by bit, with less memory.
/// `separator` is what [`CircuitBuilder::set_domain_separator`] would take, and the builder has none.
pub fn verifier_data<C>(
    mut builder: CircuitBuilder<F, D>,
    separator: &[F],
) -> Result<VerifierCircuitData<F, C, D>>
where
    C: GenericConfig<D, F = F>,
    C::Hasher: TreeHasher,
{
    let config = builder.config.clone();
    builder.config.num_routed_wires = BUILD_WIRES.min(config.num_routed_wires);
    let CircuitData {
        mut prover_only,
        mut common,
        ..
    } = builder.build::<Unhashed<C>>();
    let mut polynomials = std::mem::take(&mut prover_only.constants_sigmas_commitment.polynomials);
    let classes = std::mem::take(&mut prover_only.representative_map);
    let subgroup = std::mem::take(&mut prover_only.subgroup);
    drop(prover_only);
    polynomials.truncate(common.num_constants);
    let routed = config.num_routed_wires;
    common.k_is = get_unique_coset_shifts(subgroup.len(), routed);
    common.num_partial_products = routed.div_ceil(common.quotient_degree_factor) - 1;
    common.config = config;
    let words = |coefficients: Vec<F>| coefficients.into_iter().map(|word| word.0).collect();
    let mut columns = polynomials
        .into_iter()
        .map(|polynomial| words(polynomial.coeffs))
        .collect::<Vec<Vec<u64>>>();
    let (degree_bits, fri) = (common.degree_bits(), &common.fri_params.config);
    let mut sigmas = permutation(&common, &classes, &subgroup);
    drop(classes);
    Fft::new(degree_bits as u32)?.inverse_many(Path::current(), &mut sigmas)?;
    columns.extend(sigmas);
    let cap = cap(&Columns::new(columns), fri.rate_bits, fri.cap_height)?;
    Ok(VerifierCircuitData {
        verifier_only: VerifierOnlyCircuitData {
            circuit_digest: circuit_digest::<C>(&cap, separator, degree_bits),
            constants_sigmas_cap: cap,
        },
        common,
    })
}

/// Returns the values of the permutation columns. Each wire has the point of the next one that is equal to it, row by row,
/// and the last one that of the first; `classes` has for each wire a target that is the same for all that are equal.
fn permutation(
    common: &CommonCircuitData<F, D>,
    classes: &[usize],
    subgroup: &[F],
) -> Vec<Vec<u64>> {
    let (wires, routed) = (common.config.num_wires, common.config.num_routed_wires);
    let mut columns = vec![vec![0; subgroup.len()]; routed];
    // Of each class the wire that the one before it leads to.
    let mut next = vec![usize::MAX; classes.len()];
    let mut lasts = Vec::new();
    for wire in (0..subgroup.len() * wires).rev() {
        let (row, column) = (wire / wires, wire % wires);
        if column >= routed {
            continue;
        }
        let after = std::mem::replace(&mut next[classes[wire]], wire);
        if after == usize::MAX {
            lasts.push(wire);
        } else {
            let point = common.k_is[after % wires] * subgroup[after / wires];
            columns[column][row] = point.0;
        }
    }
    for wire in lasts {
        let first = next[classes[wire]];
        let point = common.k_is[first % wires] * subgroup[first / wires];
        columns[wire % wires][wire / wires] = point.0;
    }
    columns
}

/// Returns the cap over the code of polynomials. A digest of the cap, or several, is over one coset of the code.
fn cap<H: TreeHasher>(
    coefficients: &Columns,
    rate_bits: usize,
    cap_height: usize,
) -> Result<MerkleCap<F, H>> {
    let path = Path::current();
    let log_n = coefficients.rows().ilog2() as usize;
    let cosets_bits = rate_bits.min(cap_height);
    let root = F::primitive_root_of_unity(log_n + rate_bits);
    let mut digests = Vec::new();
    for coset in 0..1_usize << cosets_bits {
        // Leaves lie in bit-reversed order, so the first bits of a leaf's index are the last of its point's.
        let first = match cosets_bits {
            0 => 0,
            bits => coset.reverse_bits() >> (usize::BITS as usize - bits),
        };
        let shift = F::coset_shift() * root.exp_u64(first as u64);
        let rate = (rate_bits - cosets_bits) as u32;
        let code = LowDegreeExtension::new(log_n as u32, rate, shift.to_canonical_u64())?;
        let values = Columns::new(code.extend_many(path, coefficients.all())?);
        let tree = Tree::<H>::new(path, &values, cap_height - cosets_bits);
        digests.extend(tree.cap().0);
    }
    Ok(MerkleCap(digests))
}

/// Returns the digest as Plonky2's `build` computes it.
fn circuit_digest<C: GenericConfig<D, F = F>>(
    cap: &MerkleCap<F, C::Hasher>,
    separator: &[F],
    degree_bits: usize,
) -> <C::Hasher as Hasher<F>>::Hash {
    let parts = [
        cap.flatten(),
        C::Hasher::hash_pad(separator).to_vec(),
        vec![F::from_canonical_usize(degree_bits)],
    ];
    C::Hasher::hash_no_pad(&parts.concat())
}

/// A configuration whose trees are not hashed.
struct Unhashed<C>(PhantomData<C>);

impl<C> Debug for Unhashed<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Unhashed")
    }
}

impl<C> Clone for Unhashed<C> {
    fn clone(&self) -> Self {
        Self(PhantomData)
    }
}

impl<C> PartialEq for Unhashed<C> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<C> Eq for Unhashed<C> {}

impl<C: GenericConfig<D, F = F>> GenericConfig<D> for Unhashed<C> {
    type F = F;
    type FE = Extension;
    type Hasher = NoHash;
    type InnerHasher = C::InnerHasher;
}

/// Every digest is zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct NoHash;

impl Hasher<F> for NoHash {
    const HASH_SIZE: usize = 32;
    type Hash = HashOut<F>;
    type Permutation = PoseidonPermutation<F>;

    fn hash_no_pad(_: &[F]) -> Self::Hash {
        HashOut::ZERO
    }

    fn two_to_one(_: Self::Hash, _: Self::Hash) -> Self::Hash {
        HashOut::ZERO
    }
}
