//! Logs of our contracts as domain events.

use alloy::primitives::Address as AbiAddress;
use alloy::providers::Provider;
use alloy::rpc::types::{Filter, Log};
use alloy::sol_types::SolEvent;
use assay_market::{Address, Amount, Event, ModelId, RequestId, Timestamp, Word};

use crate::bindings::{
    CircuitRegistry, ModelRegistry, ProofMarket, ProverRegistry, Vault, VerifierRegistry,
};
use crate::connection::Chain;
use crate::convert::{
    address, amount, delivery, request_id, snapshot, some_address, terms, unreadable, word,
};
use crate::error::ChainError;
use crate::models::{Registration, registration};

/// Where a log is on the chain. Block hash and log index name it, whatever a reorganization does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogPosition {
    /// Number of the block.
    pub block_number: u64,
    /// Hash of the block.
    pub block_hash: Word,
    /// Index of the log in the block.
    pub log_index: u64,
    /// The transaction that emitted it.
    pub transaction: Word,
}

/// An event with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct ChainEvent {
    /// Where it is.
    pub position: LogPosition,
    /// What happened.
    pub body: EventBody,
}

/// What one of our contracts says happened.
#[derive(Clone, Debug, PartialEq)]
pub enum EventBody {
    /// Something in a request's life.
    Market {
        /// The request.
        request: RequestId,
        /// What happened to it.
        event: Event,
    },
    /// A model was registered.
    ModelRegistered {
        /// Its id.
        model: ModelId,
        /// Who registered it.
        provider: Address,
        /// What was registered.
        registration: Registration,
    },
    /// A provider changed prices.
    ModelPriced {
        /// The model.
        model: ModelId,
        /// Fee for requests to come.
        fee: Amount,
        /// Proving price for requests to come.
        proving_price: Amount,
    },
    /// A model takes no new requests.
    ModelDeprecated {
        /// The model.
        model: ModelId,
    },
    /// An attester rebuilt a circuit.
    CircuitAttested {
        /// The circuit's id.
        circuit: Word,
        /// Who rebuilt it.
        attester: Address,
        /// Hash of the card that it was rebuilt from.
        card_hash: Word,
    },
    /// An attester took its word back.
    AttestationRevoked {
        /// The circuit's id.
        circuit: Word,
        /// Who.
        attester: Address,
    },
    /// A prover registered or changed its record.
    ProverRegistered {
        /// Who.
        prover: Address,
        /// The age recipient that files for it are encrypted to.
        age_recipient: String,
        /// Where it serves blobs.
        blob_endpoint: String,
    },
    /// A prover took its record back.
    ProverRemoved {
        /// Who.
        prover: Address,
    },
    /// A verifier may be pinned.
    VerifierAdded {
        /// Its id.
        verifier: Word,
        /// Its adapter.
        adapter: Address,
    },
    /// Tokens came into the vault.
    Deposited {
        /// Whose balance grew.
        account: Address,
        /// By how much.
        amount: Amount,
        /// The free balance after.
        free: Amount,
    },
    /// Tokens left the vault.
    Withdrawn {
        /// Whose balance shrank.
        account: Address,
        /// Where the tokens went.
        to: Address,
        /// By how much.
        amount: Amount,
        /// The free balance after.
        free: Amount,
    },
}

impl Chain {
    /// Returns the events of all our contracts in a range of blocks, both ends included, in chain order.
    ///
    /// How long a range may be is the node's choice: halve it when the node refuses.
    pub async fn events(&self, from: u64, to: u64) -> Result<Vec<ChainEvent>, ChainError> {
        let deployment = self.deployment();
        let contracts = vec![
            deployment.market,
            deployment.model_registry,
            deployment.circuit_registry,
            deployment.prover_registry,
            deployment.verifier_registry,
            deployment.vault,
        ];
        self.events_of(contracts, from, to).await
    }

    /// Returns the market's events in a range of blocks, both ends included, in chain order.
    pub async fn market_events(&self, from: u64, to: u64) -> Result<Vec<ChainEvent>, ChainError> {
        self.events_of(vec![self.deployment().market], from, to)
            .await
    }

