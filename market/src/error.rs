//! Why the market refuses; the names are those of the contract's errors.

use crate::{Address, Amount, Kind, ModelId, Seconds, Status, Timestamp, Word};

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
    /// Only the owner may do this.
    #[error("only the owner may do this")]
    NotOwner,
    /// The market is paused.
    #[error("the market is paused")]
    MarketIsPaused,
    /// The market is not paused.
    #[error("the market is not paused")]
    MarketIsNotPaused,
    /// The last pause is too recent.
    #[error("another pause is possible from {possible_from} on")]
    PausedTooRecently {
        /// In the chain's time.
        possible_from: Timestamp,
    },
    /// The market has no rules for statements of this kind.
    #[error("the market takes no requests of kind {0:?}")]
    KindNotSupported(Kind),
    /// The model takes no new requests.
    #[error("model {0} is deprecated and takes no new requests")]
    ModelIsDeprecated(ModelId),
    /// The model offers no circuit for this kind and privacy mode.
    #[error("model {0} offers no circuit for this kind and privacy mode")]
    VariantNotOffered(ModelId),
    /// The verifier that the terms pin is not to be relied on any more.
    #[error("verifier {0} is tombstoned")]
    VerifierIsTombstoned(Word),
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
    /// The first ceiling is zero or above the limit, or the step does not lead from the one to the other.
    #[error(
        "expected a first ceiling from 1 to {max_price}, with a step only where it is below: got {first_ceiling}, \
         step {ceiling_step}"
    )]
    InvalidCeiling {
        /// The first ceiling given.
        first_ceiling: Amount,
        /// The step given.
        ceiling_step: Amount,
        /// The price limit.
        max_price: Amount,
    },
    /// The instant price is above the first ceiling.
    #[error("expected an instant price of at most the first ceiling {first_ceiling}, got {got}")]
    InstantPriceTooHigh {
        /// The first ceiling.
        first_ceiling: Amount,
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
        /// The end of one round from now, with every extension and the grace.
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
    /// A private input or output given inline.
    #[error("private bytes do not travel inline")]
    InvalidInline,
    /// Bytes given inline are not those of the hash.
    #[error("expected inline bytes with sha-256 {expected}, got {got}")]
    WrongHash {
        /// The hash given.
        expected: Word,
        /// The hash of the bytes.
        got: Word,
    },
    /// The callback asks for more gas than the limit.
    #[error("expected at most {limit} gas for the callback, got {got}")]
    CallbackGasTooHigh {
        /// The limit.
        limit: u32,
        /// Given.
        got: u32,
    },
    /// A callback goes to the requester's own contract, and there is no code.
    #[error("a callback needs a contract, and {0} is none")]
    CallbackNeedsContract(Address),
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
    /// No round fits before the request ends.
    #[error(
        "bidding, proving and grace would last until {needed_until}, the request ends at {expires_at}"
    )]
    NoWindowFits {
        /// End of the round if this window has its first bid.
        needed_until: Timestamp,
        /// The request's end.
        expires_at: Timestamp,
    },
    /// The prover may still deliver late.
    #[error("the prover may deliver late until {until}, now is {now}")]
    GraceNotOver {
        /// When grace ends.
        until: Timestamp,
        /// Now.
        now: Timestamp,
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
    /// The market is no module of the vault, or a retired one that tries to lock.
    #[error("the vault takes no locks from this market")]
    NotModule,
    /// The account consented to less than this.
    #[error("{account} consented to {allowance}, expected at least {wanted}")]
    AllowanceExceeded {
        /// Whose.
        account: Address,
        /// What it consented to.
        allowance: Amount,
        /// What would be used.
        wanted: Amount,
    },
    /// The market would take more from this account today than its limit.
    #[error("the market may take {limit} a day from {account}, which leaves less than {wanted}")]
    DailyLimitExceeded {
        /// Whose.
        account: Address,
        /// The limit of a whole day.
        limit: Amount,
        /// What would be locked.
        wanted: Amount,
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
            Self::NotOwner => "NotOwner",
            Self::MarketIsPaused => "MarketIsPaused",
            Self::MarketIsNotPaused => "MarketIsNotPaused",
            Self::PausedTooRecently { .. } => "PausedTooRecently",
            Self::KindNotSupported(_) => "KindNotSupported",
            Self::ModelIsDeprecated(_) => "ModelIsDeprecated",
            Self::VariantNotOffered(_) => "VariantNotOffered",
            Self::VerifierIsTombstoned(_) => "VerifierIsTombstoned",
            Self::NonCanonicalDigest { .. } => "NonCanonicalDigest",
            Self::FeeTooHigh { .. } => "FeeTooHigh",
            Self::InvalidMaxPrice { .. } => "InvalidMaxPrice",
            Self::InvalidCeiling { .. } => "InvalidCeiling",
            Self::InstantPriceTooHigh { .. } => "InstantPriceTooHigh",
            Self::PriceNotPosted { .. } => "PriceNotPosted",
            Self::InvalidBiddingWindow { .. } => "InvalidBiddingWindow",
            Self::InvalidProvingWindow { .. } => "InvalidProvingWindow",
            Self::InvalidExpiry { .. } => "InvalidExpiry",
            Self::InlineTooLong { .. } => "InlineTooLong",
            Self::WrongHash { .. } => "WrongHash",
            Self::CallbackGasTooHigh { .. } => "CallbackGasTooHigh",
            Self::CallbackNeedsContract(_) => "CallbackNeedsContract",
            Self::InvalidInline => "InvalidInline",
            Self::ProverNotAdmitted { .. } => "ProverNotAdmitted",
            Self::ProverDefaulted(_) => "ProverDefaulted",
            Self::BidTooHigh { .. } => "BidTooHigh",
            Self::NoWindowFits { .. } => "NoWindowFits",
            Self::GraceNotOver { .. } => "GraceNotOver",
            Self::NotRequester { .. } => "NotRequester",
            Self::BidStands(_) => "BidStands",
            Self::NotExpired { .. } => "NotExpired",
            Self::NotModule => "NotModule",
            Self::AllowanceExceeded { .. } => "AllowanceExceeded",
            Self::DailyLimitExceeded { .. } => "DailyLimitExceeded",
            Self::InsufficientFree { .. } => "InsufficientFree",
        }
    }
}
