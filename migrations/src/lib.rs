#![doc = include_str!("../README.md")]

mod m20261122_000001_chain;
mod m20261122_000002_market;
mod m20261122_000003_service;
mod m20261130_000004_final_rules;

use sea_orm_migration::prelude::*;

/// Every migration, oldest first.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261122_000001_chain::Migration),
            Box::new(m20261122_000002_market::Migration),
            Box::new(m20261122_000003_service::Migration),
            Box::new(m20261130_000004_final_rules::Migration),
        ]
    }
}
