//! Table `clocks`: the market's clock.

use sea_orm::entity::prelude::*;

/// One row of `clocks`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "clocks")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub market: String,
    pub paused_at: Option<i64>,
    pub lifted_at: Option<i64>,
    pub behind: i64,
}

/// No relations: rows follow from logs, which may be rolled back one by one.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
