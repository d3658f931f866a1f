//! Table `provers`: how to reach provers.

use sea_orm::entity::prelude::*;

/// One row of `provers`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "provers")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub address: String,
    #[sea_orm(column_type = "Text")]
    pub age_recipient: String,
    #[sea_orm(column_type = "Text")]
    pub blob_endpoint: String,
    pub updated_at: i64,
    pub block_number: i64,
    pub log_index: i64,
}

/// No relations: rows follow from logs, which may be rolled back one by one.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
