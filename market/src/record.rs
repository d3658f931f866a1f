//! State from events: a request is what its events say, so that a reader of the chain arrives at the same state as the
//! contract that wrote them.

use crate::{
    Address, Amount, Assignment, Bid, Event, Fulfillment, Outcome, Request, RequestId, Snapshot,
    Terms, Timestamp,
};

impl Request {
    /// Returns a request in its first round, without bids.
    #[must_use]
    pub fn new(
        id: RequestId,
        requester: Address,
        nonce: u64,
        terms: Terms,
        snapshot: Snapshot,
        inline_input: Vec<u8>,
        opened_at: Timestamp,
    ) -> Self {
        Self {
            id,
            requester,
            nonce,
            terms,
            snapshot,
            inline_input,
            round: 1,
            opened_at,
            extensions: 0,
            best: None,
            assignment: None,
            defaulted: Vec::new(),
            outcome: None,
        }
    }

    /// Records what an event says. Rules are not checked again: the event happened.
    pub fn record(&mut self, event: &Event) {
        match event {
            Event::Requested {
                requester,
                nonce,
                terms,
                snapshot,
                inline_input,
                opened_at,
            } => {
                *self = Self::new(
                    self.id,
                    *requester,
                    *nonce,
                    terms.as_ref().clone(),
                    *snapshot,
                    inline_input.clone(),
                    *opened_at,
                );
            }
            Event::BidPlaced {
                prover,
                price,
                bidding_deadline,
                extensions,
                ..
            } => {
                self.extensions = *extensions;
                self.best = Some(Bid {
                    prover: *prover,
                    price: *price,
                    bidding_deadline: *bidding_deadline,
                });
            }
            Event::Assigned {
                prover,
                price,
                assigned_at,
                proving_deadline,
                ..
            } => {
                self.assignment = Some(Assignment {
                    prover: *prover,
                    price: *price,
                    assigned_at: *assigned_at,
                    proving_deadline: *proving_deadline,
                });
            }
            Event::Fulfilled {
                prover,
                price,
                late_fee,
                bounty,
                delivery,
                ..
            } => {
                self.outcome = Some(Outcome::Fulfilled(Fulfillment {
                    prover: *prover,
                    price: *price,
                    late_fee: *late_fee,
                    bounty: *bounty,
                    output_digest: delivery.output_digest,
                    output_hash: delivery.output_hash,
                    result: delivery.result,
                }));
            }
            Event::Defaulted { prover, .. } => self.defaulted.push(*prover),
            Event::RoundOpened { round, opened_at } => {
                self.round = *round;
                self.opened_at = *opened_at;
                self.extensions = 0;
                self.best = None;
                self.assignment = None;
            }
            Event::Cancelled { .. } => self.outcome = Some(Outcome::Cancelled),
            Event::Expired { .. } => self.outcome = Some(Outcome::Expired),
            Event::Voided { .. } => self.outcome = Some(Outcome::Voided),
            Event::CallbackMade { .. } => {}
        }
    }

    /// Returns what the requester escrowed: price limit plus fee.
    #[must_use]
    pub fn escrow(&self) -> Amount {
        // `open` refuses a sum that does not fit, and so does the contract whose events are recorded here.
        self.terms
            .offer
            .max_price
            .checked_add(self.snapshot.fee)
            .unwrap_or(Amount(u128::MAX))
    }
}
