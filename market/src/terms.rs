//! What a requester asks for, what the market fixes at that moment, and the id that commits to it.

use assay_statement::Kind;
use serde::{Deserialize, Serialize};
use tiny_keccak::{Hasher, Keccak};

use crate::{Address, Amount, ModelId, Request, RequestId, Seconds, Timestamp, Word};

/// The requester's price terms and windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// The highest bid in a round's first window.
    pub first_ceiling: Amount,
    /// By how much each empty window raises the ceiling.
    pub ceiling_step: Amount,
    /// The price limit: the highest ceiling, escrowed in full.
    pub max_price: Amount,
    /// A bid at or under it is assigned at once; at most the first ceiling.
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
    /// sha-256 of the input's bytes: inline ones if the request has any, else those of a blob.
    pub input_hash: Word,
    /// The listed verifier that will decide.
    pub verifier_id: Word,
    /// Price and time.
    pub offer: Offer,
    /// Gas for a call to the requester when the request is fulfilled; zero for none.
    pub callback_gas: u32,
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
    let mut words = Words::default();
    words.number(chain_id);
    words.address(market);
    words.address(requester);
    words.number(nonce);
    let mut encoded = Words::default();
    encoded.terms(terms);
    words.word(&encoded.keccak256());
    RequestId(words.keccak256())
}

impl Request {
    /// Returns the hash that the market keeps of the request as it was made: keccak256 of its ABI encoding, which whoever
    /// acts on the request has to match.
    #[must_use]
    pub fn hash(&self) -> Word {
        let mut words = Words::default();
        words.address(self.requester);
        words.number(self.nonce);
        words.terms(&self.terms);
        words.snapshot(&self.snapshot);
        Word(words.keccak256())
    }
}

/// Solidity's `abi.encode` of values that are one word each: left-padded, one after the other.
#[derive(Default)]
struct Words(Vec<u8>);

impl Words {
    /// The 16 words of the contract's `Terms`.
    fn terms(&mut self, terms: &Terms) {
        let offer = &terms.offer;
        self.word(&terms.model_id.0);
        self.number(terms.kind.number());
        self.number(terms.input_private);
        self.number(terms.output_private);
        self.word(&terms.input_digest.0);
        self.word(&terms.input_hash.0);
        self.word(&terms.verifier_id.0);
        self.number(offer.first_ceiling.0);
        self.number(offer.ceiling_step.0);
        self.number(offer.max_price.0);
        self.number(offer.instant_price.0);
        self.number(offer.max_fee.0);
        self.number(offer.bidding_window.0);
        self.number(offer.proving_window.0);
        self.number(offer.expires_at.0);
        self.number(terms.callback_gas);
    }

    /// The 8 words of the contract's `Snapshot`.
    fn snapshot(&mut self, snapshot: &Snapshot) {
        self.address(snapshot.provider);
        self.address(snapshot.sole_prover.unwrap_or(Address::ZERO));
        self.address(snapshot.verifier);
        self.number(snapshot.header);
        self.word(&snapshot.circuit.0);
        self.word(&snapshot.commitment.0);
        self.number(snapshot.fee.0);
        self.number(snapshot.collateral.0);
    }

    fn word(&mut self, word: &[u8; 32]) {
        self.0.extend(word);
    }

    fn number(&mut self, number: impl Into<u128>) {
        self.0.extend([0; 16]);
        self.0.extend(number.into().to_be_bytes());
    }

    fn address(&mut self, address: Address) {
        self.0.extend([0; 12]);
        self.0.extend(address.0);
    }

    fn keccak256(&self) -> [u8; 32] {
        let mut digest = [0; 32];
        let mut keccak = Keccak::v256();
        keccak.update(&self.0);
        keccak.finalize(&mut digest);
        digest
    }
}
