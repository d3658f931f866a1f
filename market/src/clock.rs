//! The market's clock: the chain's, less all time that the market was paused.

use serde::{Deserialize, Serialize};

use crate::params::{MAX_PAUSE, PAUSE_COOLDOWN};
use crate::{MarketError, Seconds, Timestamp};

/// A clock that can stand still for a while. Deadlines are counted in its time, so each of them moves by the length of a
/// pause without anything being written; a pause ends by itself, so nobody's escrow waits for the owner.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// Start of the pause in the chain's time. It may be over by itself.
    pub paused_at: Option<Timestamp>,
    /// End of the last pause that was lifted, in the chain's time.
    pub lifted_at: Option<Timestamp>,
    /// Length of all pauses that were lifted.
    pub behind: Seconds,
}

impl Clock {
    /// Returns the market's time at a time of the chain, and whether the clock stands still then.
    #[must_use]
    pub fn at(&self, chain_time: Timestamp) -> (Timestamp, bool) {
        let standing = self.paused_at.map_or(Seconds(0), |start| {
            pause_end(start, chain_time).since(start)
        });
        (
            chain_time.before(self.behind).before(standing),
            self.is_paused(chain_time),
        )
    }

    /// Stops the clock. Who may do it is the caller's affair: the owner alone.
    ///
    /// # Errors
    /// [`MarketError::MarketIsPaused`] while a pause was not lifted, even if it is over by itself;
    /// [`MarketError::PausedTooRecently`] within the cooldown after the last one.
    pub fn pause(&mut self, chain_time: Timestamp) -> Result<(), MarketError> {
        if self.paused_at.is_some() {
            return Err(MarketError::MarketIsPaused);
        }
        if let Some(lifted_at) = self.lifted_at {
            let possible_from = lifted_at.after(PAUSE_COOLDOWN);
            if chain_time < possible_from {
                return Err(MarketError::PausedTooRecently { possible_from });
            }
        }
        self.paused_at = Some(chain_time);
        Ok(())
    }

    /// Lets the clock go on: the owner at any time, anyone once the pause is over by itself.
    ///
    /// # Errors
    /// [`MarketError::MarketIsNotPaused`] without a pause, [`MarketError::NotOwner`] for others while it lasts.
    pub fn unpause(&mut self, chain_time: Timestamp, by_owner: bool) -> Result<(), MarketError> {
        let start = self.paused_at.ok_or(MarketError::MarketIsNotPaused)?;
        if self.is_paused(chain_time) && !by_owner {
            return Err(MarketError::NotOwner);
        }
        let end = pause_end(start, chain_time);
        *self = Self {
            paused_at: None,
            lifted_at: Some(end),
            behind: Seconds(self.behind.0.saturating_add(end.since(start).0)),
        };
        Ok(())
    }

    fn is_paused(&self, chain_time: Timestamp) -> bool {
        self.paused_at
            .is_some_and(|start| chain_time < start.after(MAX_PAUSE))
    }
}

/// End of a pause that began: now, or when it was over by itself.
fn pause_end(start: Timestamp, chain_time: Timestamp) -> Timestamp {
    chain_time.min(start.after(MAX_PAUSE))
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp(1_000_000);
    const LONGEST: u64 = MAX_PAUSE.0;

    fn later(seconds: u64) -> Timestamp {
        START.after(Seconds(seconds))
    }

    fn paused() -> Clock {
        let mut clock = Clock::default();
        clock.pause(START).unwrap();
        clock
    }

    #[test]
    fn clock_stands_still_until_the_pause_is_over_by_itself() {
        let clock = paused();
        for (after, expected, standing) in [
            (0, START, true),
            (LONGEST - 1, START, true),
            (LONGEST, START, false),
            (LONGEST + 1, later(1), false),
        ] {
            assert_eq!(clock.at(later(after)), (expected, standing), "{after}");
        }
    }

    #[test]
    fn lifted_pause_leaves_the_clock_behind_by_its_length() {
        let mut clock = paused();
        clock.unpause(later(100), true).unwrap();
        assert_eq!(clock.at(later(130)), (later(30), false));
        assert_eq!(
            (clock.behind, clock.lifted_at),
            (Seconds(100), Some(later(100)))
        );
    }

    #[test]
    fn pause_that_was_over_by_itself_counts_its_longest_length() {
        let mut clock = paused();
        clock.unpause(later(LONGEST + 500), false).unwrap();
        assert_eq!(
            (clock.behind, clock.lifted_at),
            (MAX_PAUSE, Some(later(LONGEST)))
        );
        assert_eq!(clock.at(later(LONGEST + 500)), (later(500), false));
    }

    #[test]
    fn others_lift_a_pause_only_when_it_is_over() {
        for (after, expected) in [
            (LONGEST - 1, Err(MarketError::NotOwner)),
            (LONGEST, Ok(())),
            (LONGEST + 1, Ok(())),
        ] {
            assert_eq!(paused().unpause(later(after), false), expected);
        }
        assert_eq!(
            Clock::default().unpause(START, true),
            Err(MarketError::MarketIsNotPaused)
        );
    }

    #[test]
    fn pauses_do_not_follow_one_another_closely() {
        assert_eq!(
            paused().pause(later(LONGEST)),
            Err(MarketError::MarketIsPaused)
        );
        let mut clock = paused();
        clock.unpause(later(100), true).unwrap();
        let possible_from = later(100).after(PAUSE_COOLDOWN);
        let refusal = Err(MarketError::PausedTooRecently { possible_from });
        for (at, expected) in [
            (possible_from.before(Seconds(1)), refusal),
            (possible_from, Ok(())),
            (possible_from.after(Seconds(1)), Ok(())),
        ] {
            assert_eq!(clock.clone().pause(at), expected);
        }
    }
}
