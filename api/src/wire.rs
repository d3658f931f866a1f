//! What clients see: the API's own types, so that neither rows nor domain types are a promise to anybody. Identifiers
//! and digests are `0x` hex text, amounts are decimal text in base units, times are seconds.

use assay_market::{Address, Amount, Kind, Outcome, Status, Timestamp, Word};
use assay_store::{
    AttestationRecord, BidRecord, BlobRecord, CircuitRecord, LogRecord, ModelRecord, ProofRecord,
    ProverRecord, RequestRecord,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::page::position_text;

/// A registered model.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ModelView {
    /// Its id.
    pub id: String,
    /// Who registered it.
    pub provider: String,
    /// Commitment to its data.
    pub commitment: String,
    /// Whether the commitment is salted, so that only provers with the weights can prove it.
    pub weights_private: bool,
    /// Its circuits and who vouches for them.
    pub circuits: Vec<CircuitView>,
    /// Where its card is.
    pub card_uri: String,
    /// sha-256 of its card.
    pub card_hash: String,
    /// The provider's fee for each fulfilled request.
    pub fee: String,
    /// The one prover that may bid, if there is only one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sole_prover: Option<String>,
    /// What that prover asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proving_price: Option<String>,
    /// Whether it takes no new requests.
    pub deprecated: bool,
    /// When it was registered.
    pub registered_at: u64,
}

/// A circuit of a model.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct CircuitView {
    /// Kind of statement.
    pub kind: KindView,
    /// Whether the input is private.
    pub input_private: bool,
    /// Whether the output is private.
    pub output_private: bool,
    /// The circuit's id.
    pub circuit: String,
    /// Who rebuilt it from the model's card and got this id.
    pub attestations: Vec<AttestationView>,
}

/// One attester's word.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct AttestationView {
    /// Who.
    pub attester: String,
    /// sha-256 of the card that the circuit was rebuilt from.
    pub card_hash: String,
    /// When.
    pub attested_at: u64,
}

/// Kinds of statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum KindView {
    /// One output of a model for one input.
    Inference,
    /// How many samples of a data set a model answers right.
    Accuracy,
    /// An encryption of the committed weights.
    WeightDelivery,
}

/// What a request is now. Some transitions are made by time alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StatusView {
    /// Bids are taken.
    Open,
    /// The best bidder has the right and the duty to prove.
    Assigned,
    /// The proving deadline passed.
    Overdue,
    /// A proof verified.
    Fulfilled,
    /// Withdrawn by the requester.
    Cancelled,
    /// Ended without a proof.
    Expired,
}

/// How final the newest event about a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FinalityView {
    /// In a block that may still be reorganized.
    Latest,
    /// In a block that is unlikely to be reorganized.
    Safe,
    /// In a block that cannot be reorganized.
    Finalized,
}

/// A request.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct RequestView {
    /// Its id.
    pub id: String,
    /// What it is now.
    pub status: StatusView,
    /// The chain's time for which `status` holds.
    pub as_of: u64,
    /// How final the newest event about it is; take nothing for granted before it is safe.
    pub finality: FinalityView,
    /// Who pays.
    pub requester: String,
    /// The model.
    pub model: String,
    /// Kind of statement.
    pub kind: KindView,
    /// What is to be proved about.
    pub input: InputView,
    /// Whether the output stays with the requester.
    pub output_private: bool,
    /// Price and time.
    pub offer: OfferView,
    /// What was fixed when it was made.
    pub snapshot: SnapshotView,
    /// The current round, from 1.
    pub round: u32,
    /// When the round opened.
    pub opened_at: u64,
    /// Bids placed so far.
    pub bids: u32,
    /// The best bid of the round, which is the assignment after the bidding deadline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub best: Option<BestView>,
    /// Who defaulted on it.
    pub defaulted: Vec<String>,
    /// The statement's three result words as decimal text (they have up to 64 bits), once fulfilled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<[String; 3]>,
    /// Commitment to the output, once fulfilled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_digest: Option<String>,
}

/// A request's input.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct InputView {
    /// Whether the commitment is salted.
    pub private: bool,
    /// Commitment to the input.
    pub digest: String,
    /// sha-256 of the blob that holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blob: Option<String>,
    /// Its bytes, when public and small.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inline: Option<String>,
}

