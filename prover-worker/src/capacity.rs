//! What we can finish: proofs run one after the other, the earliest deadline first.

use std::time::Duration;

/// Proofs take as long as they take; this much more than the estimate is kept free for a busy machine,
/// expressed in percent.
const HEADROOM_PERCENT: u64 = 150;

/// Seconds kept free for sending the fulfillment and waiting for it.
const SUBMIT_SECS: u64 = 20;

/// Returns the seconds that `ahead` proofs and one more need, headroom included.
pub fn seconds_needed(proof: Duration, ahead: usize) -> u64 {
    let proofs = u64::try_from(ahead).unwrap_or(u64::MAX).saturating_add(1);
    let proof = u64::try_from(proof.as_millis()).unwrap_or(u64::MAX);
    let total = proof
        .saturating_mul(proofs)
        .saturating_mul(HEADROOM_PERCENT)
        / 100;
    total.div_ceil(1_000).saturating_add(SUBMIT_SECS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_ahead_delays_ours() {
        let proof = Duration::from_millis(40_001);
        assert_eq!(seconds_needed(proof, 0), 61 + SUBMIT_SECS);
        assert_eq!(seconds_needed(proof, 1), 121 + SUBMIT_SECS);
    }
}
