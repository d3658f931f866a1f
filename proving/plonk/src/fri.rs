//! FRI: the opened polynomials are combined, folded, and queried.

use anyhow::{Context, Result, ensure};
use assay_kernels::Path;
use plonky2::field::extension::quadratic::QuadraticExtension;
use plonky2::field::polynomial::PolynomialCoeffs;
use plonky2::field::types::{Field, PrimeField64};
use plonky2::fri::FriParams;
use plonky2::fri::proof::{FriInitialTreeProof, FriProof, FriQueryRound, FriQueryStep};
use rayon::prelude::*;

use crate::columns::Columns;
use crate::field::{D, Extension, F};
use crate::oracle::{Opened, canonical};
use crate::transcript::Transcript;
use crate::transforms::Transforms;
use crate::tree::{Tree, TreeHasher};

/// Coefficients that are combined together.
const BLOCK: usize = 256;

/// Polynomials that are opened at the same point: numbers of oracles and of their polynomials.
pub(crate) struct Batch {
    pub(crate) point: Extension,
    pub(crate) polynomials: Vec<(usize, usize)>,
}

/// One folded code word: its values and the tree over them.
struct Layer<H: TreeHasher> {
    arity_bits: usize,
    /// The values in bit-reversed order, a column for each component.
    values: Columns,
    tree: Tree<H>,
}

/// Proves that the oracles have the observed values at the batches' points.
pub(crate) fn prove<H: TreeHasher>(
    path: Path,
    transforms: &Transforms,
    oracles: &[&dyn Opened<H>],
    batches: &[Batch],
    params: &FriParams,
    transcript: &mut Transcript<H>,
    nonce: Option<F>,
) -> Result<FriProof<F, H, D>> {
    let rows = 1 << params.degree_bits;
    let alpha = transcript.extension_challenge();
    let combined = combine(oracles, batches, alpha, rows);
    let (layers, final_poly) = fold(path, transforms, combined, params, transcript)?;
    let zeros = params.config.proof_of_work_bits;
    let nonce = match nonce {
        Some(nonce) => nonce,
        None => transcript
            .grind(path, zeros)
            .context("no nonce does the proof of work")?,
    };
    ensure!(
        transcript.observe_nonce(nonce, zeros),
        "the nonce {nonce} does not do the proof of work"
    );
    let mask = params.lde_size() - 1;
    let queries = transcript.challenges(params.config.num_query_rounds);
    let query = |word: F| {
        query(
            oracles,
            &layers,
            usize::try_from(word.to_canonical_u64()).map(|x| x & mask),
        )
    };
    Ok(FriProof {
        commit_phase_merkle_caps: layers.iter().map(|layer| layer.tree.cap()).collect(),
        query_round_proofs: queries.into_iter().map(query).collect::<Result<_>>()?,
        final_poly: PolynomialCoeffs::new(final_poly),
        pow_witness: nonce,
    })
}

/// Returns `Σ_i α^{k_i} (F_i(X) - F_i(z_i)) / (X - z_i)` with `F_i = Σ_j α^j f_ij`; the powers go on from batch
/// to batch.
fn combine<H: TreeHasher>(
    oracles: &[&dyn Opened<H>],
    batches: &[Batch],
    alpha: Extension,
    rows: usize,
) -> Vec<Extension> {
    let mut combined = vec![Extension::ZERO; rows];
    for batch in batches {
        let sum = weighted_sum(oracles, &batch.polynomials, alpha, rows);
        let shift = alpha.exp_u64(batch.polynomials.len() as u64);
        // Division by X - z from the top; the remainder, F(z), falls off the end.
        let mut quotient = Extension::ZERO;
        for (k, coefficient) in sum.into_iter().enumerate().rev() {
            combined[k] = combined[k] * shift + quotient;
            quotient = quotient * batch.point + coefficient;
        }
    }
    combined
}

