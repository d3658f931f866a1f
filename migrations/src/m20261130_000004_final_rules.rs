//! The read model under the market's final rules: bounties, late fees, tombstones, pauses, consent.
//!
//! Everything here follows from the chain, so nothing is converted: tables are made anew, blocks and logs are emptied,
//! and the service reads the chain from its first block again.

use sea_orm_migration::{prelude::*, schema::*};

use crate::m20261122_000002_market;

/// Makes `models`, `attestations`, `provers`, `requests`, `bids` and `proofs` anew; creates `attesters`, `verifiers`,
/// `clocks`, `balances` and `consents`; empties `blocks` and `logs`.
#[derive(DeriveMigrationName)]
pub struct Migration;

/// Characters of a 32-byte word and of an address as `0x` hex text.
const WORD: u32 = 66;
const ADDRESS: u32 = 42;
/// Characters of the largest 128-bit amount, and of the largest 64-bit number.
const AMOUNT: u32 = 39;
const NUMBER: u32 = 20;

/// A place on the chain: everything that lists are ordered by.
const POSITION: [&str; 2] = ["block_number", "log_index"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        m20261122_000002_market::Migration.down(manager).await?;
        empty_what_was_read(manager).await?;
        for table in [
            models(),
            attestations(),
            provers(),
            requests(),
            bids(),
            proofs(),
            attesters(),
            verifiers(),
            clocks(),
            balances(),
            consents(),
        ] {
            manager.create_table(table).await?;
        }
        // Each filter of a list has an index that ends with the order of the list.
        for (name, table, columns) in [
            ("models_by_position", "models", &[][..]),
            ("models_by_provider", "models", &["provider"]),
            ("provers_by_position", "provers", &[]),
            ("requests_by_position", "requests", &[]),
            ("requests_by_requester", "requests", &["requester"]),
            ("requests_by_model", "requests", &["model_id"]),
            ("requests_by_best_prover", "requests", &["best_prover"]),
            ("requests_by_outcome", "requests", &["outcome"]),
            ("bids_by_position", "bids", &[]),
            ("bids_by_request", "bids", &["request_id"]),
            ("bids_by_prover", "bids", &["prover"]),
            ("proofs_by_position", "proofs", &[]),
            ("proofs_by_prover", "proofs", &["prover"]),
            ("attesters_by_position", "attesters", &[]),
            ("verifiers_by_position", "verifiers", &[]),
            ("balances_by_position", "balances", &[]),
            ("consents_by_position", "consents", &[]),
            ("logs_by_kind", "logs", &["subject_kind"]),
            (
                "logs_by_subject_and_position",
                "logs",
                &["subject_kind", "subject"],
            ),
        ] {
            let mut index = Index::create().name(name).table(table).to_owned();
            for column in columns.iter().chain(&POSITION) {
                index.col(*column);
            }
            manager.create_index(index).await?;
        }
        let by_uploader = Index::create()
            .name("blobs_by_uploader")
            .table("blobs")
            .col("uploader")
            .to_owned();
        manager.create_index(by_uploader).await?;
        let shorter = Index::drop()
            .name("logs_by_subject")
            .table("logs")
            .to_owned();
        manager.drop_index(shorter).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, table) in [
            ("logs_by_kind", "logs"),
            ("logs_by_subject_and_position", "logs"),
            ("blobs_by_uploader", "blobs"),
        ] {
            let index = Index::drop().name(name).table(table).to_owned();
            manager.drop_index(index).await?;
        }
        let by_subject = Index::create()
            .name("logs_by_subject")
            .table("logs")
            .col("subject_kind")
            .col("subject")
            .to_owned();
        manager.create_index(by_subject).await?;
        for table in ["consents", "balances", "clocks", "verifiers", "attesters"] {
            manager
                .drop_table(Table::drop().table(table).to_owned())
                .await?;
        }
        m20261122_000002_market::Migration.down(manager).await?;
        empty_what_was_read(manager).await?;
        m20261122_000002_market::Migration.up(manager).await
    }
}

async fn empty_what_was_read(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    for table in ["logs", "blocks"] {
        manager
            .execute(Query::delete().from_table(table).to_owned())
            .await?;
    }
    Ok(())
}

