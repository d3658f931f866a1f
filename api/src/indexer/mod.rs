//! Follows the chain: reads its blocks and logs into the read model, and takes back what a reorganization removed.
//!
//! Far behind the head it reads ranges of blocks, adapting their length to what the node answers. Near the head it
//! reads block by block, by hash, and checks that each block's parent is the block indexed before it. Whatever happens
//! in between, the next round begins by asking whether the newest indexed block still is on the chain.

mod describe;
mod money;
mod owners;
mod project;
mod source;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use assay_chain::{BlockHeader, ChainError, Finality};
use assay_market::Timestamp;
use assay_store::{BlockRecord, StoreError};

use crate::feed::Notice;
use crate::limits::{FIRST_RANGE_BLOCKS, MAX_RANGE_BLOCKS, REORG_WINDOW_BLOCKS};
use crate::state::AppState;
use source::{Sourced, block_record, logs_of_block, logs_of_range};

/// The longest pause after rounds that failed one after the other.
const MAX_PAUSE: Duration = Duration::from_secs(30);

/// Why a round of the indexer failed. It is tried again.
#[derive(Debug, thiserror::Error)]
enum IndexError {
    /// The node did not answer or answered nonsense.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The database did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The chain changed while it was read: the next round sees it as it is then.
    #[error("block {0} changed while it was read")]
    Moved(u64),
    /// A log tells of something whose beginning was never read.
    #[error("{kind} {id} is not known: was the deployment's first block given right?")]
    Unknown {
        /// Kind of thing.
        kind: &'static str,
        /// Its id.
        id: String,
    },
}

/// Follows the chain until the service ends.
pub async fn run(state: Arc<AppState>, poll_interval: Duration) {
    let mut indexer = Indexer {
        state,
        range_blocks: FIRST_RANGE_BLOCKS,
    };
    let mut failures = 0u32;
    loop {
        match indexer.round().await {
            Ok(true) => failures = 0,
            Ok(false) => {
                failures = 0;
                tokio::time::sleep(poll_interval).await;
            }
            Err(error) => {
                failures = failures.saturating_add(1);
                indexer
                    .state
                    .metrics
                    .indexer_failures
                    .fetch_add(1, Ordering::Relaxed);
                let pause = (poll_interval * 2u32.saturating_pow(failures.min(10))).min(MAX_PAUSE);
                tracing::warn!(%error, failures, pause_ms = pause.as_millis(), "indexing will be tried again");
                tokio::time::sleep(pause).await;
            }
        }
    }
}

struct Indexer {
    state: Arc<AppState>,
    range_blocks: u64,
}

impl Indexer {
    /// Reads one block or one range. Returns false if there was nothing to read.
    async fn round(&mut self) -> Result<bool, IndexError> {
        let head = self.observe_head().await?;
        let indexed = self.state.store.head().await?;
        let next = match indexed {
            None => self.state.chain.deployment().block,
            Some(indexed) => {
                if !self.is_on_chain(&indexed, &head).await? {
                    self.roll_back_from(indexed, &head).await?;
                    return Ok(true);
                }
                indexed.number + 1
            }
        };
        if next > head.number {
            return Ok(false);
        }
        let deep = head.number.saturating_sub(REORG_WINDOW_BLOCKS);
        if next < deep {
            self.read_range(next, deep).await?
        } else {
            self.read_block(next, indexed).await?
        }
        Ok(true)
    }

    async fn observe_head(&self) -> Result<BlockHeader, IndexError> {
        let (state, chain) = (&self.state, &self.state.chain);
        let head = chain.latest().await?;
        state
            .metrics
            .chain_block
            .store(head.number, Ordering::Relaxed);
        state.clock.observe(Timestamp(head.timestamp));
        // Nodes of development chains may not know these tags; then nothing counts as final.
        let number = |header: Result<Option<BlockHeader>, ChainError>| {
            header.ok().flatten().map_or(0, |header| header.number)
        };
        let safe = number(chain.header(Finality::Safe).await);
        state
            .finality
            .observe(safe, number(chain.header(Finality::Finalized).await));
        Ok(head)
    }

    async fn is_on_chain(
        &self,
        indexed: &BlockRecord,
        head: &BlockHeader,
    ) -> Result<bool, IndexError> {
        if indexed.number > head.number {
            return Ok(false);
        }
        let there = self.state.chain.header_by_number(indexed.number).await?;
        Ok(there.is_some_and(|there| there.hash.0 == indexed.hash.0))
    }

