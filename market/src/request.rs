//! A request, and its effective status: a function of stored state and time.

use serde::{Deserialize, Serialize};

use crate::{Address, Amount, RequestId, Seconds, Snapshot, Terms, Timestamp, Word};

/// What a request is at some moment. `Assigned`, `Overdue`, and `Expired` of a request without a bid, take effect by
/// time alone; no transaction is needed and no event tells of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Bids are taken.
    Open,
    /// The best bidder has the right and the duty to prove.
    Assigned,
    /// The proving deadline passed; the assignment can be declared a default.
    Overdue,
    /// A proof verified and the escrow is settled.
    Fulfilled,
    /// Withdrawn by the requester before any bid.
    Cancelled,
    /// Ended without a proof.
    Expired,
}

impl Status {
    /// Every status, in the order of the contract's numbers, which begin at 1.
    pub const ALL: [Self; 6] = [
        Self::Open,
        Self::Assigned,
        Self::Overdue,
        Self::Fulfilled,
        Self::Cancelled,
        Self::Expired,
    ];

    /// Returns the word that the API and the database use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Assigned => "assigned",
            Self::Overdue => "overdue",
            Self::Fulfilled => "fulfilled",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }
}

/// The best bid of a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bid {
    /// Who bids.
    pub prover: Address,
    /// What it asks.
    pub price: Amount,
    /// End of bidding: fixed by the round's first bid.
    pub bidding_deadline: Timestamp,
}

/// The exclusive right and duty of the best bidder to prove until the proving deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// Who proves, and alone is paid.
    pub prover: Address,
    /// Its bid, which is what it is paid.
    pub price: Amount,
    /// When bidding ended.
    pub assigned_at: Timestamp,
    /// When proving ends.
    pub proving_deadline: Timestamp,
}

/// What was delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fulfillment {
    /// Who proved and was paid.
    pub prover: Address,
    /// What it was paid.
    pub price: Amount,
    /// Commitment to the output.
    pub output_digest: Word,
    /// The statement's three result words.
    pub result: [u64; 3],
}

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A proof verified.
    Fulfilled(Fulfillment),
    /// Withdrawn before any bid.
    Cancelled,
    /// Ended without a proof.
    Expired,
}

/// The recorded wish for a proof, as stored; ask [`Request::status`] what it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Its name.
    pub id: RequestId,
    /// Who pays.
    pub requester: Address,
    /// What is asked for.
    pub terms: Terms,
    /// What the market fixed when it was made.
    pub snapshot: Snapshot,
    /// The current round, from 1.
    pub round: u32,
    /// Start of the round's first bidding window.
    pub opened_at: Timestamp,
    /// Bids placed so far, over all rounds; the best bid is always the last one.
    pub bids: u32,
    /// The best bid of this round.
    pub best: Option<Bid>,
    /// The assignment of this round, once a transaction has written it.
    pub assignment: Option<Assignment>,
    /// Who defaulted on this request and may not bid on it again.
    pub defaulted: Vec<Address>,
    /// How it ended, once a transaction has written it.
    pub outcome: Option<Outcome>,
}

impl Request {
    /// Returns the effective status: every transition and every view computes it first.
    #[must_use]
    pub fn status(&self, now: Timestamp) -> Status {
        match self.outcome {
            Some(Outcome::Fulfilled(_)) => return Status::Fulfilled,
            Some(Outcome::Cancelled) => return Status::Cancelled,
            Some(Outcome::Expired) => return Status::Expired,
            None => {}
        }
        match self.effective_assignment(now) {
            Some(assignment) if now < assignment.proving_deadline => Status::Assigned,
            Some(_) => Status::Overdue,
            None if self.best.is_none() && now >= self.terms.offer.expires_at => Status::Expired,
            None => Status::Open,
        }
    }

    /// Returns the assignment, written or made by time: at the bidding deadline the best bid is the assignment.
    #[must_use]
    pub fn effective_assignment(&self, now: Timestamp) -> Option<Assignment> {
        if self.assignment.is_some() {
            return self.assignment;
        }
        let best = self.best.filter(|best| now >= best.bidding_deadline)?;
        Some(Assignment {
            prover: best.prover,
            price: best.price,
            assigned_at: best.bidding_deadline,
            proving_deadline: best.bidding_deadline.after(self.terms.offer.proving_window),
        })
    }

    /// Returns the end of the bidding window that `now` lies in: windows follow each other from the round's opening
    /// until one of them has a bid.
    #[must_use]
    pub fn window_end(&self, now: Timestamp) -> Timestamp {
        let window = self.terms.offer.bidding_window;
        let passed = now
            .since(self.opened_at)
            .0
            .checked_div(window.0)
            .unwrap_or(0);
        self.opened_at
            .after(Seconds(passed.saturating_add(1).saturating_mul(window.0)))
    }

    /// Returns whether the prover defaulted on this request.
    #[must_use]
    pub fn has_defaulted(&self, prover: Address) -> bool {
        self.defaulted.contains(&prover)
    }
}
