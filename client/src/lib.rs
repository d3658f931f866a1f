#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

pub mod age_file;
pub mod api;
pub mod dates;
pub mod envelope;
pub mod listings;

pub use age::x25519::{Identity, Recipient};
pub use age_file::AgeError;
pub use api::{Api, Session};
pub use envelope::{Envelope, EnvelopeError, Purpose};
pub use listings::{Listing, ListingsError};