    /// Finds the newest indexed block that still is on the chain, and forgets everything above it.
    async fn roll_back_from(&self, top: BlockRecord, head: &BlockHeader) -> Result<(), IndexError> {
        let store = &self.state.store;
        let mut number = top.number;
        let kept = loop {
            let Some(below) = number.checked_sub(1) else {
                break None;
            };
            match store.block_at_or_below(below).await? {
                None => break None,
                Some(block) if self.is_on_chain(&block, head).await? => break Some(block.number),
                Some(block) => number = block.number,
            }
        };
        let to = kept.unwrap_or_else(|| self.state.chain.deployment().block.saturating_sub(1));
        let batch = store.begin().await?;
        for subject in batch.roll_back_to(to).await? {
            project::rebuild(&batch, &self.state.chain, &subject).await?;
        }
        batch.commit().await?;
        let removed = top.number.saturating_sub(to);
        tracing::warn!(from = top.number, to, "the chain was reorganized");
        self.state
            .metrics
            .blocks_rolled_back
            .fetch_add(removed, Ordering::Relaxed);
        self.state
            .metrics
            .indexed_block
            .store(to, Ordering::Relaxed);
        self.state.feed.tell(Notice::RolledBack { to });
        Ok(())
    }

    /// Reads one block near the head, by hash: its logs are exactly the block's, whatever the chain does meanwhile.
    async fn read_block(&self, number: u64, parent: Option<BlockRecord>) -> Result<(), IndexError> {
        let header = self
            .state
            .chain
            .header_by_number(number)
            .await?
            .ok_or(IndexError::Moved(number))?;
        if parent.is_some_and(|parent| parent.hash.0 != header.parent_hash.0) {
            return Err(IndexError::Moved(number));
        }
        let logs = logs_of_block(&self.state.chain, header.hash).await?;
        let batch = self.state.store.begin().await?;
        batch.put_block(&block_record(&header)).await?;
        for log in &logs {
            project::apply(&batch, &self.state.chain, log, Timestamp(header.timestamp)).await?;
        }
        batch.commit().await?;
        self.arrived(number, logs.len());
        Ok(())
    }

    /// Reads a range of old blocks: half as long after a refusal, twice as long after a success.
    async fn read_range(&mut self, from: u64, deep: u64) -> Result<(), IndexError> {
        let to = deep.min(from.saturating_add(self.range_blocks - 1));
        let logs = match logs_of_range(&self.state.chain, from, to).await {
            Ok(logs) => logs,
            Err(error) => {
                self.range_blocks = (self.range_blocks / 2).max(1);
                return Err(error.into());
            }
        };
        self.range_blocks = (self.range_blocks * 2).min(MAX_RANGE_BLOCKS);
        let headers = self.headers_of(&logs, to).await?;
        let batch = self.state.store.begin().await?;
        for header in headers.values() {
            batch.put_block(&block_record(header)).await?;
        }
        for log in &logs {
            let timestamp = headers[&log.event.position.block_number].timestamp;
            project::apply(&batch, &self.state.chain, log, Timestamp(timestamp)).await?;
        }
        batch.commit().await?;
        self.arrived(to, logs.len());
        Ok(())
    }

    /// Reads the headers of the blocks that have logs, and of the range's last block.
    async fn headers_of(
        &self,
        logs: &[Sourced],
        last: u64,
    ) -> Result<BTreeMap<u64, BlockHeader>, IndexError> {
        let mut headers = BTreeMap::new();
        let places = logs.iter().map(|log| {
            (
                log.event.position.block_number,
                Some(log.event.position.block_hash),
            )
        });
        for (number, hash) in places.chain([(last, None)]) {
            let header = match headers.entry(number) {
                Entry::Occupied(known) => *known.get(),
                Entry::Vacant(place) => {
                    let header = self.state.chain.header_by_number(number).await?;
                    *place.insert(header.ok_or(IndexError::Moved(number))?)
                }
            };
            if hash.is_some_and(|hash| hash.0 != header.hash.0) {
                return Err(IndexError::Moved(number));
            }
        }
        Ok(headers)
    }

    fn arrived(&self, number: u64, logs: usize) {
        self.state
            .metrics
            .indexed_block
            .store(number, Ordering::Relaxed);
        self.state
            .metrics
            .logs_indexed
            .fetch_add(logs as u64, Ordering::Relaxed);
        if logs > 0 {
            tracing::debug!(block = number, logs, "indexed");
            self.state.feed.tell(Notice::Appended);
        }
    }
}
