//! Bids, proofs, blobs and events.

use assay_store::{BidRecord, BlobRecord, LogRecord, ProofRecord};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{hex_text, some_address, some_bytes, some_word};
use crate::page::position_text;

/// A bid, whether or not it still is the best one.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct BidView {
    /// The request.
    pub request: String,
    /// Its number within the request, from 1.
    pub number: u32,
    /// The round.
    pub round: u32,
    /// Who bid.
    pub prover: String,
    /// What it asked.
    pub price: String,
    /// What it put at stake.
    pub collateral: String,
    /// End of bidding as of this bid.
    pub bidding_deadline: u64,
    /// How often the round's bidding was extended, as of this bid.
    pub extensions: u32,
    /// Whose bid it beat.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outbid: Option<String>,
    /// The transaction.
    pub tx: String,
    /// When.
    pub placed_at: u64,
}

/// A delivered proof.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ProofView {
    /// The request.
    pub request: String,
    /// The round.
    pub round: u32,
    /// Who proved.
    pub prover: String,
    /// Its bid: it was paid this, less the late fee, plus the bounty.
    pub price: String,
    /// What was taken off the price because the proof was late; the requester got it back.
    pub late_fee: String,
    /// What it got from the collateral of earlier rounds.
    pub bounty: String,
    /// What the provider was paid.
    pub fee: String,
    /// What the requester got back.
    pub refund: String,
    /// Commitment to the output.
    pub output_digest: String,
    /// The statement's three result words as decimal text: they have up to 64 bits.
    pub result: [String; 3],
    /// sha-256 of the output's bytes, inline or of a blob; missing when nothing was delivered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_hash: Option<String>,
    /// The output's bytes, when public and small: the prover's claim until the commitment is recomputed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    /// The 256-byte Groth16 proof.
    pub seal: String,
    /// The transaction.
    pub tx: String,
    /// When.
    pub fulfilled_at: u64,
}

/// What is known about a blob.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct BlobView {
    /// sha-256 of its bytes.
    pub digest: String,
    /// How many there are.
    pub size_bytes: u64,
    /// Whether it was stored as private, which means encrypted.
    pub encrypted: bool,
    /// Who stored it first.
    pub uploader: String,
    /// When.
    pub created_at: u64,
}

/// One event of the stream.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct EventView {
    /// Its place on the chain: block number, dot, log index.
    pub id: String,
    /// Name of the contract's event.
    pub name: String,
    /// What it is about: request, model, circuit, attester, prover, verifier, account, module or market.
    pub subject_kind: String,
    /// The id of that thing.
    pub subject: String,
    /// The transaction.
    pub tx: String,
    /// The event's fields.
    pub payload: serde_json::Value,
}

impl From<BidRecord> for BidView {
    fn from(bid: BidRecord) -> Self {
        Self {
            request: bid.request.to_string(),
            number: bid.number,
            round: bid.round,
            prover: bid.prover.to_string(),
            price: bid.price.to_string(),
            collateral: bid.collateral.to_string(),
            bidding_deadline: bid.bidding_deadline.0,
            extensions: bid.extensions,
            outbid: some_address(bid.outbid),
            tx: bid.tx_hash.to_string(),
            placed_at: bid.placed_at.0,
        }
    }
}

impl From<ProofRecord> for ProofView {
    fn from(proof: ProofRecord) -> Self {
        Self {
            request: proof.request.to_string(),
            round: proof.round,
            prover: proof.prover.to_string(),
            price: proof.price.to_string(),
            late_fee: proof.late_fee.to_string(),
            bounty: proof.bounty.to_string(),
            fee: proof.fee.to_string(),
            refund: proof.refund.to_string(),
            output_digest: proof.delivery.output_digest.to_string(),
            result: proof.delivery.result.map(|word| word.to_string()),
            output_hash: some_word(proof.delivery.output_hash),
            output: some_bytes(&proof.delivery.output),
            seal: hex_text(&proof.delivery.seal),
            tx: proof.tx_hash.to_string(),
            fulfilled_at: proof.fulfilled_at.0,
        }
    }
}

impl From<BlobRecord> for BlobView {
    fn from(blob: BlobRecord) -> Self {
        Self {
            digest: blob.digest.to_string(),
            size_bytes: blob.size_bytes,
            encrypted: blob.encrypted,
            uploader: blob.uploader.to_string(),
            created_at: blob.created_at.0,
        }
    }
}

impl From<LogRecord> for EventView {
    fn from(log: LogRecord) -> Self {
        Self {
            id: position_text(log.position),
            name: log.name,
            subject_kind: log.subject.kind.as_str().to_owned(),
            subject: log.subject.id,
            tx: log.tx_hash.to_string(),
            payload: log.payload,
        }
    }
}
