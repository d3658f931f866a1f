//! The market's named limits. A deployed market chooses [`Params`]; the constants are the same on every chain.

use serde::{Deserialize, Serialize};

use crate::{Amount, Seconds};

/// Rounds of bidding and proving that one request may have: a request that three provers failed is not provable.
pub const MAX_ROUNDS: u32 = 3;

/// How often late bids extend a round's bidding, so that bids cannot go on for ever.
pub const MAX_EXTENSIONS: u32 = 5;

/// By how much a bid must undercut the best one, in basis points; without a step, bidding goes on unit by unit.
pub const MIN_UNDERCUT_BPS: u128 = 200;

/// The least undercut, in base units, where two percent round down to nothing.
pub const MIN_UNDERCUT: Amount = Amount(1);

/// The share of slashed collateral that waits for whoever fulfills in a later round, in basis points.
pub const BOUNTY_BPS: u128 = 4_000;

/// The share of slashed collateral that whoever declares the default receives, in basis points and up to
/// [`Params::reward_cap`]: it pays for the transaction. What is neither bounty nor reward is burned, so that nobody gains
/// by defaulting on their own request.
pub const DEFAULT_REWARD_BPS: u128 = 1_000;

/// Bytes of an input or output that may travel inside the call, so that the chain alone suffices.
pub const MAX_INLINE_BYTES: usize = 4_096;

/// The longest bidding window, an hour: a prover's collateral and time are bound while its bid is the best.
pub const MAX_BIDDING_WINDOW: Seconds = Seconds(3_600);

/// The longest proving window: three days.
pub const MAX_PROVING_WINDOW: Seconds = Seconds(3 * 86_400);

/// How far ahead a request may end: 14 days, which is below the delay of every change that an owner can propose.
pub const MAX_LIFETIME: Seconds = Seconds(14 * 86_400);

/// The most gas of a callback: whoever fulfills pays for it.
pub const MAX_CALLBACK_GAS: u32 = 500_000;

/// The largest price limit, fee, floor and reward, so that sums of them fit the vault's 96-bit locks.
pub const MAX_AMOUNT: Amount = Amount((1 << 88) - 1);

/// The longest pause: after it the clock goes on by itself, so nobody's escrow waits for the owner.
pub const MAX_PAUSE: Seconds = Seconds(3 * 86_400);

/// Time from the end of one pause to the beginning of the next: above [`MAX_LIFETIME`], so that each request meets one
/// pause at most.
pub const PAUSE_COOLDOWN: Seconds = Seconds(15 * 86_400);

/// What one deployed market chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Params {
    /// Shortest bidding window.
    pub min_bidding_window: Seconds,
    /// Shortest proving window; above the lag of the chain's `safe` block.
    pub min_proving_window: Seconds,
    /// By how much a bid in the last `extension` seconds extends bidding.
    pub extension: Seconds,
    /// Time after the proving deadline in which nobody can declare a default.
    pub grace: Seconds,
    /// What a late proof costs its prover, in basis points of its price.
    pub late_fee_bps: u32,
    /// What a default burns at least.
    pub burned_floor: Amount,
    /// What a default burns, in basis points of the price limit.
    pub burned_bps: u32,
    /// The most that whoever declares a default is paid.
    pub reward_cap: Amount,
}

impl Params {
    /// Returns the collateral that a request with this price limit asks from its bidders: computed from the limit,
    /// never from a bid, so that a low bid puts as much at stake as a high one. It is twice what a default is to burn,
    /// because the other half can come back to a defaulter through another address. `None` if it does not fit.
    #[must_use]
    pub fn collateral_for(&self, max_price: Amount) -> Option<Amount> {
        let burned = max_price
            .checked_share_up(self.burned_bps.into())?
            .max(self.burned_floor);
        burned.checked_add(burned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn collateral_is_twice_what_a_default_burns() {
        let params = Params {
            min_bidding_window: Seconds(1),
            min_proving_window: Seconds(1),
            extension: Seconds(0),
            grace: Seconds(0),
            late_fee_bps: 0,
            burned_floor: Amount(10),
            burned_bps: 20_001,
            reward_cap: Amount::ZERO,
        };
        // Below the floor, at it, and above it with a share that is rounded up.
        for (max_price, expected) in [(4, Some(20)), (5, Some(22)), (10_000, Some(40_002))] {
            assert_eq!(
                params.collateral_for(Amount(max_price)),
                expected.map(Amount)
            );
        }
        assert_eq!(params.collateral_for(Amount(u128::MAX)), None);
    }
}
