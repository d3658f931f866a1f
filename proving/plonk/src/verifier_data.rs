//! What a verifier needs of a circuit, without what only a prover does.
//!
//! Plonky2's `build` keeps the code of all constants and permutation columns, and a tree over it: at rate 1/8 eight times
//! the columns, and as much again while they are transposed. Whoever wants to know a circuit's digest needs the cap of the
//! tree alone. Here Plonky2 builds the circuit without a commitment, which leaves the permutation, and once more with few
//! permutation columns and without hashing, for the constants, which it shows only where it commits to them. The kernels
//! then compute the cap, one coset of the code after the other.

use std::fmt::Debug;
use std::marker::PhantomData;

use anyhow::{Result, ensure};
use assay_kernels::Path;
use assay_kernels::goldilocks::fft::{Fft, LowDegreeExtension};
use plonky2::field::types::{Field, PrimeField64};
use plonky2::hash::hash_types::HashOut;
use plonky2::hash::merkle_tree::MerkleCap;
use plonky2::hash::poseidon::PoseidonPermutation;
use plonky2::plonk::circuit_builder::CircuitBuilder;
use plonky2::plonk::circuit_data::{CircuitData, VerifierCircuitData, VerifierOnlyCircuitData};
use plonky2::plonk::config::{GenericConfig, GenericHashOut, Hasher};

use crate::columns::Columns;
use crate::field::{D, Extension, F};
use crate::tree::{Tree, TreeHasher};

/// Wires that Plonky2's `build` itself connects: those of a Poseidon permutation, of public inputs and of constants.
const BUILD_WIRES: usize = 25;

/// Builds a circuit and returns what its verifier needs: what Plonky2's `build` gives, bit by bit, with less memory.
///
/// `lay_out` is called twice and must lay out the same circuit; `separator` is what
/// [`CircuitBuilder::set_domain_separator`] would take, and the builder has none.
pub fn verifier_data<C>(
    lay_out: impl Fn() -> Result<CircuitBuilder<F, D>>,
    separator: &[F],
) -> Result<VerifierCircuitData<F, C, D>>
where
    C: GenericConfig<D, F = F>,
    C::Hasher: TreeHasher,
{
    let constants = constants::<C>(lay_out()?);
    let CircuitData {
        prover_only,
        common,
        ..
    } = lay_out()?.build_with_options::<Unhashed<C>>(false);
    let sigmas = prover_only.sigmas;
    drop(prover_only.generators);
    drop(prover_only.generator_indices_by_watches);
    let (degree_bits, fri) = (common.degree_bits(), &common.fri_params.config);
    ensure!(
        constants.len() == common.num_constants,
        "{} columns of constants, expected {}",
        constants.len(),
        common.num_constants
    );
    let mut columns = constants;
    let routed = common.config.num_routed_wires;
    let mut permutation = (0..routed)
        .map(|column| sigmas.iter().map(|row| row[column].0).collect())
        .collect::<Vec<Vec<u64>>>();
    drop(sigmas);
    Fft::new(degree_bits as u32)?.inverse_many(Path::current(), &mut permutation)?;
    columns.extend(permutation);
    let cap = cap(&Columns::new(columns), fri.rate_bits, fri.cap_height)?;
    Ok(VerifierCircuitData {
        verifier_only: VerifierOnlyCircuitData {
            circuit_digest: circuit_digest::<C>(&cap, separator, degree_bits),
            constants_sigmas_cap: cap,
        },
        common,
    })
}

/// Returns the coefficients of a circuit's selectors and constants.
fn constants<C: GenericConfig<D, F = F>>(mut builder: CircuitBuilder<F, D>) -> Vec<Vec<u64>> {
    builder.config.num_routed_wires = BUILD_WIRES.min(builder.config.num_routed_wires);
    let data = builder.build::<Unhashed<C>>();
    let mut polynomials = data.prover_only.constants_sigmas_commitment.polynomials;
    polynomials.truncate(data.common.num_constants);
    let words = |coefficients: Vec<F>| coefficients.into_iter().map(|word| word.0).collect();
    polynomials.into_iter().map(|p| words(p.coeffs)).collect()
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
