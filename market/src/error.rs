//! Why the market refuses; the names are those of the contract's errors.

use crate::{Address, Amount, ModelId, Seconds, Status, Timestamp, Word};

/// A refusal. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MarketError {
    /// The effective status does not allow this.
    #[error("the request is {got:?}, which does not allow this")]
    WrongStatus {
        /// What it is now.
        got: Status,
    },
    /// The call names another round.
    #[error("expected round {expected}, got {got}")]
    WrongRound {
        /// The current round.
        expected: u32,
        /// The round in the call.
        got: u32,
    },
    /// The model takes no new requests.
    #[error("model {0} is deprecated and takes no new requests")]
    ModelIsDeprecated(ModelId),
    /// The model offers no circuit for this kind and privacy mode.
    #[error("model {0} offers no circuit for this kind and privacy mode")]
    VariantNotOffered(ModelId),
    /// A limb of a digest is not a canonical field element.
    #[error("limb {limb} of digest {digest} is not below the field's order")]
    NonCanonicalDigest {
        /// The digest.
        digest: Word,
        /// Which limb, 0 the least significant.
        limb: usize,
    },
    /// The provider's fee is above what the requester accepts.
    #[error("the provider's fee is {fee}, expected at most {max_fee}")]
    FeeTooHigh {
        /// What the requester accepts.
        max_fee: Amount,
        /// What the provider asks.
        fee: Amount,
    },
    /// The price limit is zero or too large.
    #[error("expected a price limit from 1 to {maximum}, got {got}")]
    InvalidMaxPrice {
        /// The largest.
        maximum: Amount,
        /// The limit given.
        got: Amount,
    },
    /// The instant price is above the price limit.
    #[error("expected an instant price of at most the limit {max_price}, got {got}")]
    InstantPriceTooHigh {
        /// The price limit.
        max_price: Amount,
        /// The instant price given.
        got: Amount,
    },
    /// A model with a sole prover is requested at its posted price.
    #[error(
        "the model's sole prover asks {expected}: limit and instant price must equal it, got {got}"
    )]
    PriceNotPosted {
        /// The posted price.
        expected: Amount,
        /// The limit or instant price given.
        got: Amount,
    },
    /// The bidding window is outside its limits.
    #[error("expected a bidding window of {minimum} to {maximum} s, got {got}")]
    InvalidBiddingWindow {
        /// Shortest.
        minimum: Seconds,
        /// Longest.
        maximum: Seconds,
        /// Given.
        got: Seconds,
    },
    /// The proving window is outside its limits.
    #[error("expected a proving window of {minimum} to {maximum} s, got {got}")]
    InvalidProvingWindow {
        /// Shortest.
        minimum: Seconds,
        /// Longest.
        maximum: Seconds,
        /// Given.
        got: Seconds,
    },
    /// The end leaves no room, or lies too far ahead.
    #[error("expected an end from {earliest} to {latest}, got {got}")]
    InvalidExpiry {
        /// One bidding and one proving window from now.
        earliest: Timestamp,
        /// The longest lifetime from now.
        latest: Timestamp,
        /// Given.
        got: Timestamp,
    },
    /// Bytes given inline exceed their limit.
    #[error("expected at most {limit} bytes inline, got {got}")]
    InlineTooLong {
        /// The limit.
        limit: usize,
        /// Given.
        got: usize,
    },
    /// A private input or output given inline, or one given both inline and as a blob.
    #[error("bytes travel inline only when they are public and no blob is named")]
    InvalidInline,
    /// Only one prover may bid on this request.
    #[error("only {expected} may bid on this request, got {got}")]
    ProverNotAdmitted {
        /// The sole prover.
        expected: Address,
        /// Who bids.
        got: Address,
    },
    /// The prover defaulted on this request before.
    #[error("{0} defaulted on this request before")]
    ProverDefaulted(Address),
    /// The bid is above the ceiling, or not enough under the best one.
    #[error("expected a bid of at most {highest}, got {got}")]
    BidTooHigh {
        /// The highest bid that would be taken.
        highest: Amount,
        /// The bid.
        got: Amount,
    },
    /// No bidding and proving window fits before the request ends.
    #[error(
        "bidding and proving would last until {needed_until}, the request ends at {expires_at}"
    )]
    NoWindowFits {
        /// End of proving if this window's best bid is assigned.
        needed_until: Timestamp,
        /// The request's end.
        expires_at: Timestamp,
    },
    /// Only the requester may do this.
    #[error("only the requester {expected} may do this, got {got}")]
    NotRequester {
        /// The requester.
        expected: Address,
        /// The caller.
        got: Address,
    },
    /// There is a bid, which binds both sides.
    #[error("the bid of {0} stands")]
    BidStands(Address),
    /// The request is not over yet.
    #[error("the request ends at {expires_at}, now is {now}")]
    NotExpired {
        /// Its end.
        expires_at: Timestamp,
        /// Now.
        now: Timestamp,
    },
    /// An account's free balance is too small.
    #[error("{account} has {free} free, expected at least {wanted}")]
    InsufficientFree {
        /// Whose.
        account: Address,
        /// What is free.
        free: Amount,
        /// What is needed.
        wanted: Amount,
    },
}

impl MarketError {
    /// Returns the name of the contract's error for the same refusal.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::WrongStatus { .. } => "WrongStatus",
            Self::WrongRound { .. } => "WrongRound",
            Self::ModelIsDeprecated(_) => "ModelIsDeprecated",
            Self::VariantNotOffered(_) => "VariantNotOffered",
            Self::NonCanonicalDigest { .. } => "NonCanonicalDigest",
            Self::FeeTooHigh { .. } => "FeeTooHigh",
            Self::InvalidMaxPrice { .. } => "InvalidMaxPrice",
            Self::InstantPriceTooHigh { .. } => "InstantPriceTooHigh",
            Self::PriceNotPosted { .. } => "PriceNotPosted",
            Self::InvalidBiddingWindow { .. } => "InvalidBiddingWindow",
            Self::InvalidProvingWindow { .. } => "InvalidProvingWindow",
            Self::InvalidExpiry { .. } => "InvalidExpiry",
            Self::InlineTooLong { .. } => "InlineTooLong",
            Self::InvalidInline => "InvalidInline",
            Self::ProverNotAdmitted { .. } => "ProverNotAdmitted",
            Self::ProverDefaulted(_) => "ProverDefaulted",
            Self::BidTooHigh { .. } => "BidTooHigh",
            Self::NoWindowFits { .. } => "NoWindowFits",
            Self::NotRequester { .. } => "NotRequester",
            Self::BidStands(_) => "BidStands",
            Self::NotExpired { .. } => "NotExpired",
            Self::InsufficientFree { .. } => "InsufficientFree",
        }
    }
}
