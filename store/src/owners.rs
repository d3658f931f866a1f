//! What the owners of the contracts decide: attesters, verifiers, and whether the market is paused.

use assay_market::{Address, Clock, Word};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::batch::{Batch, upsert};
use crate::entities::{attester, clock, verifier};
use crate::error::Result;
use crate::read::{convert, newest};
use crate::records::{AttesterRecord, Conditions, Page, VerifierRecord};
use crate::rows::{attester_row, clock_of, clock_row, verifier_row};
use crate::store::Store;

impl Store {
    /// Returns a page of attesters, removed ones included.
    pub async fn attesters(&self, page: Page) -> Result<Vec<AttesterRecord>> {
        use attester::Column::{BlockNumber, LogIndex};
        let query = newest(attester::Entity::find(), BlockNumber, LogIndex, page)?;
        convert(query.all(&self.db).await?)
    }

    /// Returns a page of verifiers, tombstoned ones included.
    pub async fn verifiers(&self, page: Page) -> Result<Vec<VerifierRecord>> {
        use verifier::Column::{BlockNumber, LogIndex};
        let query = newest(verifier::Entity::find(), BlockNumber, LogIndex, page)?;
        convert(query.all(&self.db).await?)
    }

    /// Returns what bears on the status of every request of a market.
    pub async fn conditions(&self, market: Address) -> Result<Conditions> {
        let row = clock::Entity::find_by_id(market.to_string())
            .one(&self.db)
            .await?;
        let clock = row.as_ref().map(clock_of).transpose()?.unwrap_or_default();
        // The owner tombstones one by one: there are few.
        let rows = verifier::Entity::find()
            .filter(verifier::Column::TombstonedAt.is_not_null())
            .all(&self.db)
            .await?;
        let tombstoned: Vec<VerifierRecord> = convert(rows)?;
        Ok(Conditions {
            clock,
            tombstoned: tombstoned.iter().map(|verifier| verifier.id).collect(),
        })
    }
}

impl Batch {
    /// Writes an attester, over an earlier record of it.
    pub async fn put_attester(&self, record: &AttesterRecord) -> Result<()> {
        upsert::<attester::Entity, _>(&self.txn, attester_row(record)?).await
    }

    /// Returns an attester.
    pub async fn attester(&self, address: Address) -> Result<Option<AttesterRecord>> {
        let row = attester::Entity::find_by_id(address.to_string())
            .one(&self.txn)
            .await?;
        row.map(TryInto::try_into).transpose()
    }

    /// Writes a verifier, over an earlier record of it.
    pub async fn put_verifier(&self, record: &VerifierRecord) -> Result<()> {
        upsert::<verifier::Entity, _>(&self.txn, verifier_row(record)?).await
    }

    /// Returns a verifier.
    pub async fn verifier(&self, id: Word) -> Result<Option<VerifierRecord>> {
        let row = verifier::Entity::find_by_id(id.to_string())
            .one(&self.txn)
            .await?;
        row.map(TryInto::try_into).transpose()
    }

    /// Writes a market's clock.
    pub async fn put_clock(&self, market: Address, clock: &Clock) -> Result<()> {
        upsert::<clock::Entity, _>(&self.txn, clock_row(market, clock)?).await
    }

    /// Returns a market's clock: one that was never paused if nothing is known of it.
    pub async fn clock(&self, market: Address) -> Result<Clock> {
        let row = clock::Entity::find_by_id(market.to_string())
            .one(&self.txn)
            .await?;
        Ok(row.as_ref().map(clock_of).transpose()?.unwrap_or_default())
    }
}
