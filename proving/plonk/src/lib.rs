#![doc = include_str!("../README.md")]

mod code;
mod columns;
mod fft;
mod field;
mod fri;
mod gates;
mod openings;
mod oracle;
mod permutation;
mod poseidon;
mod prover;
mod quotient;
mod shape;
mod symbol;
mod transcript;
mod tree;
mod vanishing;

pub use field::{D, Extension, F};
pub use gates::{GatePrograms, Plonky2Gates, Row};
pub use prover::{Prover, StageTime};
pub use symbol::{Op, Symbol, Tape};
pub use tree::TreeHasher;

#[cfg(test)]
mod tests;
