//! Kernels over the Goldilocks field, `p = 2^64 - 2^32 + 1`.
//!
//! Values are words: a `u64` stands for itself modulo `p`. A word below `p` is *canonical*. Every function takes any
//! words; what it returns is any word of the right class, equal on every path *as a field element*, unless its
//! documentation says canonical. plonky2's `GoldilocksField(u64)` has the same convention, so its word goes in and out
//! as it is.
//!
//! * [`field`]: one element at a time.
//! * [`fft`]: FFTs and low-degree extensions of columns, and rows made of columns.
//! * [`poseidon`]: plonky2's Poseidon, for many states, leaves, pairs of digests or nonces at once.
//! * [`program`]: formulas over many points, such as the constraints of gates.

pub mod fft;
pub mod field;
mod lanes;
pub mod poseidon;
pub mod program;
#[cfg(test)]
mod testing;
