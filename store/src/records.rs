//! What the store gives and takes: domain types and small records of them, never rows.

use std::collections::BTreeSet;

use assay_market::{
    Address, Amount, Clock, Delivery, Kind, ModelId, Request, RequestId, Timestamp, Word,
};
use serde::{Deserialize, Serialize};

/// Where a log lies on the chain; everything that follows from logs is ordered by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Number of the block.
    pub block_number: u64,
    /// Index of the log in its block.
    pub log_index: u64,
}

/// One page of a list that begins with the newest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// At most this many.
    pub limit: u64,
    /// Only what is older than this.
    pub before: Option<Position>,
}

/// A block's header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockRecord {
    /// Number.
    pub number: u64,
    /// Hash.
    pub hash: Word,
    /// Hash of its parent.
    pub parent_hash: Word,
    /// Its time.
    pub timestamp: Timestamp,
}

/// What a log is about; rolling back a block rebuilds the subjects of its logs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject {
    /// Kind of thing.
    pub kind: SubjectKind,
    /// Its name.
    pub id: String,
}

/// Kinds of things that logs are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectKind {
    /// A request.
    Request,
    /// A model.
    Model,
    /// A circuit.
    Circuit,
    /// An attester.
    Attester,
    /// A prover.
    Prover,
    /// A verifier; its adapter while it is a proposal.
    Verifier,
    /// An account's balance and consents.
    Account,
    /// A module of the vault.
    Module,
    /// The market as a whole.
    Market,
}

impl SubjectKind {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::Request,
        Self::Model,
        Self::Circuit,
        Self::Attester,
        Self::Prover,
        Self::Verifier,
        Self::Account,
        Self::Module,
        Self::Market,
    ];

    /// Returns the word in the database and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Model => "model",
            Self::Circuit => "circuit",
            Self::Attester => "attester",
            Self::Prover => "prover",
            Self::Verifier => "verifier",
            Self::Account => "account",
            Self::Module => "module",
            Self::Market => "market",
        }
    }
}

/// A log as it was read, with what it is about.
#[derive(Debug, Clone, PartialEq)]
pub struct LogRecord {
    /// Where it lies.
    pub position: Position,
    /// Hash of its block: with the log index, its name.
    pub block_hash: Word,
    /// The transaction that wrote it.
    pub tx_hash: Word,
    /// The contract that wrote it.
    pub address: Address,
    /// Its topics.
    pub topics: Vec<Word>,
    /// Its data.
    pub data: Vec<u8>,
    /// Name of the event.
    pub name: String,
    /// What it is about.
    pub subject: Subject,
    /// The event's fields for readers.
    pub payload: serde_json::Value,
}

/// The circuit that proves one kind of statement in one privacy mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CircuitRecord {
    /// Kind of statement.
    pub kind: Kind,
    /// Whether the input is private.
    pub input_private: bool,
    /// Whether the output is private.
    pub output_private: bool,
    /// The circuit's id.
    pub circuit: Word,
}

/// A registered model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelRecord {
    /// Its name.
    pub id: ModelId,
    /// Who registered it.
    pub provider: Address,
    /// The listing that had its commitment first: this one, or the one that this one copies.
    pub first: ModelId,
    /// Commitment to its data.
    pub commitment: Word,
    /// Whether the commitment is salted.
    pub weights_private: bool,
    /// Its circuits.
    pub circuits: Vec<CircuitRecord>,
    /// Where its card is.
    pub card_uri: String,
    /// sha-256 of its card.
    pub card_hash: Word,
    /// The provider's fee.
    pub fee: Amount,
    /// The one prover that may bid, if the policy says so.
    pub sole_prover: Option<Address>,
    /// What the sole prover asks.
    pub proving_price: Amount,
    /// Whether it takes no new requests.
    pub deprecated: bool,
    /// When it was registered.
    pub registered_at: Timestamp,
    /// Where it was registered.
    pub position: Position,
}

