//! A request, and its effective status: a function of stored state and time.

use serde::{Deserialize, Serialize};

use crate::params::BOUNTY_BPS;
use crate::{Address, Amount, RequestId, Seconds, Snapshot, Terms, Timestamp, Word};

/// What a request is at some moment. `Assigned`, `Overdue`, `Voided`, and `Expired` of a request without a bid, take
/// effect by time or by a tombstone alone; no transaction is needed and no event tells of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Bids are taken.
    Open,
    /// The best bidder has the right and the duty to prove.
    Assigned,
    /// The proving deadline passed: the prover delivers late, or is declared in default once grace is over.
    Overdue,
    /// A proof verified and the escrow is settled.
    Fulfilled,
    /// Withdrawn by the requester while no bid stood.
    Cancelled,
    /// Ended without a proof.
    Expired,
    /// Its verifier is tombstoned: everybody has back what they put in.
    Voided,
}

impl Status {
    /// Every status, in the order of the contract's numbers, which begin at 1.
    pub const ALL: [Self; 7] = [
        Self::Open,
        Self::Assigned,
        Self::Overdue,
        Self::Fulfilled,
        Self::Cancelled,
        Self::Expired,
        Self::Voided,
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
            Self::Voided => "voided",
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
    /// End of bidding: fixed by the round's first bid, moved by late ones.
    pub bidding_deadline: Timestamp,
}

/// The exclusive right and duty of the best bidder to prove until the proving deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// Who proves, and alone is paid.
    pub prover: Address,
    /// Its bid.
    pub price: Amount,
    /// When bidding ended.
    pub assigned_at: Timestamp,
    /// When proving ends.
    pub proving_deadline: Timestamp,
}

/// What was delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fulfillment {
    /// Who proved and was paid price less late fee plus bounty.
    pub prover: Address,
    /// Its bid.
    pub price: Amount,
    /// What was taken off the price because the proof was late.
    pub late_fee: Amount,
    /// What it got from the collateral of earlier rounds.
    pub bounty: Amount,
    /// Commitment to the output.
    pub output_digest: Word,
    /// sha-256 of the output's bytes, inline or of a blob; zero when nothing was delivered.
    pub output_hash: Word,
    /// The statement's three result words.
    pub result: [u64; 3],
}

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A proof verified.
    Fulfilled(Fulfillment),
    /// Withdrawn while no bid stood.
    Cancelled,
    /// Ended without a proof.
    Expired,
    /// Ended because its verifier is tombstoned.
    Voided,
}

/// When something happens to a request, and what else bears on it then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The time of the market's clock, which stands still while it is paused; see [`crate::Clock`].
    pub now: Timestamp,
    /// Whether the market is paused.
    pub paused: bool,
    /// Whether the verifier that the request pins is tombstoned.
    pub tombstoned: bool,
}

impl Moment {
    /// Returns a moment of the market's clock, with nothing out of the ordinary.
    #[must_use]
    pub const fn at(now: Timestamp) -> Self {
        Self {
            now,
            paused: false,
            tombstoned: false,
        }
    }
}

/// The recorded wish for a proof, as stored; ask [`Request::status`] what it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Its name.
    pub id: RequestId,
    /// Who pays.
    pub requester: Address,
    /// Tells equal requests of one requester apart.
    pub nonce: u64,
    /// What is asked for.
    pub terms: Terms,
    /// What the market fixed when it was made.
    pub snapshot: Snapshot,
    /// The input's bytes, when public and small.
    pub inline_input: Vec<u8>,
    /// The current round, from 1.
    pub round: u32,
    /// Start of the round's first bidding window.
    pub opened_at: Timestamp,
    /// How often this round's bidding was extended.
    pub extensions: u32,
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
    pub fn status(&self, at: Moment) -> Status {
        match self.outcome {
            Some(Outcome::Fulfilled(_)) => return Status::Fulfilled,
            Some(Outcome::Cancelled) => return Status::Cancelled,
            Some(Outcome::Expired) => return Status::Expired,
            Some(Outcome::Voided) => return Status::Voided,
            None if at.tombstoned => return Status::Voided,
            None => {}
        }
        match self.effective_assignment(at.now) {
            Some(assignment) if at.now < assignment.proving_deadline => Status::Assigned,
            Some(_) => Status::Overdue,
            None if self.best.is_none() && at.now >= self.terms.offer.expires_at => Status::Expired,
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
        let passed = self.windows_passed(now).saturating_add(1);
        let window = self.terms.offer.bidding_window;
        self.opened_at
            .after(Seconds(passed.saturating_mul(window.0)))
    }

    /// Returns the highest first bid in the bidding window that `now` lies in: each empty window raises it by a step,
    /// up to the limit.
    #[must_use]
    pub fn ceiling(&self, now: Timestamp) -> Amount {
        let offer = &self.terms.offer;
        let raised = u128::from(self.windows_passed(now)).saturating_mul(offer.ceiling_step.0);
        Amount(offer.first_ceiling.0.saturating_add(raised)).min(offer.max_price)
    }

    /// Returns what waits for whoever fulfills, on top of the price: a share of the collateral of each earlier round,
    /// all of which ended in a default.
    #[must_use]
    pub fn bounty(&self) -> Amount {
        let rounds = self.round.saturating_sub(1);
        Amount(
            self.bounty_of_one_round()
                .0
                .saturating_mul(u128::from(rounds)),
        )
    }

    /// Returns what one default leaves for whoever fulfills.
    pub(crate) fn bounty_of_one_round(&self) -> Amount {
        // A collateral that large is never made: `open` bounds the limit that it is computed from.
        self.snapshot
            .collateral
            .checked_share_floor(BOUNTY_BPS)
            .unwrap_or(Amount::ZERO)
    }

    fn windows_passed(&self, now: Timestamp) -> u64 {
        let window = self.terms.offer.bidding_window;
        now.since(self.opened_at)
            .0
            .checked_div(window.0)
            .unwrap_or(0)
    }

    /// Returns whether the prover defaulted on this request.
    #[must_use]
    pub fn has_defaulted(&self, prover: Address) -> bool {
        self.defaulted.contains(&prover)
    }
}
