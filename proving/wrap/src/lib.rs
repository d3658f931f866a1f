#![doc = include_str!("../README.md")]

pub mod groth16;
pub mod layers;
pub mod r1cs;
