//! What follows from a transition: money that moves inside the vault's ledger, and events that tell of it.

use serde::{Deserialize, Serialize};

use crate::{Address, Amount, RequestId, Snapshot, Terms, Timestamp, Word};

/// Names a lock in the vault. Each key is used once and closed once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum LockKey {
    /// The requester's price limit plus fee.
    Escrow(RequestId),
    /// The collateral behind the best bid of the round with this number; after a default, the bounty that waits in it.
    Collateral(RequestId, u32),
}

/// Who receives a share of a settled lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Payee {
    /// An account, whose free balance grows.
    Account(Address),
    /// The sink: burned, nobody can withdraw it.
    Sink,
}

/// One consequence of a transition, in the order in which they happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Part of an account's free balance is locked.
    Lock {
        /// The lock's name.
        key: LockKey,
        /// Whose balance.
        account: Address,
        /// How much.
        amount: Amount,
    },
    /// A lock is free again for its account, and the same amount of another account is locked under the same name.
    Relock {
        /// The lock's name.
        key: LockKey,
        /// Whose balance from now on.
        account: Address,
    },
    /// A lock closes and is free again for its account.
    Release {
        /// The lock's name.
        key: LockKey,
    },
    /// A lock closes and is divided; the shares sum up to the locked amount.
    Settle {
        /// The lock's name.
        key: LockKey,
        /// Who gets what.
        payments: Vec<(Payee, Amount)>,
    },
    /// Part of a lock is divided; it stays open with the rest.
    SettlePart {
        /// The lock's name.
        key: LockKey,
        /// Who gets what.
        payments: Vec<(Payee, Amount)>,
    },
    /// An event is written.
    Emit(Box<Event>),
}

/// What a prover delivers. That its seal verifies is the verifier's judgment, not the domain's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Commitment to the output.
    pub output_digest: Word,
    /// The statement's three result words.
    pub result: [u64; 3],
    /// sha-256 of the output's bytes: those in `output` if there are any, else those of a blob; zero when nothing is
    /// delivered.
    pub output_hash: Word,
    /// The Groth16 proof.
    pub seal: Vec<u8>,
    /// The output's bytes, when public and small: the prover's claim.
    pub output: Vec<u8>,
}

/// What happened to a request, with the fields of the contract's events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A request was made.
    Requested {
        /// Who pays.
        requester: Address,
        /// Tells equal requests of one requester apart.
        nonce: u64,
        /// What is asked for.
        terms: Box<Terms>,
        /// What the market fixed.
        snapshot: Snapshot,
        /// The input's bytes, when public and small.
        inline_input: Vec<u8>,
        /// Start of the first bidding window.
        opened_at: Timestamp,
    },
    /// A bid became the best one.
    BidPlaced {
        /// Who bids.
        prover: Address,
        /// In which round.
        round: u32,
        /// What it asks.
        price: Amount,
        /// End of bidding.
        bidding_deadline: Timestamp,
        /// How often this round's bidding was extended.
        extensions: u32,
        /// Whose collateral is free again.
        outbid: Option<Address>,
    },
    /// The best bidder is assigned.
    Assigned {
        /// Who proves.
        prover: Address,
        /// In which round.
        round: u32,
        /// For which price.
        price: Amount,
        /// Since when.
        assigned_at: Timestamp,
        /// Until when.
        proving_deadline: Timestamp,
    },
    /// The proof verified and the escrow is settled: the prover got price less late fee plus bounty.
    Fulfilled {
        /// Who was paid.
        prover: Address,
        /// In which round.
        round: u32,
        /// The prover's bid.
        price: Amount,
        /// What was taken off the price because the proof was late.
        late_fee: Amount,
        /// What the prover got from the collateral of earlier rounds.
        bounty: Amount,
        /// What the provider was paid.
        fee: Amount,
        /// What the requester got back.
        refund: Amount,
        /// What was delivered.
        delivery: Box<Delivery>,
    },
    /// The assigned prover defaulted and was slashed.
    Defaulted {
        /// Who defaulted.
        prover: Address,
        /// In which round.
        round: u32,
        /// What went to the sink.
        burned: Amount,
        /// What stays locked for whoever fulfills.
        bounty: Amount,
        /// What the caller got.
        reward: Amount,
        /// Who declared it.
        caller: Address,
    },
    /// Another round is open.
    RoundOpened {
        /// Its number.
        round: u32,
        /// Start of its first bidding window.
        opened_at: Timestamp,
    },
    /// The requester withdrew the request.
    Cancelled {
        /// What is free again.
        refund: Amount,
        /// Waiting bounties that went to the sink.
        burned: Amount,
    },
    /// The request ended without a proof.
    Expired {
        /// What is free again.
        refund: Amount,
        /// Waiting bounties that went to the sink.
        burned: Amount,
    },
    /// The request's verifier is tombstoned; the collateral of a standing bid is free again too.
    Voided {
        /// What is free again.
        refund: Amount,
        /// Waiting bounties that went to the sink.
        burned: Amount,
    },
    /// The requester's contract was called with the result. It changes nothing here.
    CallbackMade {
        /// The requester's contract.
        consumer: Address,
        /// Whether the call went through.
        succeeded: bool,
    },
}

impl Event {
    /// Returns the name of the contract's event.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Requested { .. } => "Requested",
            Self::BidPlaced { .. } => "BidPlaced",
            Self::Assigned { .. } => "Assigned",
            Self::Fulfilled { .. } => "Fulfilled",
            Self::Defaulted { .. } => "Defaulted",
            Self::RoundOpened { .. } => "RoundOpened",
            Self::Cancelled { .. } => "Cancelled",
            Self::Expired { .. } => "Expired",
            Self::Voided { .. } => "Voided",
            Self::CallbackMade { .. } => "CallbackMade",
        }
    }
}
