//! What every route can reach.

use std::sync::atomic::{AtomicU64, Ordering};

use assay_chain::Chain;
use assay_market::{Address, Params};
use assay_store::Store;

use crate::auth::{Audience, Tokens};
use crate::blobs::BlobFolder;
use crate::clock::ChainClock;
use crate::feed::Feed;
use crate::metrics::Metrics;
use crate::rate::RateLimiter;
use crate::wire::FinalityView;

/// The service's state, shared by all threads.
#[derive(Debug)]
pub struct AppState {
    /// The read model.
    pub store: Store,
    /// The blobs' bytes.
    pub blobs: BlobFolder,
    /// The chain.
    pub chain: Chain,
    /// What the market chose when it was deployed.
    pub params: Params,
    /// The chain's time.
    pub clock: ChainClock,
    /// How far the chain is final.
    pub finality: FinalBlocks,
    /// News for event streams.
    pub feed: Feed,
    /// Counters.
    pub metrics: Metrics,
    /// Request rates.
    pub limiter: RateLimiter,
    /// What a sign-in message must name.
    pub audience: Audience,
    /// Makes and checks tokens.
    pub tokens: Tokens,
}

impl AppState {
    /// Returns the market's address.
    pub fn market(&self) -> Address {
        Address(self.chain.deployment().market.into_array())
    }
}

/// Numbers of the newest blocks that are unlikely to be reorganized, and that cannot be.
#[derive(Debug, Default)]
pub struct FinalBlocks {
    safe: AtomicU64,
    finalized: AtomicU64,
}

impl FinalBlocks {
    /// Takes note of what the chain's node says.
    pub fn observe(&self, safe: u64, finalized: u64) {
        self.safe.store(safe, Ordering::Relaxed);
        self.finalized.store(finalized, Ordering::Relaxed);
    }

    /// Returns how final a block is.
    pub fn of(&self, block_number: u64) -> FinalityView {
        if block_number <= self.finalized.load(Ordering::Relaxed) {
            FinalityView::Finalized
        } else if block_number <= self.safe.load(Ordering::Relaxed) {
            FinalityView::Safe
        } else {
            FinalityView::Latest
        }
    }
}