/// Returns `Σ_j α^j f_j`.
fn weighted_sum<H: TreeHasher>(
    oracles: &[&dyn Opened<H>],
    polynomials: &[(usize, usize)],
    alpha: Extension,
    rows: usize,
) -> Vec<Extension> {
    let columns: Vec<_> = polynomials
        .iter()
        .map(|&(oracle, index)| oracles[oracle].coefficients(index))
        .collect();
    let weights: Vec<[F; 2]> = alpha.powers().take(columns.len()).map(|w| w.0).collect();
    let mut sum = vec![Extension::ZERO; rows];
    sum.par_chunks_mut(BLOCK)
        .enumerate()
        .for_each(|(block, sum)| {
            for (column, &[a, b]) in columns.iter().zip(&weights) {
                let words = &column[block * BLOCK..][..sum.len()];
                for (sum, &word) in sum.iter_mut().zip(words) {
                    let word = F::from_noncanonical_u64(word);
                    let [low, high] = sum.0;
                    sum.0 = [
                        low.multiply_accumulate(word, a),
                        high.multiply_accumulate(word, b),
                    ];
                }
            }
        });
    sum
}

/// Commits to the code word and its foldings; returns them and the last polynomial.
fn fold<H: TreeHasher>(
    path: Path,
    transforms: &Transforms,
    mut coefficients: Vec<Extension>,
    params: &FriParams,
    transcript: &mut Transcript<H>,
) -> Result<(Vec<Layer<H>>, Vec<Extension>)> {
    let mut layers = Vec::with_capacity(params.reduction_arity_bits.len());
    for (foldings, &arity_bits) in params.reduction_arity_bits.iter().enumerate() {
        let component = |k: usize| coefficients.iter().map(|c| c.0[k].0).collect();
        let components = Columns::new(vec![component(0), component(1)]);
        let values = transforms.extend_folded(foldings, &components)?;
        let layer = Layer::commit(path, values, arity_bits, params.config.cap_height);
        transcript.observe_cap(&layer.tree.cap());
        layers.push(layer);
        let beta = transcript.extension_challenge();
        let powers: Vec<Extension> = beta.powers().take(1 << arity_bits).collect();
        coefficients = coefficients
            .par_chunks_exact(1 << arity_bits)
            .map(|chunk| chunk.iter().zip(&powers).map(|(&a, &b)| a * b).sum())
            .collect();
    }
    for coefficient in &mut coefficients {
        coefficient.0 = coefficient.0.map(|word| word.to_canonical());
    }
    transcript.observe_extension(&coefficients);
    Ok((layers, coefficients))
}

impl<H: TreeHasher> Layer<H> {
    fn commit(path: Path, values: Columns, arity_bits: usize, cap_height: usize) -> Self {
        // A leaf is a run of values, each with its two components.
        let arity = 1 << arity_bits;
        let column = |k: usize| {
            values.column(k & 1)[k >> 1..]
                .iter()
                .step_by(arity)
                .copied()
                .collect()
        };
        let leaves = Columns::new((0..2 * arity).into_par_iter().map(column).collect());
        let tree = Tree::new(path, &leaves, cap_height);
        Self {
            arity_bits,
            values,
            tree,
        }
    }

    fn open(&self, leaf: usize) -> FriQueryStep<F, H, D> {
        let run = (leaf << self.arity_bits)..((leaf + 1) << self.arity_bits);
        let value = |row: usize| {
            let component = |k: usize| canonical(self.values.column(k)[row]);
            QuadraticExtension([component(0), component(1)])
        };
        FriQueryStep {
            evals: run.map(value).collect(),
            merkle_proof: self.tree.prove(leaf),
        }
    }
}

/// Opens everything at one place of the code word.
fn query<H: TreeHasher>(
    oracles: &[&dyn Opened<H>],
    layers: &[Layer<H>],
    index: Result<usize, std::num::TryFromIntError>,
) -> Result<FriQueryRound<F, H, D>> {
    let mut index = index.context("query indices need words of 64 bits")?;
    let evals_proofs = oracles.iter().map(|oracle| oracle.open(index)).collect();
    let step = |layer: &Layer<H>| {
        index >>= layer.arity_bits;
        layer.open(index)
    };
    Ok(FriQueryRound {
        steps: layers.iter().map(step).collect(),
        initial_trees_proof: FriInitialTreeProof { evals_proofs },
    })
}
