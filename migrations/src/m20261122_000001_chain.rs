//! What was read from the chain, as it was read.

use sea_orm_migration::{prelude::*, schema::*};

/// Creates `blocks` and `logs`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let blocks = Table::create()
            .table("blocks")
            .col(big_integer("number").primary_key())
            .col(string_len_uniq("hash", 66))
            .col(string_len("parent_hash", 66))
            .col(big_integer("timestamp"))
            .to_owned();
        manager.create_table(blocks).await?;

        // A log's name is (block hash, log index): after a reorganization the same transaction may lie in
        // another block, and the two logs must not be mistaken for one.
        let logs = Table::create()
            .table("logs")
            .col(string_len("block_hash", 66))
            .col(big_integer("log_index"))
            .col(big_integer("block_number"))
            .col(string_len("tx_hash", 66))
            .col(string_len("address", 42))
            .col(text("topics"))
            .col(text("data"))
            .col(string_len("name", 64))
            .col(string_len("subject_kind", 16))
            .col(string_len("subject", 66))
            .col(text("payload"))
            .primary_key(
                Index::create()
                    .name("logs_pk")
                    .col("block_hash")
                    .col("log_index"),
            )
            .to_owned();
        manager.create_table(logs).await?;
        for (name, columns) in [
            ("logs_by_position", ["block_number", "log_index"]),
            ("logs_by_subject", ["subject_kind", "subject"]),
        ] {
            let index = Index::create()
                .name(name)
                .table("logs")
                .col(columns[0])
                .col(columns[1])
                .to_owned();
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["logs", "blocks"] {
            manager
                .drop_table(Table::drop().table(table).to_owned())
                .await?;
        }
        Ok(())
    }
}
