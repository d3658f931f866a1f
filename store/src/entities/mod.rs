//! One module for each table. Rows are not domain types; `rows` converts.

pub mod attestation;
pub mod attester;
pub mod auth_nonce;
pub mod balance;
pub mod bid;
pub mod blob;
pub mod block;
pub mod clock;
pub mod consent;
pub mod log;
pub mod model;
pub mod proof;
pub mod prover;
pub mod request;
pub mod verifier;
