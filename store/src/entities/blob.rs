//! Table `blobs`: what is known about each stored blob; the bytes are files.

use sea_orm::entity::prelude::*;

/// One row of `blobs`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "blobs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub digest: String,
    pub size_bytes: i64,
    pub encrypted: bool,
    pub uploader: String,
    pub created_at: i64,
}

/// No relations: anything may name a blob by its digest.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
