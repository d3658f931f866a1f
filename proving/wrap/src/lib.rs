#![doc = include_str!("../README.md")]

pub mod groth16;
pub mod layers;
mod pinned;
pub mod r1cs;

pub use pinned::{DEV_KEY_DIGEST, MATRICES_DIGEST};