/// A requester's price terms.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct OfferView {
    /// The price limit.
    pub max_price: String,
    /// A bid at or under it is assigned at once.
    pub instant_price: String,
    /// The highest provider fee that the requester accepts.
    pub max_fee: String,
    /// Length of one bidding window, in seconds.
    pub bidding_window: u64,
    /// Time to prove, in seconds.
    pub proving_window: u64,
    /// When the request ends.
    pub expires_at: u64,
}

/// What the market fixed when a request was made.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct SnapshotView {
    /// Who gets the fee.
    pub provider: String,
    /// The one prover that may bid, if there is only one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sole_prover: Option<String>,
    /// The listed verifier.
    pub verifier_id: String,
    /// The statement's header word.
    pub header: u32,
    /// The circuit that must have accepted.
    pub circuit: String,
    /// Commitment to the model's data.
    pub commitment: String,
    /// The provider's fee.
    pub fee: String,
    /// What each bidder puts at stake.
    pub collateral: String,
    /// When the request was made.
    pub created_at: u64,
}

/// The best bid of a round.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct BestView {
    /// Who.
    pub prover: String,
    /// For which price.
    pub price: String,
    /// End of bidding.
    pub bidding_deadline: u64,
    /// End of proving.
    pub proving_deadline: u64,
}

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
    /// What it was paid.
    pub price: String,
    /// What the provider was paid.
    pub fee: String,
    /// What the requester got back.
    pub refund: String,
    /// Commitment to the output.
    pub output_digest: String,
    /// The statement's three result words as decimal text: they have up to 64 bits.
    pub result: [String; 3],
    /// sha-256 of the blob that holds the output.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_blob: Option<String>,
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

/// How to reach a prover.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ProverView {
    /// Who.
    pub address: String,
    /// The age recipient that files for it are encrypted to.
    pub age_recipient: String,
    /// Where it serves blobs.
    pub blob_endpoint: String,
    /// Proofs it delivered.
    pub proofs: u64,
    /// When it said so.
    pub updated_at: u64,
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
    /// What it is about: request, model, circuit, prover, verifier or account.
    pub subject_kind: String,
    /// The id of that thing.
    pub subject: String,
    /// The transaction.
    pub tx: String,
    /// The event's fields.
    pub payload: serde_json::Value,
}

fn some_word(word: Word) -> Option<String> {
    (word != Word::ZERO).then(|| word.to_string())
}

fn some_bytes(bytes: &[u8]) -> Option<String> {
    (!bytes.is_empty()).then(|| hex_text(bytes))
}

fn some_address(address: Option<Address>) -> Option<String> {
    address.map(|address| address.to_string())
}

/// Returns bytes as `0x` hex text.
pub fn hex_text(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}

impl From<Kind> for KindView {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Inference => Self::Inference,
            Kind::Accuracy => Self::Accuracy,
            Kind::WeightDelivery => Self::WeightDelivery,
        }
    }
}

impl From<Status> for StatusView {
    fn from(status: Status) -> Self {
        match status {
            Status::Open => Self::Open,
            Status::Assigned => Self::Assigned,
            Status::Overdue => Self::Overdue,
            Status::Fulfilled => Self::Fulfilled,
            Status::Cancelled => Self::Cancelled,
            Status::Expired => Self::Expired,
        }
    }
}

impl From<StatusView> for Status {
    fn from(status: StatusView) -> Self {
        match status {
            StatusView::Open => Self::Open,
            StatusView::Assigned => Self::Assigned,
            StatusView::Overdue => Self::Overdue,
            StatusView::Fulfilled => Self::Fulfilled,
            StatusView::Cancelled => Self::Cancelled,
            StatusView::Expired => Self::Expired,
        }
    }
}

impl ModelView {
    /// Returns the view of a model, given everything that is attested about its circuits.
    pub fn new(model: ModelRecord, attestations: &[AttestationRecord]) -> Self {
        let asks = model.sole_prover.map(|_| model.proving_price.to_string());
        Self {
            id: model.id.to_string(),
            provider: model.provider.to_string(),
            commitment: model.commitment.to_string(),
            weights_private: model.weights_private,
            circuits: model
                .circuits
                .into_iter()
                .map(|circuit| CircuitView::new(circuit, attestations))
                .collect(),
            card_uri: model.card_uri,
            card_hash: model.card_hash.to_string(),
            fee: model.fee.to_string(),
            sole_prover: some_address(model.sole_prover),
            proving_price: asks,
            deprecated: model.deprecated,
            registered_at: model.registered_at.0,
        }
    }
}

