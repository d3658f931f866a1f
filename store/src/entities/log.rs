//! Table `logs`: contract logs, keyed by block hash and log index.

use sea_orm::entity::prelude::*;

/// One row of `logs`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "logs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub block_hash: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub log_index: i64,
    pub block_number: i64,
    pub tx_hash: String,
    pub address: String,
    #[sea_orm(column_type = "Text")]
    pub topics: String,
    #[sea_orm(column_type = "Text")]
    pub data: String,
    pub name: String,
    pub subject_kind: String,
    pub subject: String,
    #[sea_orm(column_type = "Text")]
    pub payload: String,
}

/// No relations: derived rows follow from a log, they do not point at it.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
