#![doc = include_str!("../README.md")]

mod batch;
mod entities;
mod error;
mod money;
mod owners;
mod read;
mod records;
mod rows;
mod service;
mod store;
#[cfg(test)]
mod tests;

pub use batch::Batch;
pub use error::{Result, StoreError};
pub use read::RequestFilter;
pub use records::{
    AttestationRecord, AttesterRecord, BalanceRecord, BidRecord, BlobRecord, BlockRecord,
    CircuitRecord, Conditions, ConsentRecord, LogRecord, ModelRecord, Page, Position, ProofRecord,
    ProverRecord, RequestRecord, Subject, SubjectKind, VerifierRecord,
};
pub use store::Store;