impl CircuitView {
    fn new(circuit: CircuitRecord, attestations: &[AttestationRecord]) -> Self {
        let about = attestations
            .iter()
            .filter(|attestation| attestation.circuit == circuit.circuit);
        Self {
            kind: circuit.kind.into(),
            input_private: circuit.input_private,
            output_private: circuit.output_private,
            circuit: circuit.circuit.to_string(),
            attestations: about
                .map(|attestation| AttestationView {
                    attester: attestation.attester.to_string(),
                    card_hash: attestation.card_hash.to_string(),
                    attested_at: attestation.attested_at.0,
                })
                .collect(),
        }
    }
}

impl RequestView {
    /// Returns the view of a request at a time.
    pub fn new(record: RequestRecord, now: Timestamp, finality: FinalityView) -> Self {
        let request = record.request;
        let status = request.status(now).into();
        let assignment = request.effective_assignment(Timestamp(u64::MAX));
        let best = request
            .best
            .zip(assignment)
            .map(|(best, assignment)| BestView {
                prover: best.prover.to_string(),
                price: best.price.to_string(),
                bidding_deadline: best.bidding_deadline.0,
                proving_deadline: assignment.proving_deadline.0,
            });
        let fulfillment = match request.outcome {
            Some(Outcome::Fulfilled(fulfillment)) => Some(fulfillment),
            _ => None,
        };
        let (terms, snapshot, offer) = (&request.terms, &request.snapshot, &request.terms.offer);
        let amount = |amount: Amount| amount.to_string();
        Self {
            id: request.id.to_string(),
            status,
            as_of: now.0,
            finality,
            requester: request.requester.to_string(),
            model: terms.model_id.to_string(),
            kind: terms.kind.into(),
            input: InputView {
                private: terms.input_private,
                digest: terms.input_digest.to_string(),
                blob: some_word(terms.input_blob),
                inline: some_bytes(&terms.inline_input),
            },
            output_private: terms.output_private,
            offer: OfferView {
                max_price: amount(offer.max_price),
                instant_price: amount(offer.instant_price),
                max_fee: amount(offer.max_fee),
                bidding_window: offer.bidding_window.0,
                proving_window: offer.proving_window.0,
                expires_at: offer.expires_at.0,
            },
            snapshot: SnapshotView {
                provider: snapshot.provider.to_string(),
                sole_prover: some_address(snapshot.sole_prover),
                verifier_id: terms.verifier_id.to_string(),
                header: snapshot.header,
                circuit: snapshot.circuit.to_string(),
                commitment: snapshot.commitment.to_string(),
                fee: amount(snapshot.fee),
                collateral: amount(snapshot.collateral),
                created_at: snapshot.opened_at.0,
            },
            round: request.round,
            opened_at: request.opened_at.0,
            bids: request.bids,
            best,
            defaulted: request.defaulted.iter().map(ToString::to_string).collect(),
            result: fulfillment.map(|fulfillment| fulfillment.result.map(|word| word.to_string())),
            output_digest: fulfillment.map(|fulfillment| fulfillment.output_digest.to_string()),
        }
    }
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
            fee: proof.fee.to_string(),
            refund: proof.refund.to_string(),
            output_digest: proof.delivery.output_digest.to_string(),
            result: proof.delivery.result.map(|word| word.to_string()),
            output_blob: some_word(proof.delivery.output_blob),
            output: some_bytes(&proof.delivery.output),
            seal: hex_text(&proof.delivery.seal),
            tx: proof.tx_hash.to_string(),
            fulfilled_at: proof.fulfilled_at.0,
        }
    }
}

impl ProverView {
    /// Returns the view of a prover that delivered so many proofs.
    pub fn new(prover: ProverRecord, proofs: u64) -> Self {
        Self {
            address: prover.address.to_string(),
            age_recipient: prover.age_recipient,
            blob_endpoint: prover.blob_endpoint,
            proofs,
            updated_at: prover.updated_at.0,
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
