//! What the indexer reads from the chain: headers, and the logs of our contracts with what they mean.

use assay_chain::alloy::primitives::{B256, Log as RawLog, LogData};
use assay_chain::alloy::providers::Provider;
use assay_chain::alloy::rpc::types::{Filter, Log};
use assay_chain::{BlockHeader, Chain, ChainError, ChainEvent};
use assay_market::{Address, Timestamp, Word};
use assay_store::{BlockRecord, LogRecord};

/// A log as it was read, and what it says.
#[derive(Debug)]
pub struct Sourced {
    /// What it says.
    pub event: ChainEvent,
    /// The contract that wrote it.
    pub address: Address,
    /// Its topics.
    pub topics: Vec<Word>,
    /// Its data.
    pub data: Vec<u8>,
}

/// Returns the logs of exactly this block.
pub async fn logs_of_block(chain: &Chain, hash: B256) -> Result<Vec<Sourced>, ChainError> {
    logs(chain, filter(chain).at_block_hash(hash)).await
}

/// Returns the logs of a range of blocks, both ends included.
pub async fn logs_of_range(chain: &Chain, from: u64, to: u64) -> Result<Vec<Sourced>, ChainError> {
    logs(chain, filter(chain).from_block(from).to_block(to)).await
}

/// Reads a stored log again.
pub fn reread(chain: &Chain, record: &LogRecord) -> Result<Option<Sourced>, ChainError> {
    let topics = record
        .topics
        .iter()
        .map(|topic| B256::from(topic.0))
        .collect();
    let log = Log {
        inner: RawLog {
            address: record.address.0.into(),
            data: LogData::new_unchecked(topics, record.data.clone().into()),
        },
        block_hash: Some(record.block_hash.0.into()),
        block_number: Some(record.position.block_number),
        transaction_hash: Some(record.tx_hash.0.into()),
        log_index: Some(record.position.log_index),
        ..Log::default()
    };
    sourced(chain, &log)
}

/// Returns a header as the store keeps it.
pub fn block_record(header: &BlockHeader) -> BlockRecord {
    BlockRecord {
        number: header.number,
        hash: Word(header.hash.0),
        parent_hash: Word(header.parent_hash.0),
        timestamp: Timestamp(header.timestamp),
    }
}

fn filter(chain: &Chain) -> Filter {
    let deployment = chain.deployment();
    Filter::new().address(vec![
        deployment.market,
        deployment.model_registry,
        deployment.circuit_registry,
        deployment.prover_registry,
        deployment.verifier_registry,
        deployment.vault,
    ])
}

async fn logs(chain: &Chain, filter: Filter) -> Result<Vec<Sourced>, ChainError> {
    let mut found = Vec::new();
    for log in chain.provider().get_logs(&filter).await? {
        match sourced(chain, &log) {
            Ok(log) => found.extend(log),
            // One log that means nothing to us must not hide all the others for ever.
            Err(error) => {
                tracing::error!(%error, tx = ?log.transaction_hash, "a log cannot be read and is left out")
            }
        }
    }
    found.sort_by_key(|log| {
        (
            log.event.position.block_number,
            log.event.position.log_index,
        )
    });
    Ok(found)
}

fn sourced(chain: &Chain, log: &Log) -> Result<Option<Sourced>, ChainError> {
    let Some(event) = chain.decode(log)? else {
        return Ok(None);
    };
    Ok(Some(Sourced {
        event,
        address: Address(log.inner.address.into_array()),
        topics: log
            .inner
            .data
            .topics()
            .iter()
            .map(|topic| Word(topic.0))
            .collect(),
        data: log.inner.data.data.to_vec(),
    }))
}