/// An attester, present or removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttesterRecord {
    /// Who.
    pub address: Address,
    /// When it was added, the last time.
    pub added_at: Timestamp,
    /// When it was removed: its words do not count from then on.
    pub removed_at: Option<Timestamp>,
    /// Where it was added.
    pub position: Position,
}

/// A verifier that requests may pin, or once might.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerifierRecord {
    /// Its id.
    pub id: Word,
    /// Its adapter.
    pub adapter: Address,
    /// When it was added.
    pub added_at: Timestamp,
    /// When it was tombstoned: every unsettled request that pins it is void.
    pub tombstoned_at: Option<Timestamp>,
    /// Where it was added.
    pub position: Position,
}

/// What bears on the status of every request: the market's clock, and which verifiers are tombstoned.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conditions {
    /// The market's clock.
    pub clock: Clock,
    /// Tombstoned verifiers.
    pub tombstoned: BTreeSet<Word>,
}

/// An account's balance in the vault.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BalanceRecord {
    /// What it can withdraw or use.
    pub free: Amount,
    /// What is in open locks.
    pub locked: Amount,
}

/// What an account lets a module have of its balance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConsentRecord {
    /// The module.
    pub module: Address,
    /// Up to how much.
    pub allowance: Amount,
}

/// One attester's word for one circuit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttestationRecord {
    /// The circuit.
    pub circuit: Word,
    /// Who rebuilt it.
    pub attester: Address,
    /// sha-256 of the card that it was rebuilt from.
    pub card_hash: Word,
    /// When.
    pub attested_at: Timestamp,
}

/// How to reach a prover.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProverRecord {
    /// Who.
    pub address: Address,
    /// The age recipient that files for it are encrypted to.
    pub age_recipient: String,
    /// Where it serves blobs.
    pub blob_endpoint: String,
    /// When it said so.
    pub updated_at: Timestamp,
    /// Where it said so.
    pub position: Position,
}

/// A request with the place where it was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestRecord {
    /// The request as stored.
    pub request: Request,
    /// Bids placed so far, over all rounds.
    pub bids: u32,
    /// When it was made, in the chain's time.
    pub created_at: Timestamp,
    /// Where it was made.
    pub position: Position,
}

/// A bid, whether or not it still is the best one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BidRecord {
    /// The request.
    pub request: RequestId,
    /// Its number within the request, from 1, over all rounds.
    pub number: u32,
    /// The round.
    pub round: u32,
    /// Who bid.
    pub prover: Address,
    /// What it asked.
    pub price: Amount,
    /// What it put at stake.
    pub collateral: Amount,
    /// End of bidding as of this bid.
    pub bidding_deadline: Timestamp,
    /// How often the round's bidding was extended, as of this bid.
    pub extensions: u32,
    /// Whose bid it beat.
    pub outbid: Option<Address>,
    /// The transaction.
    pub tx_hash: Word,
    /// When.
    pub placed_at: Timestamp,
    /// Where.
    pub position: Position,
}

/// A delivered proof and the money that followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProofRecord {
    /// The request.
    pub request: RequestId,
    /// The round.
    pub round: u32,
    /// Who proved.
    pub prover: Address,
    /// Its bid.
    pub price: Amount,
    /// What was taken off the price because the proof was late.
    pub late_fee: Amount,
    /// What it got from the collateral of earlier rounds.
    pub bounty: Amount,
    /// What the provider was paid.
    pub fee: Amount,
    /// What the requester got back.
    pub refund: Amount,
    /// What was delivered.
    pub delivery: Delivery,
    /// The transaction.
    pub tx_hash: Word,
    /// When.
    pub fulfilled_at: Timestamp,
    /// Where.
    pub position: Position,
}

/// What is known about a stored blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlobRecord {
    /// sha-256 of its bytes.
    pub digest: Word,
    /// How many there are.
    pub size_bytes: u64,
    /// Whether it is an encrypted file.
    pub encrypted: bool,
    /// Who stored it first.
    pub uploader: Address,
    /// When.
    pub created_at: Timestamp,
}
