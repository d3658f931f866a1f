//! Logs of our contracts as domain events.

mod market;
mod registries;
mod vault;

use alloy::primitives::Address as AbiAddress;
use alloy::providers::Provider;
use alloy::rpc::types::{Filter, Log};
use alloy::sol_types::SolEvent;
use assay_market::{Address, Amount, Event, ModelId, RequestId, Seconds, Timestamp, Word};

use crate::connection::Chain;
use crate::convert::{address, unreadable, word};
use crate::error::ChainError;
use crate::models::Registration;

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
            market::market_event(log)?
        } else if source == deployment.model_registry {
            registries::model_event(log)?
        } else if source == deployment.circuit_registry {
            registries::circuit_event(log)?
        } else if source == deployment.prover_registry {
            registries::prover_event(log)?
        } else if source == deployment.verifier_registry {
            registries::verifier_event(log)?
        } else if source == deployment.vault {
            vault::vault_event(log)?
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

fn withdrawn(subject: Option<AbiAddress>) -> Option<EventBody> {
    subject.map(|subject| EventBody::ProposalWithdrawn {
        subject: address(subject),
    })
}
