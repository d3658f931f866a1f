//! Poseidon over symbols: Plonky2's constants, and its two layers that work on digits done by its own arithmetic for
//! extension fields.

use plonky2::field::goldilocks_field::GoldilocksField as G;
use plonky2::hash::poseidon::{N_PARTIAL_ROUNDS, Poseidon, SPONGE_WIDTH};

use super::Symbol;

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

    fn mds_layer(state: &[Self; SPONGE_WIDTH]) -> [Self; SPONGE_WIDTH] {
        Self::mds_layer_field::<Self, 1>(state)
    }

    fn mds_partial_layer_fast(state: &[Self; SPONGE_WIDTH], r: usize) -> [Self; SPONGE_WIDTH] {
        Self::mds_partial_layer_fast_field::<Self, 1>(state, r)
    }
}
