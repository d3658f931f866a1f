#![doc = include_str!("../README.md")]

mod field;
mod gates;
mod symbol;

pub use field::{D, Extension, F};
pub use gates::{GatePrograms, Plonky2Gates, Row};
pub use symbol::{Op, Symbol, Tape};