fn models() -> TableCreateStatement {
    Table::create()
        .table("models")
        .col(string_len("id", WORD).primary_key())
        .col(string_len("provider", ADDRESS))
        .col(string_len("first", WORD))
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

/// Words of removed attesters stay: they count again when the attester is added again.
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
        .col(string_len("nonce", NUMBER))
        .col(string_len("model_id", WORD))
        .col(small_integer("kind"))
        .col(boolean("input_private"))
        .col(boolean("output_private"))
        .col(string_len("input_digest", WORD))
        .col(string_len("input_hash", WORD))
        .col(text("inline_input"))
        .col(string_len("verifier_id", WORD))
        .col(string_len("first_ceiling", AMOUNT))
        .col(string_len("ceiling_step", AMOUNT))
        .col(string_len("max_price", AMOUNT))
        .col(string_len("instant_price", AMOUNT))
        .col(string_len("max_fee", AMOUNT))
        .col(big_integer("bidding_window"))
        .col(big_integer("proving_window"))
        .col(big_integer("expires_at"))
        .col(big_integer("callback_gas"))
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
        .col(integer("extensions"))
        .col(big_integer("bids"))
        .col(string_len_null("best_prover", ADDRESS))
        .col(string_len_null("best_price", AMOUNT))
        .col(big_integer_null("bidding_deadline"))
        .col(big_integer_null("assigned_at"))
        .col(big_integer_null("proving_deadline"))
        .col(text("defaulted"))
        .col(string_len_null("outcome", 16))
        .col(string_len_null("late_fee", AMOUNT))
        .col(string_len_null("bounty", AMOUNT))
        .col(string_len_null("output_digest", WORD))
        .col(string_len_null("output_hash", WORD))
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
        .col(integer("extensions"))
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
        .col(string_len("late_fee", AMOUNT))
        .col(string_len("bounty", AMOUNT))
        .col(string_len("fee", AMOUNT))
        .col(string_len("refund", AMOUNT))
        .col(string_len("output_digest", WORD))
        .col(text("result"))
        .col(string_len("output_hash", WORD))
        .col(text("output"))
        .col(text("seal"))
        .col(string_len("tx_hash", WORD))
        .col(big_integer("fulfilled_at"))
        .col(big_integer("block_number"))
        .col(big_integer("log_index"))
        .to_owned()
}

fn attesters() -> TableCreateStatement {
    Table::create()
        .table("attesters")
        .col(string_len("address", ADDRESS).primary_key())
        .col(big_integer("added_at"))
        .col(big_integer_null("removed_at"))
        .col(big_integer("block_number"))
        .col(big_integer("log_index"))
        .to_owned()
}

fn verifiers() -> TableCreateStatement {
    Table::create()
        .table("verifiers")
        .col(string_len("id", WORD).primary_key())
        .col(string_len("adapter", ADDRESS))
        .col(big_integer("added_at"))
        .col(big_integer_null("tombstoned_at"))
        .col(big_integer("block_number"))
        .col(big_integer("log_index"))
        .to_owned()
}

fn clocks() -> TableCreateStatement {
    Table::create()
        .table("clocks")
        .col(string_len("market", ADDRESS).primary_key())
        .col(big_integer_null("paused_at"))
        .col(big_integer_null("lifted_at"))
        .col(big_integer("behind"))
        .to_owned()
}

/// One row for each change: one event may change several accounts, and a rollback takes away the newest rows.
fn balances() -> TableCreateStatement {
    Table::create()
        .table("balances")
        .col(string_len("account", ADDRESS))
        .col(big_integer("block_number"))
        .col(big_integer("log_index"))
        .col(string_len("free", AMOUNT))
        .col(string_len("locked", AMOUNT))
        .primary_key(
            Index::create()
                .name("balances_pk")
                .col("account")
                .col("block_number")
                .col("log_index"),
        )
        .to_owned()
}

/// One row for each change, as in `balances`.
fn consents() -> TableCreateStatement {
    Table::create()
        .table("consents")
        .col(string_len("account", ADDRESS))
        .col(string_len("module", ADDRESS))
        .col(big_integer("block_number"))
        .col(big_integer("log_index"))
        .col(string_len("allowance", AMOUNT))
        .primary_key(
            Index::create()
                .name("consents_pk")
                .col("account")
                .col("module")
                .col("block_number")
                .col("log_index"),
        )
        .to_owned()
}
