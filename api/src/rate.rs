//! A token bucket for every peer address: so many requests at once, so many a second after that.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::limits::MAX_TRACKED_PEERS;

/// Request rate allowed to one peer address.
#[derive(Debug, Clone, Copy)]
pub struct Rate {
    /// Requests a second, for ever.
    pub per_second: u32,
    /// Requests at once after a pause.
    pub burst: u32,
}

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    seen: Instant,
}

/// The buckets of the peers seen lately.
#[derive(Debug)]
pub struct RateLimiter {
    rate: Rate,
    buckets: Mutex<HashMap<IpAddr, Bucket>>,
}

impl RateLimiter {
    /// Returns a limiter that has seen nobody.
    pub fn new(rate: Rate) -> Self {
        Self {
            rate,
            buckets: Mutex::new(HashMap::new()),
        }
    }

    /// Returns the rate that is allowed.
    pub fn rate(&self) -> Rate {
        self.rate
    }

    /// Takes one token of `peer`, or returns the seconds after which there is one.
    pub fn take(&self, peer: IpAddr, now: Instant) -> std::result::Result<(), u64> {
        let (per_second, burst) = (f64::from(self.rate.per_second), f64::from(self.rate.burst));
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let peer = group(peer);
        if buckets.len() >= MAX_TRACKED_PEERS && !buckets.contains_key(&peer) {
            // A bucket that has refilled says nothing that a new one would not.
            buckets.retain(|_, bucket| refilled(bucket, per_second, now) < burst);
            if buckets.len() >= MAX_TRACKED_PEERS {
                return Err(1);
            }
        }
        let bucket = buckets.entry(peer).or_insert(Bucket {
            tokens: burst,
            seen: now,
        });
        bucket.tokens = refilled(bucket, per_second, now).min(burst);
        bucket.seen = now;
        if bucket.tokens < 1.0 {
            return Err(((1.0 - bucket.tokens) / per_second).ceil().max(1.0) as u64);
        }
        bucket.tokens -= 1.0;
        Ok(())
    }
}

fn refilled(bucket: &Bucket, per_second: f64, now: Instant) -> f64 {
    bucket.tokens + now.saturating_duration_since(bucket.seen).as_secs_f64() * per_second
}

/// One IPv6 subscriber usually holds a whole /64, so that is what counts as one peer.
fn group(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        v4 @ IpAddr::V4(_) => v4,
        IpAddr::V6(v6) => {
            let mut octets = v6.octets();
            octets[8..].fill(0);
            IpAddr::from(octets)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn burst_is_spent_and_refills_with_time() {
        let limiter = RateLimiter::new(Rate {
            per_second: 2,
            burst: 3,
        });
        let peer: IpAddr = "10.0.0.1".parse().unwrap();
        let start = Instant::now();
        for _ in 0..3 {
            assert_eq!(limiter.take(peer, start), Ok(()));
        }
        assert_eq!(limiter.take(peer, start), Err(1));
        assert_eq!(limiter.take("10.0.0.2".parse().unwrap(), start), Ok(()));
        assert_eq!(
            limiter.take(peer, start + Duration::from_millis(500)),
            Ok(())
        );
        assert_eq!(
            limiter.take(peer, start + Duration::from_millis(500)),
            Err(1)
        );
    }

    #[test]
    fn one_ipv6_network_is_one_peer() {
        let limiter = RateLimiter::new(Rate {
            per_second: 1,
            burst: 1,
        });
        let start = Instant::now();
        assert_eq!(limiter.take("2001:db8::1".parse().unwrap(), start), Ok(()));
        assert_eq!(limiter.take("2001:db8::2".parse().unwrap(), start), Err(1));
        assert_eq!(
            limiter.take("2001:db8:0:1::2".parse().unwrap(), start),
            Ok(())
        );
    }
}
