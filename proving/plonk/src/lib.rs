#![doc = include_str!("../README.md")]

mod columns;
mod compare;
mod field;
mod fri;
mod gates;
mod openings;
mod oracle;
mod parameters;
mod permutation;
mod poseidon;
mod prover;
mod quotient;
mod shape;
mod symbol;
mod transcript;
mod transforms;
mod tree;
mod vanishing;
mod verifier_data;

pub use compare::equal_to_plonky2;
pub use field::{D, Extension, F};
pub use gates::{GatePrograms, Plonky2Gates, Row, run_recorded};
pub use prover::{OnceProver, Prover, StageTime};
pub use symbol::Symbol;
pub use tree::TreeHasher;
pub use verifier_data::verifier_data;

#[cfg(test)]
mod tests;
