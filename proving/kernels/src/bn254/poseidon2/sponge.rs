//! The sponge over many rows of one length.

use super::portable;
#[cfg(target_arch = "x86_64")]
use super::{TASK, lanes};
use crate::Path;
#[cfg(target_arch = "x86_64")]
use crate::bn254::ifma::FrLanes;
use crate::bn254::scalar::{Words, add, mul};
use ark_bn254::{Fr, FrConfig};
use ark_ff::MontConfig;
use rayon::prelude::*;
#[cfg(target_arch = "x86_64")]
use std::array::from_fn;

/// Hashes `rows` rows of `length` elements by the sponge of width `T` (4, 8 or 16): the rate is all but the last
/// element, which starts as `capacity`, the others as zero. Each block is added to the rate, the last one filled up
/// with zeros, and permuted, once when there is none. Returns the first element of each row's last state.
///
/// `element(row, index)` is an element as an integer below 2^192, the lowest word first.
pub fn sponge_many<const T: usize>(
    path: Path,
    rows: usize,
    length: usize,
    capacity: Fr,
    element: impl Fn(usize, usize) -> [u64; 3] + Sync,
) -> Vec<Fr> {
    const { assert!(T == 4 || T == 8 || T == 16, "widths are 4, 8 and 16") };
    let blocks = length.div_ceil(T - 1).max(1);
    let integer = |row, index| {
        if index < length {
            let [a, b, c] = element(row, index);
            [a, b, c, 0]
        } else {
            [0; 4]
        }
    };
    let mut out = vec![Fr::from(0u64); rows];
    #[cfg(target_arch = "x86_64")]
    if path == Path::Avx512 && path.is_available() {
        out.par_chunks_mut(TASK)
            .enumerate()
            .for_each(|(task, out)| {
                // SAFETY: the processor has the instructions of the path.
                unsafe { sponge_lanes::<T>(task * TASK, out, blocks, &capacity, &integer) }
            });
        return out;
    }
    let _ = path;
    out.par_iter_mut().enumerate().for_each(|(row, out)| {
        let mut state = [[0; 4]; T];
        state[T - 1] = capacity.0.0;
        for block in 0..blocks {
            for (i, cell) in state[..T - 1].iter_mut().enumerate() {
                let integer = integer(row, block * (T - 1) + i);
                // Canonical plus canonical: bound 2.
                *cell = add(cell, &mul::<FrConfig>(&integer, &FrConfig::R2.0));
            }
            portable::permute(&mut state);
        }
        *out = portable::element(state[0]);
    });
    out
}

/// The sponge over the rows from `start`, eight at a time.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
fn sponge_lanes<const T: usize>(
    start: usize,
    out: &mut [Fr],
    blocks: usize,
    capacity: &Fr,
    integer: &impl Fn(usize, usize) -> Words,
) {
    for (group, out) in out.chunks_mut(8).enumerate() {
        // What is missing to eight is computed for the last row again, and dropped.
        let row = |lane: usize| start + 8 * group + lane.min(out.len() - 1);
        let mut state = [FrLanes::zero(); T];
        state[T - 1] = FrLanes::splat(capacity);
        for block in 0..blocks {
            for (i, cell) in state[..T - 1].iter_mut().enumerate() {
                let integers: [Words; 8] = from_fn(|lane| integer(row(lane), block * (T - 1) + i));
                *cell = cell.add_lazy(FrLanes::load_integers(integers.each_ref()));
            }
            lanes::permute(&mut state);
        }
        for (out, element) in out.iter_mut().zip(state[0].store()) {
            *out = element;
        }
    }
}
