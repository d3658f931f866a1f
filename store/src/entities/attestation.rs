//! Table `attestations`: attesters' words; those of removed attesters do not count.

use sea_orm::entity::prelude::*;

/// One row of `attestations`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "attestations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub circuit: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub attester: String,
    pub card_hash: String,
    pub attested_at: i64,
}

/// No relations: rows follow from logs, which may be rolled back one by one.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
