//! One module for each table. Rows are not domain types; `rows` converts.

pub mod attestation;
pub mod auth_nonce;
pub mod bid;
pub mod blob;
pub mod block;
pub mod log;
pub mod model;
pub mod proof;
pub mod prover;
pub mod request;
