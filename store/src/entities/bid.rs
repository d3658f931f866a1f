//! Table `bids`: every bid, numbered within its request.

use sea_orm::entity::prelude::*;

/// One row of `bids`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "bids")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub request_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i64,
    pub round: i32,
    pub prover: String,
    pub price: String,
    pub collateral: String,
    pub bidding_deadline: i64,
    pub extensions: i32,
    pub outbid: Option<String>,
    pub tx_hash: String,
    pub placed_at: i64,
    pub block_number: i64,
    pub log_index: i64,
}

/// No relations: rows follow from logs, which may be rolled back one by one.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
