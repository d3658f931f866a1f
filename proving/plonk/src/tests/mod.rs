//! Our proofs are Plonky2's, bit for bit.

mod circuits;
mod equality;
mod refusals;
mod verifier_data;
