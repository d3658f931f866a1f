//! The market's named limits. A deployed market chooses [`Params`]; the constants are the same on every chain.

use serde::{Deserialize, Serialize};

use crate::{Amount, Seconds};

/// Rounds of bidding and proving that one request may have: a request that three provers failed is not provable.
pub const MAX_ROUNDS: u32 = 3;

/// By how much a bid must undercut the best one, in basis points; without a step, bidding goes on unit by unit.
pub const MIN_UNDERCUT_BPS: u128 = 200;

/// The least undercut, in base units, where two percent round down to nothing.
pub const MIN_UNDERCUT: Amount = Amount(1);

/// The share of slashed collateral that whoever declares the default receives, in basis points: it pays for the
/// transaction. All else is burned, so that nobody gains by defaulting on their own request.
pub const DEFAULT_REWARD_BPS: u128 = 1_000;

/// Bytes of an input or output that may travel inside the call, so that the chain alone suffices.
pub const MAX_INLINE_BYTES: usize = 4_096;

/// The longest bidding window: a day.
pub const MAX_BIDDING_WINDOW: Seconds = Seconds(86_400);

/// The longest proving window: a week.
pub const MAX_PROVING_WINDOW: Seconds = Seconds(604_800);

/// How far ahead a request may end: 90 days. Escrow should not be locked for ever by mistake.
pub const MAX_LIFETIME: Seconds = Seconds(7_776_000);

/// The largest price limit: what the vault's ledger counts in one balance, with room for sums.
pub const MAX_PRICE: Amount = Amount((1 << 96) - 1);

/// What one deployed market chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Params {
    /// Shortest bidding window.
    pub min_bidding_window: Seconds,
    /// Shortest proving window; above the lag of the chain's `safe` block.
    pub min_proving_window: Seconds,
    /// Least collateral.
    pub collateral_floor: Amount,
    /// Collateral per price limit, in basis points.
    pub collateral_bps: u64,
}

impl Params {
    /// Returns the collateral that a request with this price limit asks from its bidders: computed from the limit,
    /// never from a bid, so that a low bid puts as much at stake as a high one.
    #[must_use]
    pub fn collateral_for(&self, max_price: Amount) -> Option<Amount> {
        let share = max_price.checked_share_floor(self.collateral_bps.into())?;
        Some(share.max(self.collateral_floor))
    }
}
