//! The circuit breaker: after repeated failures of our own we stop bidding, and keep proving what we owe.

use std::sync::atomic::{AtomicU32, Ordering};

/// Failures in a row after which no more bids are placed. One may be chance, three are a pattern, and each
/// further win could cost its collateral.
const MAX_FAILURES: u32 = 3;

/// Counts internal failures in a row.
#[derive(Debug, Default)]
pub struct Breaker {
    failures: AtomicU32,
}

impl Breaker {
    /// Records a failure of our own; says whether this one opened the breaker.
    pub fn fail(&self) -> bool {
        self.failures.fetch_add(1, Ordering::SeqCst) + 1 == MAX_FAILURES
    }

    /// Records that something worked: the breaker closes.
    pub fn succeed(&self) {
        self.failures.store(0, Ordering::SeqCst);
    }

    /// Returns whether bidding is stopped.
    pub fn is_open(&self) -> bool {
        self.failures.load(Ordering::SeqCst) >= MAX_FAILURES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breaker_opens_after_failures_in_a_row_and_closes_on_success() {
        let breaker = Breaker::default();
        assert!(!breaker.fail());
        breaker.succeed();
        assert!(!breaker.fail() && !breaker.fail() && !breaker.is_open());
        assert!(breaker.fail() && breaker.is_open());
        assert!(!breaker.fail(), "it opens once");
        breaker.succeed();
        assert!(!breaker.is_open());
    }
}
