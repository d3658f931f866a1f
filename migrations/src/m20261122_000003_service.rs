//! What belongs to the service alone and is not derived from the chain.

use sea_orm_migration::{prelude::*, schema::*};

/// Creates `blobs` and `auth_nonces`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let blobs = Table::create()
            .table("blobs")
            .col(string_len("digest", 66).primary_key())
            .col(big_integer("size_bytes"))
            .col(boolean("encrypted"))
            .col(string_len("uploader", 42))
            .col(big_integer("created_at"))
            .to_owned();
        manager.create_table(blobs).await?;

        let nonces = Table::create()
            .table("auth_nonces")
            .col(string_len("nonce", 64).primary_key())
            .col(big_integer("expires_at"))
            .to_owned();
        manager.create_table(nonces).await?;
        let index = Index::create()
            .name("auth_nonces_by_expiry")
            .table("auth_nonces")
            .col("expires_at")
            .to_owned();
        manager.create_index(index).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["auth_nonces", "blobs"] {
            manager
                .drop_table(Table::drop().table(table).to_owned())
                .await?;
        }
        Ok(())
    }
}
