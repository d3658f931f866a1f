//! Table `attesters`: who may attest, or once might.

use sea_orm::entity::prelude::*;

/// One row of `attesters`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "attesters")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub address: String,
    pub added_at: i64,
    pub removed_at: Option<i64>,
    pub block_number: i64,
    pub log_index: i64,
}

/// No relations: rows follow from logs, which may be rolled back one by one.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
