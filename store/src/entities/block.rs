//! Table `blocks`: headers of the indexed blocks.

use sea_orm::entity::prelude::*;

/// One row of `blocks`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "blocks")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i64,
    #[sea_orm(unique)]
    pub hash: String,
    pub parent_hash: String,
    pub timestamp: i64,
}

/// No relations: logs name their block by hash.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
