//! Table `proofs`: delivered proofs.

use sea_orm::entity::prelude::*;

/// One row of `proofs`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "proofs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub request_id: String,
    pub round: i32,
    pub prover: String,
    pub price: String,
    pub late_fee: String,
    pub bounty: String,
    pub fee: String,
    pub refund: String,
    pub output_digest: String,
    #[sea_orm(column_type = "Text")]
    pub result: String,
    pub output_hash: String,
    #[sea_orm(column_type = "Text")]
    pub output: String,
    #[sea_orm(column_type = "Text")]
    pub seal: String,
    pub tx_hash: String,
    pub fulfilled_at: i64,
    pub block_number: i64,
    pub log_index: i64,
}

/// No relations: rows follow from logs, which may be rolled back one by one.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
