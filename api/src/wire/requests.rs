//! Requests.

use assay_market::{Amount, Outcome, Params, Status, Timestamp};
use assay_store::RequestRecord;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{KindView, some_address, some_bytes, some_word};
use crate::now::Now;

/// What a request is now. Some transitions are made by time alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StatusView {
    /// Bids are taken.
    Open,
    /// The best bidder has the right and the duty to prove.
    Assigned,
    /// The proving deadline passed: the proof may still come, late, until somebody declares a default.
    Overdue,
    /// A proof verified.
    Fulfilled,
    /// Withdrawn by the requester.
    Cancelled,
    /// Ended without a proof.
    Expired,
    /// Its verifier is tombstoned: everybody has back what they put in.
    Voided,
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
    /// The time of the market's clock for which `status` holds; compare deadlines with it.
    pub as_of: u64,
    /// Whether that clock stands still.
    pub paused: bool,
    /// How final the newest event about it is; take nothing for granted before it is safe.
    pub finality: FinalityView,
    /// Who pays.
    pub requester: String,
    /// Tells equal requests of one requester apart; decimal text, for it has up to 64 bits.
    pub nonce: String,
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
    /// Gas for the call to the requester's contract when it is fulfilled; zero for none.
    pub callback_gas: u32,
    /// What was fixed when it was made.
    pub snapshot: SnapshotView,
    /// The current round, from 1.
    pub round: u32,
    /// When the round opened.
    pub opened_at: u64,
    /// How often the round's bidding was extended.
    pub extensions: u32,
    /// The highest price that a bid may name now; missing when no bid is possible.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub highest_bid: Option<String>,
    /// What whoever fulfills gets on top of its price, from the collateral of earlier rounds.
    pub bounty: String,
    /// Bids placed so far, over all rounds.
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
    /// sha-256 of the output's bytes, once fulfilled; missing when nothing was delivered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_hash: Option<String>,
}

/// A request's input.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct InputView {
    /// Whether the commitment is salted.
    pub private: bool,
    /// Commitment to the input.
    pub digest: String,
    /// sha-256 of its bytes: the inline ones if there are any, else those of a blob.
    pub hash: String,
    /// Its bytes, when public and small.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inline: Option<String>,
}

/// A requester's price terms.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct OfferView {
    /// The highest bid in a round's first window.
    pub first_ceiling: String,
    /// By how much each empty window raises the ceiling.
    pub ceiling_step: String,
    /// The price limit: the highest ceiling.
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
    /// When the request was made, in the chain's time.
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

impl From<Status> for StatusView {
    fn from(status: Status) -> Self {
        match status {
            Status::Open => Self::Open,
            Status::Assigned => Self::Assigned,
            Status::Overdue => Self::Overdue,
            Status::Fulfilled => Self::Fulfilled,
            Status::Cancelled => Self::Cancelled,
            Status::Expired => Self::Expired,
            Status::Voided => Self::Voided,
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
            StatusView::Voided => Self::Voided,
        }
    }
}

impl RequestView {
    /// Returns the view of a request now.
    pub fn new(record: RequestRecord, now: &Now, params: &Params, finality: FinalityView) -> Self {
        let request = record.request;
        let moment = now.moment(request.terms.verifier_id);
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
            status: request.status(moment).into(),
            as_of: moment.now.0,
            paused: moment.paused,
            finality,
            requester: request.requester.to_string(),
            nonce: request.nonce.to_string(),
            model: terms.model_id.to_string(),
            kind: terms.kind.into(),
            input: InputView {
                private: terms.input_private,
                digest: terms.input_digest.to_string(),
                hash: terms.input_hash.to_string(),
                inline: some_bytes(&request.inline_input),
            },
            output_private: terms.output_private,
            offer: OfferView {
                first_ceiling: amount(offer.first_ceiling),
                ceiling_step: amount(offer.ceiling_step),
                max_price: amount(offer.max_price),
                instant_price: amount(offer.instant_price),
                max_fee: amount(offer.max_fee),
                bidding_window: offer.bidding_window.0,
                proving_window: offer.proving_window.0,
                expires_at: offer.expires_at.0,
            },
            callback_gas: terms.callback_gas,
            snapshot: SnapshotView {
                provider: snapshot.provider.to_string(),
                sole_prover: some_address(snapshot.sole_prover),
                verifier_id: terms.verifier_id.to_string(),
                header: snapshot.header,
                circuit: snapshot.circuit.to_string(),
                commitment: snapshot.commitment.to_string(),
                fee: amount(snapshot.fee),
                collateral: amount(snapshot.collateral),
                created_at: record.created_at.0,
            },
            round: request.round,
            opened_at: request.opened_at.0,
            extensions: request.extensions,
            highest_bid: request.highest_bid(params, moment).ok().map(amount),
            bounty: amount(request.bounty()),
            bids: record.bids,
            best,
            defaulted: request.defaulted.iter().map(ToString::to_string).collect(),
            result: fulfillment.map(|fulfillment| fulfillment.result.map(|word| word.to_string())),
            output_hash: fulfillment.and_then(|fulfillment| some_word(fulfillment.output_hash)),
            output_digest: fulfillment.map(|fulfillment| fulfillment.output_digest.to_string()),
        }
    }
}
