#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod context;
mod digest;
mod error;
mod header;
mod inputs;
mod lanes;
mod statement;
pub mod tags;

pub use context::{ContextTerms, context_domain};
pub use digest::Digest;
pub use error::StatementError;
pub use header::{Header, Kind, Privacy, VERSION};
pub use inputs::U256Words;
pub use lanes::Lane;
pub use statement::Statement;

/// The Goldilocks modulus, 2^64 - 2^32 + 1: every word of a statement is below it.
pub const MODULUS: u64 = 0xffff_ffff_0000_0001;

/// Elements of a statement.
pub const STATEMENT_WORDS: usize = 24;

/// Words that a model circuit exposes as public inputs: the statement without `circuit`, which no
/// circuit can know of itself.
pub const MODEL_PUBLIC_INPUTS: usize = 20;

/// Words that a contract reads directly from a statement.
pub const RESULT_WORDS: usize = 3;

/// Public inputs of the Groth16 proof.
pub const GROTH16_INPUTS: usize = 8;

/// Statement words packed into one Groth16 input: three 64-bit words stay below the BN254 scalar order.
pub const WORDS_PER_INPUT: usize = 3;

/// Bytes of a seal: A.x, A.y, B.x.c1, B.x.c0, B.y.c1, B.y.c0, C.x, C.y, each a big-endian uint256.
pub const SEAL_BYTES: usize = 256;
