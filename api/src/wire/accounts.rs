//! Accounts in the vault.

use assay_market::Address;
use assay_store::{BalanceRecord, ConsentRecord};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What an account has in the vault.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct AccountView {
    /// Whose.
    pub address: String,
    /// What it can withdraw or use.
    pub free: String,
    /// What is in open locks.
    pub locked: String,
    /// What it lets modules have.
    pub consents: Vec<ConsentView>,
}

/// What an account lets a module have of its balance.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ConsentView {
    /// The module; the market is one.
    pub module: String,
    /// Up to how much at a time, as it was last given; the largest 96-bit number is no limit, zero ends the consent.
    pub allowance: String,
}

impl AccountView {
    /// Returns the view of an account.
    pub fn new(address: Address, balance: BalanceRecord, consents: &[ConsentRecord]) -> Self {
        let consents = consents.iter().map(|consent| ConsentView {
            module: consent.module.to_string(),
            allowance: consent.allowance.to_string(),
        });
        Self {
            address: address.to_string(),
            free: balance.free.to_string(),
            locked: balance.locked.to_string(),
            consents: consents.collect(),
        }
    }
}
