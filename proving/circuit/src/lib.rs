#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod challenge;
pub mod check;
mod circuit;
pub mod commitment;
mod committed;
mod cost;
mod error;
mod field;
pub mod gates;
mod job;
mod layout;
mod lookup;
mod ops;
mod product;
mod salt;
mod statement;

pub use circuit::{MAX_LOG_ROWS, ModelCircuit, Witness, model_config};
pub use cost::{CircuitCost, Purpose, RowCount};
pub use error::CircuitError;
pub use field::{C, D, F, assert_no_wrap, signed, to_signed};
pub use job::InferenceJob;
pub use salt::Salt;

#[cfg(test)]
mod tests;
