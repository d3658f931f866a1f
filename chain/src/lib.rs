#![doc = include_str!("../README.md")]

pub mod bindings;

mod account;
mod connection;
mod convert;
mod deployment;
mod error;
mod events;
mod keys;
mod made;
mod models;
mod provers;
mod requests;
mod revert;
mod signed;
mod vault;
mod verifier;

pub use account::{Account, Prepared};
pub use connection::{BlockHeader, Chain, Finality, Outcome, Receipt, provider};
pub use deployment::Deployment;
pub use error::ChainError;
pub use events::{ChainEvent, EventBody, LogPosition};
pub use keys::{create_key, load_key, load_salt};
pub use made::{Fulfilled, Made};
pub use models::{Attestation, CircuitVariant, Model, ProverPolicy, Registration};
pub use provers::Prover;
pub use requests::{RequestView, request_calldata};
pub use revert::Refusal;
pub use signed::{SignedAuthorization, SignedBid, SignedRequest};
pub use vault::{Balance, Consent};

/// The chain library underneath, for programs that need a type which this crate passes through.
pub use alloy;
