//! What accounts have in the vault and let modules have of it. Each change is a row with its place on the chain; the
//! newest row of an account counts, so that a rollback only has to take the newest rows away.

use std::collections::BTreeMap;

use assay_market::Address;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::batch::{Batch, upsert};
use crate::entities::{balance, consent};
use crate::error::Result;
use crate::records::{BalanceRecord, ConsentRecord, Position};
use crate::rows::{balance_row, consent_row};
use crate::store::Store;

/// Changes of an account's consents that are looked at, the newest ones: anybody may consent to any number of addresses,
/// and whoever does it more often hides only from itself.
const MAX_CONSENTS: u64 = 1_000;

impl Store {
    /// Returns an account's balance in the vault: nothing if it never had any.
    pub async fn balance(&self, account: Address) -> Result<BalanceRecord> {
        newest_balance(&self.db, account).await
    }

    /// Returns what an account lets modules have of its balance, in the order of their addresses.
    pub async fn consents(&self, account: Address) -> Result<Vec<ConsentRecord>> {
        let rows = consent::Entity::find()
            .filter(consent::Column::Account.eq(account.to_string()))
            .order_by_desc(consent::Column::BlockNumber)
            .order_by_desc(consent::Column::LogIndex)
            .limit(MAX_CONSENTS)
            .all(&self.db)
            .await?;
        let mut newest = BTreeMap::new();
        for row in rows {
            let record = ConsentRecord::try_from(row)?;
            newest.entry(record.module).or_insert(record);
        }
        Ok(newest.into_values().collect())
    }
}

impl Batch {
    /// Writes an account's balance after an event.
    pub async fn put_balance(
        &self,
        account: Address,
        record: &BalanceRecord,
        position: Position,
    ) -> Result<()> {
        upsert::<balance::Entity, _>(&self.txn, balance_row(account, record, position)?).await
    }

    /// Returns an account's balance in the vault: nothing if it never had any.
    pub async fn balance(&self, account: Address) -> Result<BalanceRecord> {
        newest_balance(&self.txn, account).await
    }

    /// Writes what an account lets a module have from an event on.
    pub async fn put_consent(
        &self,
        account: Address,
        record: &ConsentRecord,
        position: Position,
    ) -> Result<()> {
        upsert::<consent::Entity, _>(&self.txn, consent_row(account, record, position)?).await
    }
}

async fn newest_balance(db: &impl ConnectionTrait, account: Address) -> Result<BalanceRecord> {
    let row = balance::Entity::find()
        .filter(balance::Column::Account.eq(account.to_string()))
        .order_by_desc(balance::Column::BlockNumber)
        .order_by_desc(balance::Column::LogIndex)
        .one(db)
        .await?;
    Ok(row
        .map(BalanceRecord::try_from)
        .transpose()?
        .unwrap_or_default())
}
