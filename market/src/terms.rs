//! What a requester asks for, what the market fixes at that moment, and the id that commits to it.

use assay_statement::Kind;
use serde::{Deserialize, Serialize};
use tiny_keccak::{Hasher, Keccak};

use crate::{Address, Amount, ModelId, RequestId, Seconds, Timestamp, Word};

/// The requester's price terms and windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// The price limit, escrowed in full.
    pub max_price: Amount,
    /// A bid at or under it is assigned at once.
    pub instant_price: Amount,
    /// The highest provider fee that the requester accepts.
    pub max_fee: Amount,
    /// Length of one bidding window.
    pub bidding_window: Seconds,
    /// Time to prove, from assignment.
    pub proving_window: Seconds,
    /// When the request ends, whatever its state.
    pub expires_at: Timestamp,
}

/// Everything a request asks for; its id commits to all of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The model.
    pub model_id: ModelId,
    /// Kind of statement.
    pub kind: Kind,
    /// Whether `input_digest` is a salted commitment.
    pub input_private: bool,
    /// Whether the output stays with the requester.
    pub output_private: bool,
    /// Commitment to the input.
    pub input_digest: Word,
    /// sha-256 of the blob that holds the input; zero when the input is inline.
    pub input_blob: Word,
    /// The input's bytes, when public and small.
    pub inline_input: Vec<u8>,
    /// The listed verifier that will decide.
    pub verifier_id: Word,
    /// Price and time.
    pub offer: Offer,
}

/// What the market fixes when a request is made; nothing that anybody does later changes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Who registered the model and receives the fee.
    pub provider: Address,
    /// The only address that may bid, if the model's policy says so.
    pub sole_prover: Option<Address>,
    /// The verifier's adapter.
    pub verifier: Address,
    /// The statement's header word.
    pub header: u32,
    /// Identity of the circuit that must have accepted.
    pub circuit: Word,
    /// Commitment to the model's data.
    pub commitment: Word,
    /// The provider's fee for a fulfilled request.
    pub fee: Amount,
    /// What each bidder puts at stake, equal for all bidders and rounds.
    pub collateral: Amount,
    /// When the request was made and its first bidding window began.
    pub opened_at: Timestamp,
}

/// Returns the id of a request: a hash of the chain, the market, who asks, a nonce and all terms, so that neither a
/// reorganization of the chain nor another request can take a bid that was meant for this one.
#[must_use]
pub fn request_id(
    chain_id: u64,
    market: Address,
    requester: Address,
    nonce: u64,
    terms: &Terms,
) -> RequestId {
    let mut words = Vec::with_capacity(5 * WORD);
    push_number(&mut words, chain_id.into());
    push_address(&mut words, market);
    push_address(&mut words, requester);
    push_number(&mut words, nonce.into());
    words.extend(keccak256(&abi_encode(terms)));
    RequestId(keccak256(&words))
}

/// Bytes in one ABI word.
const WORD: usize = 32;

/// Words in the head of the terms tuple.
const TERMS_HEAD_WORDS: usize = 14;

/// Solidity's `abi.encode(terms)`: the offset of the dynamic tuple, its head of fourteen words, and the tail with the
/// inline input.
fn abi_encode(terms: &Terms) -> Vec<u8> {
    let mut bytes = Vec::new();
    push_number(&mut bytes, WORD as u128);
    bytes.extend(terms.model_id.0);
    push_number(&mut bytes, terms.kind.number().into());
    push_number(&mut bytes, terms.input_private.into());
    push_number(&mut bytes, terms.output_private.into());
    bytes.extend(terms.input_digest.0);
    bytes.extend(terms.input_blob.0);
    push_number(&mut bytes, (TERMS_HEAD_WORDS * WORD) as u128);
    bytes.extend(terms.verifier_id.0);
    push_number(&mut bytes, terms.offer.max_price.0);
    push_number(&mut bytes, terms.offer.instant_price.0);
    push_number(&mut bytes, terms.offer.max_fee.0);
    push_number(&mut bytes, terms.offer.bidding_window.0.into());
    push_number(&mut bytes, terms.offer.proving_window.0.into());
    push_number(&mut bytes, terms.offer.expires_at.0.into());
    push_number(&mut bytes, terms.inline_input.len() as u128);
    bytes.extend(&terms.inline_input);
    bytes.resize(bytes.len().next_multiple_of(WORD), 0);
    bytes
}

fn push_number(bytes: &mut Vec<u8>, number: u128) {
    bytes.extend([0; 16]);
    bytes.extend(number.to_be_bytes());
}

fn push_address(bytes: &mut Vec<u8>, address: Address) {
    bytes.extend([0; 12]);
    bytes.extend(address.0);
}

fn keccak256(bytes: &[u8]) -> [u8; 32] {
    let mut digest = [0; 32];
    let mut keccak = Keccak::v256();
    keccak.update(bytes);
    keccak.finalize(&mut digest);
    digest
}