    async fn events_of(
        &self,
        contracts: Vec<AbiAddress>,
        from: u64,
        to: u64,
    ) -> Result<Vec<ChainEvent>, ChainError> {
        // A range that has not begun is empty; nodes call it an error, each in its own words.
        if from > to {
            return Ok(Vec::new());
        }
        let filter = Filter::new()
            .address(contracts)
            .from_block(from)
            .to_block(to);
        let logs = self.provider().get_logs(&filter).await?;
        let mut events = Vec::with_capacity(logs.len());
        for log in &logs {
            events.extend(self.decode(log)?);
        }
        events.sort_by_key(|event: &ChainEvent| {
            (event.position.block_number, event.position.log_index)
        });
        Ok(events)
    }

    /// Decodes a log. `None` means that it is none that we follow (an ownership event, say).
    pub fn decode(&self, log: &Log) -> Result<Option<ChainEvent>, ChainError> {
        let deployment = self.deployment();
        let source = log.address();
        let body = if source == deployment.market {
            market_event(log)?
        } else if source == deployment.model_registry {
            model_event(log)?
        } else if source == deployment.circuit_registry {
            circuit_event(log)?
        } else if source == deployment.prover_registry {
            prover_event(log)?
        } else if source == deployment.verifier_registry {
            verifier_event(log)?
        } else if source == deployment.vault {
            vault_event(log)?
        } else {
            None
        };
        body.map(|body| {
            Ok(ChainEvent {
                position: position(log)?,
                body,
            })
        })
        .transpose()
    }
}

/// A log without a position is from a pending block: nothing may be derived from it.
fn position(log: &Log) -> Result<LogPosition, ChainError> {
    match (
        log.block_number,
        log.block_hash,
        log.log_index,
        log.transaction_hash,
    ) {
        (Some(block_number), Some(block_hash), Some(log_index), Some(transaction)) => {
            Ok(LogPosition {
                block_number,
                block_hash: word(block_hash),
                log_index,
                transaction: word(transaction),
            })
        }
        _ => Err(unreadable("log", "it is not in a block")),
    }
}

/// Decodes the log as event `E` if its first topic says so.
fn decode<E: SolEvent>(log: &Log) -> Result<Option<E>, ChainError> {
    if log.topic0() != Some(&E::SIGNATURE_HASH) {
        return Ok(None);
    }
    E::decode_log(&log.inner)
        .map(|log| Some(log.data))
        .map_err(|error| unreadable("log", error))
}

fn market_event(log: &Log) -> Result<Option<EventBody>, ChainError> {
    let market = |id, event| {
        Ok(Some(EventBody::Market {
            request: request_id(id),
            event,
        }))
    };
    if let Some(log) = decode::<ProofMarket::Requested>(log)? {
        let event = Event::Requested {
            requester: address(log.requester),
            terms: Box::new(terms(&log.terms)?),
            snapshot: snapshot(&log.snapshot),
            nonce: log.nonce,
        };
        return market(log.requestId, event);
    }
    if let Some(log) = decode::<ProofMarket::BidPlaced>(log)? {
        let event = Event::BidPlaced {
            prover: address(log.prover),
            round: log.round,
            price: Amount(log.price),
            collateral: Amount(log.collateral),
            bidding_deadline: Timestamp(log.biddingDeadline),
            outbid: some_address(log.outbid),
        };
        return market(log.requestId, event);
    }
    if let Some(log) = decode::<ProofMarket::Assigned>(log)? {
        let event = Event::Assigned {
            prover: address(log.prover),
            round: log.round,
            price: Amount(log.price),
            assigned_at: Timestamp(log.assignedAt),
            proving_deadline: Timestamp(log.provingDeadline),
        };
        return market(log.requestId, event);
    }
    if let Some(log) = decode::<ProofMarket::Fulfilled>(log)? {
        let event = Event::Fulfilled {
            prover: address(log.prover),
            round: log.round,
            price: Amount(log.price),
            fee: Amount(log.fee),
            refund: Amount(log.refund),
            delivery: Box::new(delivery(&log.delivery)),
        };
        return market(log.requestId, event);
    }
    if let Some(log) = decode::<ProofMarket::Defaulted>(log)? {
        let event = Event::Defaulted {
            prover: address(log.prover),
            round: log.round,
            burned: Amount(log.burned),
            reward: Amount(log.reward),
            caller: address(log.caller),
        };
        return market(log.requestId, event);
    }
    if let Some(log) = decode::<ProofMarket::RoundOpened>(log)? {
        let event = Event::RoundOpened {
            round: log.round,
            opened_at: Timestamp(log.openedAt),
        };
        return market(log.requestId, event);
    }
    if let Some(log) = decode::<ProofMarket::Cancelled>(log)? {
        return market(
            log.requestId,
            Event::Cancelled {
                refund: Amount(log.refund),
            },
        );
    }
    if let Some(log) = decode::<ProofMarket::Expired>(log)? {
        return market(
            log.requestId,
            Event::Expired {
                refund: Amount(log.refund),
            },
        );
    }
    Ok(None)
}

