//! Now, as the market sees it: what the status of every request is a function of.

use std::collections::BTreeSet;

use assay_market::{Moment, Timestamp, Word};

use crate::error::Result;
use crate::state::AppState;

/// The market's time, whether its clock stands still, and which verifiers are tombstoned.
#[derive(Debug, Clone)]
pub struct Now {
    /// The chain's time.
    pub chain_time: Timestamp,
    /// The time of the market's clock.
    pub market_time: Timestamp,
    /// Whether it stands still.
    pub paused: bool,
    /// Tombstoned verifiers.
    tombstoned: BTreeSet<Word>,
}

impl Now {
    /// Reads what is indexed and takes it at the chain's time.
    pub async fn read(state: &AppState) -> Result<Self> {
        let conditions = state.store.conditions(state.market()).await?;
        let chain_time = state.clock.now();
        let (market_time, paused) = conditions.clock.at(chain_time);
        Ok(Self {
            chain_time,
            market_time,
            paused,
            tombstoned: conditions.tombstoned,
        })
    }

    /// Returns the moment for requests that pin a verifier.
    pub fn moment(&self, verifier: Word) -> Moment {
        Moment {
            now: self.market_time,
            paused: self.paused,
            tombstoned: self.tombstoned.contains(&verifier),
        }
    }
}
