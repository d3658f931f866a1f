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

/// The longest bidding window, a week: a prover's collateral is bound while its bid is the best.
pub const MAX_BIDDING_WINDOW: Seconds = Seconds(7 * 86_400);

/// The longest proving window: thirty days.
pub const MAX_PROVING_WINDOW: Seconds = Seconds(30 * 86_400);

/// How far ahead a request may end: 180 days. Escrow should not be locked for ever by mistake.
pub const MAX_LIFETIME: Seconds = Seconds(180 * 86_400);

/// The largest price limit, fee and collateral floor, so that sums of them fit the vault's 96-bit locks.
pub const MAX_AMOUNT: Amount = Amount((1 << 88) - 1);

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
    /// never from a bid, so that a low bid puts as much at stake as a high one. `None` if the product does not fit.
    #[must_use]
    pub fn collateral_for(&self, max_price: Amount) -> Option<Amount> {
        let share = max_price.checked_share_up(self.collateral_bps.into())?;
        Some(share.max(self.collateral_floor))
    }
}
