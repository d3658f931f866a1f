//! Table `models`: registered models.

use sea_orm::entity::prelude::*;

/// One row of `models`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "models")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub provider: String,
    pub first: String,
    pub commitment: String,
    pub weights_private: bool,
    #[sea_orm(column_type = "Text")]
    pub circuits: String,
    #[sea_orm(column_type = "Text")]
    pub card_uri: String,
    pub card_hash: String,
    pub fee: String,
    pub sole_prover: Option<String>,
    pub proving_price: String,
    pub deprecated: bool,
    pub registered_at: i64,
    pub block_number: i64,
    pub log_index: i64,
}

/// No relations: rows follow from logs, which may be rolled back one by one.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
