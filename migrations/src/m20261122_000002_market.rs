//! What follows from the logs: the read model of the market.

use sea_orm_migration::{prelude::*, schema::*};

/// Creates `models`, `attestations`, `provers`, `requests`, `bids` and `proofs`.
#[derive(DeriveMigrationName)]
pub struct Migration;

/// Characters of a 32-byte word and of an address as `0x` hex text.
const WORD: u32 = 66;
const ADDRESS: u32 = 42;
/// Characters of the largest 128-bit amount.
const AMOUNT: u32 = 39;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            models(),
            attestations(),
            provers(),
            requests(),
            bids(),
            proofs(),
        ] {
            manager.create_table(table).await?;
        }
        for (name, table, columns) in [
            (
                "models_by_position",
                "models",
                &["block_number", "log_index"][..],
            ),
            ("models_by_provider", "models", &["provider"]),
            (
                "provers_by_position",
                "provers",
                &["block_number", "log_index"],
            ),
            (
                "requests_by_position",
                "requests",
                &["block_number", "log_index"],
            ),
            ("requests_by_requester", "requests", &["requester"]),
            ("requests_by_model", "requests", &["model_id"]),
            ("requests_by_best_prover", "requests", &["best_prover"]),
            ("bids_by_position", "bids", &["block_number", "log_index"]),
            ("bids_by_prover", "bids", &["prover"]),
            (
                "proofs_by_position",
                "proofs",
                &["block_number", "log_index"],
            ),
            ("proofs_by_prover", "proofs", &["prover"]),
        ] {
            let mut index = Index::create().name(name).table(table).to_owned();
            for column in columns {
                index.col(*column);
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            "proofs",
            "bids",
            "requests",
            "provers",
            "attestations",
            "models",
        ] {
            manager
                .drop_table(Table::drop().table(table).to_owned())
                .await?;
        }
        Ok(())
    }
}

fn models() -> TableCreateStatement {
    Table::create()
        .table("models")
        .col(string_len("id", WORD).primary_key())
        .col(string_len("provider", ADDRESS))
        .col(string_len("commitment", WORD))
        .col(boolean("weights_private"))
        .col(text("circuits"))
        .col(text("card_uri"))
        .col(string_len("card_hash", WORD))
        .col(string_len("fee", AMOUNT))
        .col(string_len_null("sole_prover", ADDRESS))
        .col(string_len("proving_price", AMOUNT))
        .col(boolean("deprecated"))
        .col(big_integer("registered_at"))
        .col(big_integer("block_number"))
        .col(big_integer("log_index"))
        .to_owned()
}

fn attestations() -> TableCreateStatement {
    Table::create()
        .table("attestations")
        .col(string_len("circuit", WORD))
        .col(string_len("attester", ADDRESS))
        .col(string_len("card_hash", WORD))
        .col(big_integer("attested_at"))
        .primary_key(
            Index::create()
                .name("attestations_pk")
                .col("circuit")
                .col("attester"),
        )
        .to_owned()
}

fn provers() -> TableCreateStatement {
    Table::create()
        .table("provers")
        .col(string_len("address", ADDRESS).primary_key())
        .col(text("age_recipient"))
        .col(text("blob_endpoint"))
        .col(big_integer("updated_at"))
        .col(big_integer("block_number"))
        .col(big_integer("log_index"))
        .to_owned()
}

fn requests() -> TableCreateStatement {
    Table::create()
        .table("requests")
        .col(string_len("id", WORD).primary_key())
        .col(string_len("requester", ADDRESS))
        .col(string_len("model_id", WORD))
        .col(small_integer("kind"))
        .col(boolean("input_private"))
        .col(boolean("output_private"))
        .col(string_len("input_digest", WORD))
        .col(string_len("input_blob", WORD))
        .col(text("inline_input"))
        .col(string_len("verifier_id", WORD))
        .col(string_len("max_price", AMOUNT))
        .col(string_len("instant_price", AMOUNT))
        .col(string_len("max_fee", AMOUNT))
        .col(big_integer("bidding_window"))
        .col(big_integer("proving_window"))
        .col(big_integer("expires_at"))
        .col(string_len("provider", ADDRESS))
        .col(string_len_null("sole_prover", ADDRESS))
        .col(string_len("verifier", ADDRESS))
        .col(big_integer("header"))
        .col(string_len("circuit", WORD))
        .col(string_len("commitment", WORD))
        .col(string_len("fee", AMOUNT))
        .col(string_len("collateral", AMOUNT))
        .col(big_integer("created_at"))
        .col(integer("round"))
        .col(big_integer("opened_at"))
        .col(big_integer("bids"))
        .col(string_len_null("best_prover", ADDRESS))
        .col(string_len_null("best_price", AMOUNT))
        .col(big_integer_null("bidding_deadline"))
        .col(big_integer_null("assigned_at"))
        .col(big_integer_null("proving_deadline"))
        .col(text("defaulted"))
        .col(string_len_null("outcome", 16))
        .col(string_len_null("output_digest", WORD))
        .col(text_null("result"))
        .col(big_integer("block_number"))
        .col(big_integer("log_index"))
        .to_owned()
}

fn bids() -> TableCreateStatement {
    Table::create()
        .table("bids")
        .col(string_len("request_id", WORD))
        .col(big_integer("number"))
        .col(integer("round"))
        .col(string_len("prover", ADDRESS))
        .col(string_len("price", AMOUNT))
        .col(string_len("collateral", AMOUNT))
        .col(big_integer("bidding_deadline"))
        .col(string_len_null("outbid", ADDRESS))
        .col(string_len("tx_hash", WORD))
        .col(big_integer("placed_at"))
        .col(big_integer("block_number"))
        .col(big_integer("log_index"))
        .primary_key(
            Index::create()
                .name("bids_pk")
                .col("request_id")
                .col("number"),
        )
        .to_owned()
}

fn proofs() -> TableCreateStatement {
    Table::create()
        .table("proofs")
        .col(string_len("request_id", WORD).primary_key())
        .col(integer("round"))
        .col(string_len("prover", ADDRESS))
        .col(string_len("price", AMOUNT))
        .col(string_len("fee", AMOUNT))
        .col(string_len("refund", AMOUNT))
        .col(string_len("output_digest", WORD))
        .col(text("result"))
        .col(string_len("output_blob", WORD))
        .col(text("output"))
        .col(text("seal"))
        .col(string_len("tx_hash", WORD))
        .col(big_integer("fulfilled_at"))
        .col(big_integer("block_number"))
        .col(big_integer("log_index"))
        .to_owned()
}
