//! The market as a whole, and what its owners decide.

use assay_market::{Address, Params};
use assay_store::{AttesterRecord, VerifierRecord};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::now::Now;

/// The market.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct MarketView {
    /// The chain that it is on.
    pub chain_id: u64,
    /// Its contract.
    pub address: String,
    /// The time of its clock, in which deadlines are counted: the chain's, less all pauses.
    pub clock: u64,
    /// The chain's time at the same moment.
    pub chain_time: u64,
    /// Whether the clock stands still: no requests, bids, fulfillments or defaults.
    pub paused: bool,
    /// What it chose when it was deployed; nobody can change it.
    pub parameters: ParametersView,
}

/// What a market chose when it was deployed.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ParametersView {
    /// Shortest bidding window, in seconds.
    pub min_bidding_window: u64,
    /// Shortest proving window, in seconds.
    pub min_proving_window: u64,
    /// By how much a bid in the last seconds of bidding extends it, and how many seconds these are.
    pub extension: u64,
    /// Seconds after the proving deadline in which nobody can declare a default.
    pub grace: u64,
    /// What a late proof costs its prover, in basis points of its price.
    pub late_fee_bps: u32,
    /// What a default burns at least.
    pub burned_floor: String,
    /// What a default burns, in basis points of the price limit.
    pub burned_bps: u32,
    /// The most that whoever declares a default is paid.
    pub reward_cap: String,
}

/// A verifier.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct VerifierView {
    /// Its id, which requests pin.
    pub id: String,
    /// Its adapter.
    pub adapter: String,
    /// When it was added.
    pub added_at: u64,
    /// When it was tombstoned: every unsettled request that pins it is void.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tombstoned_at: Option<u64>,
}

/// An attester.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct AttesterView {
    /// Who.
    pub address: String,
    /// When it was added, the last time.
    pub added_at: u64,
    /// When it was removed: its words for circuits do not count and are not listed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub removed_at: Option<u64>,
}

impl MarketView {
    /// Returns the view of the market now.
    pub fn new(chain_id: u64, address: Address, now: &Now, params: &Params) -> Self {
        Self {
            chain_id,
            address: address.to_string(),
            clock: now.market_time.0,
            chain_time: now.chain_time.0,
            paused: now.paused,
            parameters: params.into(),
        }
    }
}

impl From<&Params> for ParametersView {
    fn from(params: &Params) -> Self {
        Self {
            min_bidding_window: params.min_bidding_window.0,
            min_proving_window: params.min_proving_window.0,
            extension: params.extension.0,
            grace: params.grace.0,
            late_fee_bps: params.late_fee_bps,
            burned_floor: params.burned_floor.to_string(),
            burned_bps: params.burned_bps,
            reward_cap: params.reward_cap.to_string(),
        }
    }
}

impl From<VerifierRecord> for VerifierView {
    fn from(verifier: VerifierRecord) -> Self {
        Self {
            id: verifier.id.to_string(),
            adapter: verifier.adapter.to_string(),
            added_at: verifier.added_at.0,
            tombstoned_at: verifier.tombstoned_at.map(|time| time.0),
        }
    }
}

impl From<AttesterRecord> for AttesterView {
    fn from(attester: AttesterRecord) -> Self {
        Self {
            address: attester.address.to_string(),
            added_at: attester.added_at.0,
            removed_at: attester.removed_at.map(|time| time.0),
        }
    }
}