fn model_event(log: &Log) -> Result<Option<EventBody>, ChainError> {
    if let Some(log) = decode::<ModelRegistry::ModelRegistered>(log)? {
        return Ok(Some(EventBody::ModelRegistered {
            model: ModelId(log.modelId.0),
            provider: address(log.provider),
            registration: registration(log.registration)?,
        }));
    }
    if let Some(log) = decode::<ModelRegistry::ModelPriced>(log)? {
        return Ok(Some(EventBody::ModelPriced {
            model: ModelId(log.modelId.0),
            fee: Amount(log.fee),
            proving_price: Amount(log.provingPrice),
        }));
    }
    Ok(
        decode::<ModelRegistry::ModelDeprecated>(log)?.map(|log| EventBody::ModelDeprecated {
            model: ModelId(log.modelId.0),
        }),
    )
}

fn circuit_event(log: &Log) -> Result<Option<EventBody>, ChainError> {
    if let Some(log) = decode::<CircuitRegistry::CircuitAttested>(log)? {
        return Ok(Some(EventBody::CircuitAttested {
            circuit: word(log.circuit),
            attester: address(log.attester),
            card_hash: word(log.cardHash),
        }));
    }
    Ok(
        decode::<CircuitRegistry::AttestationRevoked>(log)?.map(|log| {
            EventBody::AttestationRevoked {
                circuit: word(log.circuit),
                attester: address(log.attester),
            }
        }),
    )
}

fn prover_event(log: &Log) -> Result<Option<EventBody>, ChainError> {
    if let Some(log) = decode::<ProverRegistry::ProverRegistered>(log)? {
        return Ok(Some(EventBody::ProverRegistered {
            prover: address(log.prover),
            age_recipient: log.ageRecipient,
            blob_endpoint: log.blobEndpoint,
        }));
    }
    Ok(
        decode::<ProverRegistry::ProverRemoved>(log)?.map(|log| EventBody::ProverRemoved {
            prover: address(log.prover),
        }),
    )
}

fn verifier_event(log: &Log) -> Result<Option<EventBody>, ChainError> {
    Ok(
        decode::<VerifierRegistry::VerifierAdded>(log)?.map(|log| EventBody::VerifierAdded {
            verifier: word(log.verifierId),
            adapter: address(log.adapter),
        }),
    )
}

fn vault_event(log: &Log) -> Result<Option<EventBody>, ChainError> {
    if let Some(log) = decode::<Vault::Deposited>(log)? {
        return Ok(Some(EventBody::Deposited {
            account: address(log.account),
            amount: amount(log.amount)?,
            free: amount(log.free)?,
        }));
    }
    let Some(log) = decode::<Vault::Withdrawn>(log)? else {
        return Ok(None);
    };
    Ok(Some(EventBody::Withdrawn {
        account: address(log.account),
        to: address(log.to),
        amount: amount(log.amount)?,
        free: amount(log.free)?,
    }))
}
