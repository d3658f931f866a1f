//! What the proof market tells.

use alloy::primitives::B256;
use alloy::rpc::types::Log;
use assay_market::{Amount, Event, Seconds, Timestamp};

use super::{EventBody, decode};
use crate::bindings::ProofMarket;
use crate::convert::{address, delivery, request_id, snapshot, some_address, terms};
use crate::error::ChainError;

pub(super) fn market_event(log: &Log) -> Result<Option<EventBody>, ChainError> {
    if let Some(log) = decode::<ProofMarket::Paused>(log)? {
        return Ok(Some(EventBody::Paused {
            clock: Timestamp(log.clock),
            until: Timestamp(log.until),
        }));
    }
    if let Some(log) = decode::<ProofMarket::Unpaused>(log)? {
        return Ok(Some(EventBody::Unpaused {
            clock: Timestamp(log.clock),
            behind: Seconds(log.behind),
        }));
    }
    if let Some(found) = bidding_event(log)? {
        return Ok(Some(found));
    }
    ending_event(log)
}

fn of_request(id: B256, event: Event) -> Result<Option<EventBody>, ChainError> {
    Ok(Some(EventBody::Market {
        request: request_id(id),
        event,
    }))
}

/// From the request to the assignment.
fn bidding_event(log: &Log) -> Result<Option<EventBody>, ChainError> {
    if let Some(log) = decode::<ProofMarket::Requested>(log)? {
        let event = Event::Requested {
            requester: address(log.requester),
            nonce: log.nonce,
            terms: Box::new(terms(&log.terms)?),
            snapshot: snapshot(&log.snapshot),
            inline_input: log.inlineInput.to_vec(),
            opened_at: Timestamp(log.openedAt),
        };
        return of_request(log.requestId, event);
    }
    if let Some(log) = decode::<ProofMarket::BidPlaced>(log)? {
        let event = Event::BidPlaced {
            prover: address(log.prover),
            round: log.round,
            price: Amount(log.price),
            bidding_deadline: Timestamp(log.biddingDeadline),
            extensions: log.extensions,
            outbid: some_address(log.outbid),
        };
        return of_request(log.requestId, event);
    }
    if let Some(log) = decode::<ProofMarket::Assigned>(log)? {
        let event = Event::Assigned {
            prover: address(log.prover),
            round: log.round,
            price: Amount(log.price),
            assigned_at: Timestamp(log.assignedAt),
            proving_deadline: Timestamp(log.provingDeadline),
        };
        return of_request(log.requestId, event);
    }
    let Some(log) = decode::<ProofMarket::RoundOpened>(log)? else {
        return Ok(None);
    };
    let event = Event::RoundOpened {
        round: log.round,
        opened_at: Timestamp(log.openedAt),
    };
    of_request(log.requestId, event)
}

/// What ends a round or a request.
fn ending_event(log: &Log) -> Result<Option<EventBody>, ChainError> {
    if let Some(log) = decode::<ProofMarket::Fulfilled>(log)? {
        let event = Event::Fulfilled {
            prover: address(log.prover),
            round: log.round,
            price: Amount(log.price),
            late_fee: Amount(log.lateFee),
            bounty: Amount(log.bounty),
            fee: Amount(log.fee),
            refund: Amount(log.refund),
            delivery: Box::new(delivery(&log.delivery)),
        };
        return of_request(log.requestId, event);
    }
    if let Some(log) = decode::<ProofMarket::Defaulted>(log)? {
        let event = Event::Defaulted {
            prover: address(log.prover),
            round: log.round,
            burned: Amount(log.burned),
            bounty: Amount(log.bounty),
            reward: Amount(log.reward),
            caller: address(log.caller),
        };
        return of_request(log.requestId, event);
    }
    if let Some(log) = decode::<ProofMarket::CallbackMade>(log)? {
        let event = Event::CallbackMade {
            consumer: address(log.consumer),
            succeeded: log.succeeded,
        };
        return of_request(log.requestId, event);
    }
    if let Some(log) = decode::<ProofMarket::Cancelled>(log)? {
        let (refund, burned) = (Amount(log.refund), Amount(log.burned));
        return of_request(log.requestId, Event::Cancelled { refund, burned });
    }
    if let Some(log) = decode::<ProofMarket::Expired>(log)? {
        let (refund, burned) = (Amount(log.refund), Amount(log.burned));
        return of_request(log.requestId, Event::Expired { refund, burned });
    }
    let Some(log) = decode::<ProofMarket::Voided>(log)? else {
        return Ok(None);
    };
    let (refund, burned) = (Amount(log.refund), Amount(log.burned));
    of_request(log.requestId, Event::Voided { refund, burned })
}
