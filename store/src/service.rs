//! What belongs to the service alone: blobs and sign-in nonces.

use assay_market::{Address, Timestamp, Word};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect};

use crate::entities::{auth_nonce, blob};
use crate::error::{Result, StoreError};
use crate::records::BlobRecord;
use crate::rows::{blob_row, signed};
use crate::store::Store;

impl Store {
    /// Records a stored blob; the first record of a digest stands.
    pub async fn put_blob(&self, record: &BlobRecord) -> Result<()> {
        let keep = OnConflict::column(blob::Column::Digest)
            .do_nothing()
            .to_owned();
        blob::Entity::insert(blob_row(record)?)
            .on_conflict(keep)
            .try_insert()
            .exec_without_returning(&self.db)
            .await?;
        Ok(())
    }

    /// Returns what is known about a blob.
    pub async fn blob(&self, digest: Word) -> Result<Option<BlobRecord>> {
        let row = blob::Entity::find_by_id(digest.to_string())
            .one(&self.db)
            .await?;
        row.map(TryInto::try_into).transpose()
    }

    /// Returns how many bytes an address stored.
    pub async fn bytes_stored_by(&self, uploader: Address) -> Result<u64> {
        let sizes: Vec<i64> = blob::Entity::find()
            .select_only()
            .column(blob::Column::SizeBytes)
            .filter(blob::Column::Uploader.eq(uploader.to_string()))
            .into_tuple()
            .all(&self.db)
            .await?;
        Ok(sizes
            .into_iter()
            .map(i64::unsigned_abs)
            .fold(0, u64::saturating_add))
    }

    /// Records a nonce that was handed out. Returns false, and records nothing, if `limit` of them are open.
    pub async fn put_nonce(
        &self,
        nonce: &str,
        expires_at: Timestamp,
        now: Timestamp,
        limit: u64,
    ) -> Result<bool> {
        let past = auth_nonce::Column::ExpiresAt.lte(signed("now", now.0)?);
        auth_nonce::Entity::delete_many()
            .filter(past)
            .exec(&self.db)
            .await?;
        if auth_nonce::Entity::find().count(&self.db).await? >= limit {
            return Ok(false);
        }
        let row = auth_nonce::ActiveModel {
            nonce: sea_orm::ActiveValue::Set(nonce.to_owned()),
            expires_at: sea_orm::ActiveValue::Set(signed("expires_at", expires_at.0)?),
        };
        auth_nonce::Entity::insert(row)
            .exec_without_returning(&self.db)
            .await?;
        Ok(true)
    }

    /// Uses a nonce up. Returns whether it was open: of two who try at the same time, one succeeds.
    pub async fn take_nonce(&self, nonce: &str, now: Timestamp) -> Result<bool> {
        let deleted = auth_nonce::Entity::delete_many()
            .filter(auth_nonce::Column::Nonce.eq(nonce))
            .filter(auth_nonce::Column::ExpiresAt.gt(signed("now", now.0)?))
            .exec(&self.db)
            .await?;
        Ok::<_, StoreError>(deleted.rows_affected == 1)
    }
}
