//! Poseidon over symbols: Plonky2's constants, and its two layers that work on digits restated as arithmetic.

use plonky2::field::goldilocks_field::GoldilocksField as G;
use plonky2::hash::poseidon::{N_PARTIAL_ROUNDS, Poseidon, SPONGE_WIDTH};

use super::{Op, Symbol};

impl Poseidon for Symbol {
    const MDS_MATRIX_CIRC: [u64; SPONGE_WIDTH] = <G as Poseidon>::MDS_MATRIX_CIRC;
    const MDS_MATRIX_DIAG: [u64; SPONGE_WIDTH] = <G as Poseidon>::MDS_MATRIX_DIAG;
    const FAST_PARTIAL_FIRST_ROUND_CONSTANT: [u64; SPONGE_WIDTH] =
        <G as Poseidon>::FAST_PARTIAL_FIRST_ROUND_CONSTANT;
    const FAST_PARTIAL_ROUND_CONSTANTS: [u64; N_PARTIAL_ROUNDS] =
        <G as Poseidon>::FAST_PARTIAL_ROUND_CONSTANTS;
    const FAST_PARTIAL_ROUND_VS: [[u64; SPONGE_WIDTH - 1]; N_PARTIAL_ROUNDS] =
        <G as Poseidon>::FAST_PARTIAL_ROUND_VS;
    const FAST_PARTIAL_ROUND_W_HATS: [[u64; SPONGE_WIDTH - 1]; N_PARTIAL_ROUNDS] =
        <G as Poseidon>::FAST_PARTIAL_ROUND_W_HATS;
    const FAST_PARTIAL_ROUND_INITIAL_MATRIX: [[u64; SPONGE_WIDTH - 1]; SPONGE_WIDTH - 1] =
        <G as Poseidon>::FAST_PARTIAL_ROUND_INITIAL_MATRIX;

    /// The matrix has small entries: a row is one weighted sum instead of twelve products.
    fn mds_layer(state: &[Self; SPONGE_WIDTH]) -> [Self; SPONGE_WIDTH] {
        std::array::from_fn(|row| {
            let entry = |k: usize| {
                let diagonal = if k == row { Self::MDS_MATRIX_DIAG[row] } else { 0 };
                let circulant = Self::MDS_MATRIX_CIRC[(k + SPONGE_WIDTH - row) % SPONGE_WIDTH];
                u32::try_from(circulant + diagonal).expect("the entries are small")
            };
            weighted((0..SPONGE_WIDTH).map(|k| (state[k], entry(k))))
        })
    }

    fn mds_partial_layer_fast(state: &[Self; SPONGE_WIDTH], r: usize) -> [Self; SPONGE_WIDTH] {
        Self::mds_partial_layer_fast_field::<Self, 1>(state, r)
    }
}

/// Returns `Σ weight·value`.
fn weighted(terms: impl Iterator<Item = (Symbol, u32)>) -> Symbol {
    let (mut known, mut rest) = (Symbol::Constant(0), Vec::new());
    for (symbol, weight) in terms {
        match symbol {
            Symbol::Constant(_) => known = known + symbol * Symbol::Constant(weight.into()),
            Symbol::Node(_) if weight == 0 => {}
            Symbol::Node(_) => rest.push((symbol, weight)),
        }
    }
    if rest.is_empty() {
        return known;
    }
    Symbol::emit(Op::Weighted(rest.into())) + known
}
