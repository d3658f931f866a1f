//! Table `requests`: requests as stored; their status is a function of the row and the time.

use sea_orm::entity::prelude::*;

/// One row of `requests`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "requests")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub requester: String,
    pub nonce: String,
    pub model_id: String,
    pub kind: i16,
    pub input_private: bool,
    pub output_private: bool,
    pub input_digest: String,
    pub input_hash: String,
    #[sea_orm(column_type = "Text")]
    pub inline_input: String,
    pub verifier_id: String,
    pub first_ceiling: String,
    pub ceiling_step: String,
    pub max_price: String,
    pub instant_price: String,
    pub max_fee: String,
    pub bidding_window: i64,
    pub proving_window: i64,
    pub expires_at: i64,
    pub callback_gas: i64,
    pub provider: String,
    pub sole_prover: Option<String>,
    pub verifier: String,
    pub header: i64,
    pub circuit: String,
    pub commitment: String,
    pub fee: String,
    pub collateral: String,
    pub created_at: i64,
    pub round: i32,
    pub opened_at: i64,
    pub extensions: i32,
    pub bids: i64,
    pub best_prover: Option<String>,
    pub best_price: Option<String>,
    pub bidding_deadline: Option<i64>,
    pub assigned_at: Option<i64>,
    pub proving_deadline: Option<i64>,
    #[sea_orm(column_type = "Text")]
    pub defaulted: String,
    pub outcome: Option<String>,
    pub late_fee: Option<String>,
    pub bounty: Option<String>,
    pub output_digest: Option<String>,
    pub output_hash: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub result: Option<String>,
    pub block_number: i64,
    pub log_index: i64,
}

/// No relations: rows follow from logs, which may be rolled back one by one.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
