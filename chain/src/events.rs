//! Logs of our contracts as domain events.

use alloy::primitives::{Address as AbiAddress, B256};
use alloy::providers::Provider;
use alloy::rpc::types::{Filter, Log};
use alloy::sol_types::SolEvent;
use assay_market::{Address, Amount, Event, ModelId, RequestId, Seconds, Timestamp, Word};

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
        /// The listing that had its commitment first: this one, or the one that this one copies.
        first: ModelId,
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
    /// The owner proposes an attester.
    AttesterProposed {
        /// Who.
        attester: Address,
        /// From when it can be added.
        active_from: Timestamp,
        /// Until when.
        active_until: Timestamp,
    },
    /// An attester was added.
    AttesterAdded {
        /// Who.
        attester: Address,
    },
    /// An attester was removed: its word counts no more.
    AttesterRemoved {
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
    /// The owner proposes a verifier's adapter.
    VerifierProposed {
        /// The adapter.
        adapter: Address,
        /// Hash of its code.
        code_hash: Word,
        /// From when it can be added.
        active_from: Timestamp,
        /// Until when.
        active_until: Timestamp,
    },
    /// A verifier is broken: every unsettled request that pins it is void.
    VerifierTombstoned {
        /// Its id.
        verifier: Word,
        /// Its adapter.
        adapter: Address,
    },
    /// A proposal was withdrawn.
    ProposalWithdrawn {
        /// Who or what was proposed.
        subject: Address,
    },
    /// The market's clock stands still.
    Paused {
        /// The market's time.
        clock: Timestamp,
        /// When the pause ends by itself, in the chain's time.
        until: Timestamp,
    },
    /// The market's clock goes on.
    Unpaused {
        /// The market's time.
        clock: Timestamp,
        /// How far it is behind the chain's from now on.
        behind: Seconds,
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
        /// What was paid of it: less only after the token took from the vault's own balance.
        paid: Amount,
        /// The free balance after.
        free: Amount,
    },
    /// An account lets a module have part of its balance.
    Consented {
        /// Whose.
        account: Address,
        /// The module.
        module: Address,
        /// Up to how much.
        allowance: Amount,
    },
    /// A module locked part of an account's balance.
    Locked {
        /// The module.
        module: Address,
        /// Names the lock.
        key: Word,
        /// Whose balance.
        account: Address,
        /// How much.
        amount: Amount,
        /// The free balance after.
        free: Amount,
        /// The locked balance after.
        locked: Amount,
    },
    /// A lock was closed in favor of its own account.
    Released {
        /// The module.
        module: Address,
        /// Names the lock.
        key: Word,
        /// Whose balance.
        account: Address,
        /// How much.
        amount: Amount,
        /// The free balance after.
        free: Amount,
        /// The locked balance after.
        locked: Amount,
    },
    /// A lock, or part of it, was paid out.
    Settled {
        /// The module.
        module: Address,
        /// Names the lock.
        key: Word,
        /// Whose balance it was.
        account: Address,
        /// What the lock still holds.
        left: Amount,
        /// The account's locked balance after.
        locked: Amount,
        /// Who was paid, how much, and the free balance after.
        credits: Vec<(Address, Amount, Amount)>,
    },
    /// The owner proposes a module.
    ModuleProposed {
        /// The module.
        module: Address,
        /// Hash of its code.
        code_hash: Word,
        /// How much of one account it may lock in a day.
        daily_limit: Amount,
        /// From when it can be activated.
        active_from: Timestamp,
        /// Until when.
        active_until: Timestamp,
    },
    /// A module may lock.
    ModuleActivated {
        /// The module.
        module: Address,
        /// How much of one account in a day.
        daily_limit: Amount,
    },
    /// A module may not lock any more.
    ModuleRetired {
        /// The module.
        module: Address,
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
        if let Some(EventBody::Market { request, event }) = &body {
            self.remembered().take(*request, event);
        }
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

fn model_event(log: &Log) -> Result<Option<EventBody>, ChainError> {
    if let Some(log) = decode::<ModelRegistry::ModelRegistered>(log)? {
        return Ok(Some(EventBody::ModelRegistered {
            model: ModelId(log.modelId.0),
            provider: address(log.provider),
            first: ModelId(log.first.0),
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
    if let Some(log) = decode::<CircuitRegistry::AttestationRevoked>(log)? {
        return Ok(Some(EventBody::AttestationRevoked {
            circuit: word(log.circuit),
            attester: address(log.attester),
        }));
    }
    if let Some(log) = decode::<CircuitRegistry::AttesterProposed>(log)? {
        return Ok(Some(EventBody::AttesterProposed {
            attester: address(log.attester),
            active_from: Timestamp(log.activeFrom),
            active_until: Timestamp(log.activeUntil),
        }));
    }
    if let Some(log) = decode::<CircuitRegistry::AttesterAdded>(log)? {
        let attester = address(log.attester);
        return Ok(Some(EventBody::AttesterAdded { attester }));
    }
    if let Some(log) = decode::<CircuitRegistry::AttesterRemoved>(log)? {
        let attester = address(log.attester);
        return Ok(Some(EventBody::AttesterRemoved { attester }));
    }
    Ok(withdrawn(
        decode::<CircuitRegistry::ProposalWithdrawn>(log)?.map(|log| log.subject),
    ))
}

fn withdrawn(subject: Option<AbiAddress>) -> Option<EventBody> {
    subject.map(|subject| EventBody::ProposalWithdrawn {
        subject: address(subject),
    })
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
    if let Some(log) = decode::<VerifierRegistry::VerifierProposed>(log)? {
        return Ok(Some(EventBody::VerifierProposed {
            adapter: address(log.adapter),
            code_hash: word(log.codeHash),
            active_from: Timestamp(log.activeFrom),
            active_until: Timestamp(log.activeUntil),
        }));
    }
    if let Some(log) = decode::<VerifierRegistry::VerifierAdded>(log)? {
        return Ok(Some(EventBody::VerifierAdded {
            verifier: word(log.verifierId),
            adapter: address(log.adapter),
        }));
    }
    if let Some(log) = decode::<VerifierRegistry::VerifierTombstoned>(log)? {
        return Ok(Some(EventBody::VerifierTombstoned {
            verifier: word(log.verifierId),
            adapter: address(log.adapter),
        }));
    }
    Ok(withdrawn(
        decode::<VerifierRegistry::ProposalWithdrawn>(log)?.map(|log| log.subject),
    ))
}

fn vault_event(log: &Log) -> Result<Option<EventBody>, ChainError> {
    if let Some(log) = decode::<Vault::Deposited>(log)? {
        return Ok(Some(EventBody::Deposited {
            account: address(log.account),
            amount: amount(log.amount)?,
            free: amount(log.free)?,
        }));
    }
    if let Some(log) = decode::<Vault::Withdrawn>(log)? {
        return Ok(Some(EventBody::Withdrawn {
            account: address(log.account),
            to: address(log.to),
            amount: amount(log.amount)?,
            paid: amount(log.paid)?,
            free: amount(log.free)?,
        }));
    }
    if let Some(found) = lock_event(log)? {
        return Ok(Some(found));
    }
    module_event(log)
}

/// What modules do with balances.
fn lock_event(log: &Log) -> Result<Option<EventBody>, ChainError> {
    if let Some(log) = decode::<Vault::Locked>(log)? {
        return Ok(Some(EventBody::Locked {
            module: address(log.module),
            key: word(log.key),
            account: address(log.account),
            amount: amount(log.amount)?,
            free: amount(log.free)?,
            locked: amount(log.locked)?,
        }));
    }
    if let Some(log) = decode::<Vault::Released>(log)? {
        return Ok(Some(EventBody::Released {
            module: address(log.module),
            key: word(log.key),
            account: address(log.account),
            amount: amount(log.amount)?,
            free: amount(log.free)?,
            locked: amount(log.locked)?,
        }));
    }
    let Some(log) = decode::<Vault::Settled>(log)? else {
        return Ok(None);
    };
    let credits = log.credits.iter().map(|credit| {
        Ok((
            address(credit.to),
            amount(credit.amount)?,
            amount(credit.free)?,
        ))
    });
    Ok(Some(EventBody::Settled {
        module: address(log.module),
        key: word(log.key),
        account: address(log.account),
        left: amount(log.left)?,
        locked: amount(log.locked)?,
        credits: credits.collect::<Result<_, ChainError>>()?,
    }))
}

/// Which modules there are, and who consents to them.
fn module_event(log: &Log) -> Result<Option<EventBody>, ChainError> {
    if let Some(log) = decode::<Vault::Consented>(log)? {
        return Ok(Some(EventBody::Consented {
            account: address(log.account),
            module: address(log.module),
            allowance: amount(log.allowance)?,
        }));
    }
    if let Some(log) = decode::<Vault::ModuleProposed>(log)? {
        return Ok(Some(EventBody::ModuleProposed {
            module: address(log.module),
            code_hash: word(log.codeHash),
            daily_limit: amount(log.dailyLimit)?,
            active_from: Timestamp(log.activeFrom),
            active_until: Timestamp(log.activeUntil),
        }));
    }
    if let Some(log) = decode::<Vault::ModuleActivated>(log)? {
        return Ok(Some(EventBody::ModuleActivated {
            module: address(log.module),
            daily_limit: amount(log.dailyLimit)?,
        }));
    }
    if let Some(log) = decode::<Vault::ModuleRetired>(log)? {
        let module = address(log.module);
        return Ok(Some(EventBody::ModuleRetired { module }));
    }
    Ok(withdrawn(
        decode::<Vault::ProposalWithdrawn>(log)?.map(|log| log.subject),
    ))
}
