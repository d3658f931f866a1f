//! Requests as they were made. The contract keeps a hash of each one; the event tells it, and whoever acts on a
//! request brings it along.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use alloy::primitives::B256;
use alloy::providers::Provider;
use alloy::rpc::types::Filter;
use alloy::sol_types::SolEvent;
use assay_market::{Address, Amount, Delivery, Event, RequestId, Snapshot, Terms, Word};

use crate::bindings::{self, ProofMarket};
use crate::connection::Chain;
use crate::convert::{abi_address, abi_snapshot, abi_terms};
use crate::error::ChainError;
use crate::events::{ChainEvent, EventBody};

/// Blocks searched at a time; halved when the node refuses.
const SEARCH_BLOCKS: u64 = 10_000;

/// Requests remembered: what a worker or a person follows at the same time, many times over.
const MAX_REMEMBERED: usize = 10_000;

/// What a requester asked for and what the market fixed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// Who pays.
    pub requester: Address,
    /// Tells equal requests of one requester apart.
    pub nonce: u64,
    /// What is asked for.
    pub terms: Terms,
    /// What was fixed.
    pub snapshot: Snapshot,
    /// The input's bytes, when public and small.
    pub inline_input: Vec<u8>,
}

impl Made {
    pub(crate) fn to_abi(&self) -> bindings::Request {
        bindings::Request {
            requester: abi_address(self.requester),
            nonce: self.nonce,
            terms: abi_terms(&self.terms),
            snapshot: abi_snapshot(&self.snapshot),
        }
    }
}

/// Requests that were seen, so that each is looked up once.
#[derive(Debug, Default)]
pub(crate) struct Remembered {
    made: Mutex<HashMap<RequestId, Made>>,
}

impl Remembered {
    pub(crate) fn get(&self, id: RequestId) -> Option<Made> {
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.get(&id).cloned()
    }

    /// Remembers the request that an event tells of.
    pub(crate) fn take(&self, id: RequestId, event: &Event) {
        let Event::Requested {
            requester,
            nonce,
            terms,
            snapshot,
            inline_input,
            ..
        } = event
        else {
            return;
        };
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if made.len() >= MAX_REMEMBERED {
            made.clear();
        }
        made.insert(
            id,
            Made {
                requester: *requester,
                nonce: *nonce,
                terms: terms.as_ref().clone(),
                snapshot: *snapshot,
                inline_input: inline_input.clone(),
            },
        );
    }

    pub(crate) fn forget(&self, id: RequestId) {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.remove(&id);
    }
}

/// A fulfillment as its event tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fulfilled {
    /// Who proved and was paid.
    pub prover: Address,
    /// In which round.
    pub round: u32,
    /// The bid that was paid, before the late fee and the bounty.
    pub price: Amount,
    /// What the prover lost for being late.
    pub late_fee: Amount,
    /// What it got of earlier defaulters' collateral.
    pub bounty: Amount,
    /// What the provider got.
    pub fee: Amount,
    /// What the requester got back.
    pub refund: Amount,
    /// What was delivered.
    pub delivery: Delivery,
    /// The transaction.
    pub transaction: Word,
}

impl Chain {
    /// Returns a request as it was made, or none if there is no such request. Searches the logs, newest first, for a
    /// request that was not seen yet.
    pub async fn made(&self, id: RequestId) -> Result<Option<Made>, ChainError> {
        if let Some(made) = self.remembered().get(id) {
            return Ok(Some(made));
        }
        let hash = ProofMarket::hashOfCall {
            requestId: B256::from(id.0),
        };
        if self.read(self.deployment().market, &hash).await?.is_zero() {
            return Ok(None);
        }
        // Decoding the event remembers the request.
        self.find(id, ProofMarket::Requested::SIGNATURE_HASH)
            .await?;
        Ok(self.remembered().get(id))
    }

    /// Returns how a request was fulfilled, or none if no event says that it was.
    pub async fn fulfilled(&self, id: RequestId) -> Result<Option<Fulfilled>, ChainError> {
        let found = self
            .find(id, ProofMarket::Fulfilled::SIGNATURE_HASH)
            .await?;
        let Some(found) = found else {
            return Ok(None);
        };
        let EventBody::Market {
            event:
                Event::Fulfilled {
                    prover,
                    round,
                    price,
                    late_fee,
                    bounty,
                    fee,
                    refund,
                    delivery,
                },
            ..
        } = found.body
        else {
            return Ok(None);
        };
        Ok(Some(Fulfilled {
            prover,
            round,
            price,
            late_fee,
            bounty,
            fee,
            refund,
            delivery: *delivery,
            transaction: found.position.transaction,
        }))
    }

    /// Returns the newest event of one kind about a request.
    async fn find(&self, id: RequestId, kind: B256) -> Result<Option<ChainEvent>, ChainError> {
        let filter = Filter::new()
            .address(self.deployment().market)
            .event_signature(kind)
            .topic1(B256::from(id.0));
        let (first, mut to) = (self.deployment().block, self.latest().await?.number);
        let mut range = SEARCH_BLOCKS;
        loop {
            let from = to.saturating_sub(range - 1).max(first);
            let filter = filter.clone().from_block(from).to_block(to);
            let logs = match self.provider().get_logs(&filter).await {
                Ok(logs) => logs,
                Err(error) => match ChainError::from(error) {
                    // Nodes limit ranges in their own ways and words.
                    ChainError::Rpc(_) if range > 1 => {
                        range /= 2;
                        continue;
                    }
                    error => return Err(error),
                },
            };
            if let Some(log) = logs.last() {
                return self.decode(log);
            }
            if from <= first {
                return Ok(None);
            }
            to = from - 1;
        }
    }
}
