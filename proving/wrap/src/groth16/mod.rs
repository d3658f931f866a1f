//! Groth16 over BN254: matrices, setup, keys, proofs, the seal, and the exported Solidity verifier.
//!
//! The R1CS is synthesized once. Its matrices are kept in their compact form ([`crate::r1cs::Matrices`]) beside
//! the proving key, so a proof needs an assignment and nothing else.

mod export;
mod key_file;
mod keys;
mod points;
mod proof_file;
mod prove;
mod proving_key;
mod reduction;
mod seal;
mod setup;
mod verify;
mod verifying_key;

pub use export::solidity_verifier;
pub use keys::{KeyCache, KeyError, KeyEvent, KeyId, Keys, cache_directory};
pub use points::PointError;
pub use proof_file::{ProofFile, ProofFileError};
pub use prove::{ProveError, prove};
pub use seal::{Seal, SealError};
pub use setup::{InsecureDevSetup, SetupError};
pub use verify::{VerifyError, verify};
pub use verifying_key::{VerifyingKey, VerifyingKeyError};

#[cfg(test)]
mod tests;
