//! What time it is, here and on the chain.

use std::sync::{PoisonError, RwLock};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use assay_market::{Seconds, Timestamp};

/// Returns the time of this machine, which sign-in and tokens go by.
pub fn wall_clock() -> Timestamp {
    Timestamp(
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs()),
    )
}

/// The chain's time, from which the market's clock follows: the newest block's, and what has passed since
/// that block was seen. A chain in a test may run ahead of this machine by days.
#[derive(Debug)]
pub struct ChainClock {
    newest: RwLock<(Timestamp, Instant)>,
}

impl ChainClock {
    /// Starts with the newest block's time.
    pub fn new(timestamp: Timestamp) -> Self {
        Self {
            newest: RwLock::new((timestamp, Instant::now())),
        }
    }

    /// Takes note of the newest block's time. The same block seen again changes nothing.
    pub fn observe(&self, timestamp: Timestamp) {
        let mut newest = self.newest.write().unwrap_or_else(PoisonError::into_inner);
        if newest.0 != timestamp {
            *newest = (timestamp, Instant::now());
        }
    }

    /// Returns the chain's time now.
    pub fn now(&self) -> Timestamp {
        let (timestamp, seen) = *self.newest.read().unwrap_or_else(PoisonError::into_inner);
        timestamp.after(Seconds(seen.elapsed().as_secs()))
    }
}
