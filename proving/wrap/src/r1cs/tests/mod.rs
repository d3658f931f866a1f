//! Tests of the constraint system's arithmetic; each gadget goes through the tamper harness.

mod arithmetic;
mod building;
pub(crate) mod fixture;
mod hashing;
mod lessons;
mod verifier;
