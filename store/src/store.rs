//! The connection: opened once, migrated, shared.

use std::time::Duration;

use assay_migrations::Migrator;
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend};
use sea_orm_migration::MigratorTrait;

use crate::error::Result;

/// Connections to PostgreSQL. SQLite has one: it has one writer at a time anyway, and a second connection would only
/// learn that the database is locked.
const POSTGRES_CONNECTIONS: u32 = 8;

/// How long a query waits for a free connection before it fails.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);

/// The database of one service. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) db: DatabaseConnection,
}

impl Store {
    /// Connects to `sqlite://file?mode=rwc` or `postgres://…` and runs the migrations that are missing.
    ///
    /// # Errors
    /// [`crate::StoreError::Database`] if the database cannot be reached or migrated.
    pub async fn open(url: &str) -> Result<Self> {
        let sqlite = url.starts_with("sqlite:");
        let mut options = ConnectOptions::new(url);
        options
            .max_connections(if sqlite { 1 } else { POSTGRES_CONNECTIONS })
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .sqlx_logging(false);
        if sqlite {
            // The one connection of an in-memory database must never be closed: the database would go with it.
            options
                .min_connections(1)
                .idle_timeout(None)
                .max_lifetime(None);
        }
        let db = Database::connect(options).await?;
        if db.get_database_backend() == DbBackend::Sqlite {
            // Readers and the writer do not wait for each other's disk.
            db.execute_unprepared("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;")
                .await?;
        }
        Migrator::up(&db, None).await?;
        Ok(Self { db })
    }

    /// Asks the database for nothing, to learn whether it answers.
    ///
    /// # Errors
    /// [`crate::StoreError::Database`] if it does not.
    pub async fn ping(&self) -> Result<()> {
        Ok(self.db.ping().await?)
    }
}
