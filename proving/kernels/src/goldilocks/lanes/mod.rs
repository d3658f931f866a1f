//! The field in lanes: the same operations on a vector of words, once for each path.
//!
//! Each module has the type `V`, a vector of `LANES` words, and the same functions. As in [`super::field`], a word
//! stands for itself modulo `p` and may be any `u64` where nothing else is said. `*_raw`, shifts and `low` are plain
//! integer operations modulo 2^64.

/// The most terms that are added to an `Accumulator`.
pub(crate) const MAX_TERMS: usize = 1 << 10;

pub(crate) mod scalar;

#[cfg(target_arch = "x86_64")]
pub(crate) mod avx2;
#[cfg(target_arch = "x86_64")]
pub(crate) mod avx512;

#[cfg(test)]
mod tests;
