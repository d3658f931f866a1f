#![doc = include_str!("../README.md")]

pub mod bn254;
pub mod goldilocks;
mod path;

pub use path::{Path, UnknownPath};
