//! The worker's own record: one row for each round of a request, written before every action.
//!
//! A worker that is killed at any moment starts again from these rows and the chain. The row says
//! what the worker was about to do; the chain says whether it happened.

mod row;
mod stage;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::str::FromStr;

use assay_market::RequestId;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use thiserror::Error;

pub use row::{Job, JobKey};
pub use stage::Stage;

/// Version of the tables below; a database of another version is refused rather than guessed at.
const SCHEMA_VERSION: i64 = 2;
/// Writes the same version: a pragma takes no parameters.
const SET_SCHEMA_VERSION: &str = "PRAGMA user_version = 2";

/// How long a lease lasts that nobody renews. Only one process can hold the data folder, so a lease
/// matters between tasks of one process, and after a crash it has no holder at all.
pub const LEASE_SECS: u64 = 30;

const SCHEMA: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS jobs (
        request_id TEXT NOT NULL,
        round INTEGER NOT NULL,
        stage TEXT NOT NULL,
        terms TEXT NOT NULL,
        due_at INTEGER NOT NULL,
        price TEXT,
        code TEXT,
        detail TEXT,
        tx_hash TEXT,
        statement TEXT,
        seal TEXT,
        output TEXT,
        timings TEXT,
        attempts INTEGER NOT NULL DEFAULT 0,
        lease_holder TEXT,
        lease_until INTEGER NOT NULL DEFAULT 0,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        PRIMARY KEY (request_id, round)
    ) STRICT",
    "CREATE INDEX IF NOT EXISTS jobs_by_stage ON jobs (stage, due_at)",
    "CREATE TABLE IF NOT EXISTS cursor (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        block_number INTEGER NOT NULL
    ) STRICT",
];

/// An error of the job table.
#[derive(Debug, Error)]
pub enum JobsError {
    /// SQLite failed.
    #[error("job table: {0}")]
    Database(#[from] sqlx::Error),
    /// The database belongs to another version of this program.
    #[error("job table has schema version {got}, expected {expected}")]
    Version {
        /// Version of this program.
        expected: i64,
        /// Version of the file.
        got: i64,
    },
    /// A row holds something that this program did not write.
    #[error("job table: column {column} holds {value:?}")]
    Corrupt {
        /// The column.
        column: &'static str,
        /// What it holds.
        value: String,
    },
    /// The row is gone or another task holds it.
    #[error("job {0} is leased by another task")]
    Leased(JobKey),
}

/// The job table.
#[derive(Clone, Debug)]
pub struct Jobs {
    pool: SqlitePool,
    holder: String,
}

impl Jobs {
    /// Opens the table in `file`, creating it on first use. `holder` names this process in leases.
    pub async fn open(file: &Path, holder: String) -> Result<Self, JobsError> {
        let options = SqliteConnectOptions::from_str("sqlite:")?
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // A row is a promise to ourselves about money: it must survive a power cut.
            .synchronous(SqliteSynchronous::Full);
        // One connection: SQLite has one writer, and a pool of them only adds "database is locked".
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(options)
            .await?;
        let version: i64 = sqlx::query_scalar("PRAGMA user_version")
            .fetch_one(&pool)
            .await?;
        if version != 0 && version != SCHEMA_VERSION {
            return Err(JobsError::Version {
                expected: SCHEMA_VERSION,
                got: version,
            });
        }
        for statement in SCHEMA {
            sqlx::query(*statement).execute(&pool).await?;
        }
        sqlx::query(SET_SCHEMA_VERSION).execute(&pool).await?;
        Ok(Self { pool, holder })
    }

    /// Voids the leases of earlier processes. Call it only while holding the data folder's lock.
    pub async fn release_stale_leases(&self) -> Result<u64, JobsError> {
        let result = sqlx::query(
            "UPDATE jobs SET lease_holder = NULL, lease_until = 0
             WHERE lease_holder IS NOT NULL AND lease_holder <> ?",
        )
        .bind(&self.holder)
        .execute(&self.pool)
        .await?;
        Ok(result.rows_affected())
    }

    /// Returns the first block that was not read yet, if any was.
    pub async fn cursor(&self) -> Result<Option<u64>, JobsError> {
        let block: Option<i64> = sqlx::query_scalar("SELECT block_number FROM cursor WHERE id = 1")
            .fetch_optional(&self.pool)
            .await?;
        Ok(block.map(i64::cast_unsigned))
    }

    /// Records new jobs and the next block to read, together.
    pub async fn discover(&self, jobs: &[Job], next_block: u64) -> Result<u64, JobsError> {
        let mut added = 0;
        let mut transaction = self.pool.begin().await?;
        for job in jobs {
            let terms = serde_json::to_string(&job.terms).map_err(|error| JobsError::Corrupt {
                column: "terms",
                value: error.to_string(),
            })?;
            let result = sqlx::query(
                "INSERT INTO jobs (request_id, round, stage, terms, due_at, created_at, updated_at)
                 VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            )
            .bind(job.key.request.to_string())
            .bind(i64::from(job.key.round))
            .bind(job.stage.name())
            .bind(terms)
            .bind(job.due_at.cast_signed())
            .bind(job.updated_at.cast_signed())
            .bind(job.updated_at.cast_signed())
            .execute(&mut *transaction)
            .await?;
            added += result.rows_affected();
        }
        sqlx::query(
            "INSERT INTO cursor (id, block_number) VALUES (1, ?)
             ON CONFLICT (id) DO UPDATE SET block_number = excluded.block_number",
        )
        .bind(next_block.cast_signed())
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(added)
    }

    /// Returns the jobs that are not over: those that bind us first, and of these the one that is due first.
    pub async fn active(&self) -> Result<Vec<Job>, JobsError> {
        // A row of a stage that this program does not know is read too, so that it is complained about.
        let rows = sqlx::query(
            "SELECT * FROM jobs
             WHERE stage NOT IN ('settled', 'skipped', 'lost', 'defaulted', 'failed')
             ORDER BY stage IN ('bidding', 'proving', 'wrapping', 'submitting') DESC,
                 due_at, request_id",
        )
        .fetch_all(&self.pool)
        .await?;
        let read = |row| match Job::from_row(row) {
            Ok(job) => Some(job),
            Err(error) => {
                // One damaged row must not stop the proofs of the others.
                tracing::error!(%error, "a row of the job table cannot be read");
                None
            }
        };
        Ok(rows.iter().filter_map(read).collect())
    }

    /// Returns one job.
    pub async fn get(&self, key: JobKey) -> Result<Option<Job>, JobsError> {
        let row = sqlx::query("SELECT * FROM jobs WHERE request_id = ? AND round = ?")
            .bind(key.request.to_string())
            .bind(i64::from(key.round))
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(Job::from_row).transpose()
    }

    /// Returns every job of a request, the first round first.
    pub async fn of_request(&self, request: RequestId) -> Result<Vec<Job>, JobsError> {
        let rows = sqlx::query("SELECT * FROM jobs WHERE request_id = ? ORDER BY round")
            .bind(request.to_string())
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(Job::from_row).collect()
    }

    /// Takes or renews the lease of a job; says whether we hold it now.
    pub async fn lease(&self, key: JobKey, now: u64) -> Result<bool, JobsError> {
        let result = sqlx::query(
            "UPDATE jobs SET lease_holder = ?, lease_until = ?
             WHERE request_id = ? AND round = ?
               AND (lease_holder IS NULL OR lease_holder = ? OR lease_until <= ?)",
        )
        .bind(&self.holder)
        .bind(now.saturating_add(LEASE_SECS).cast_signed())
        .bind(key.request.to_string())
        .bind(i64::from(key.round))
        .bind(&self.holder)
        .bind(now.cast_signed())
        .execute(&self.pool)
        .await?;
        Ok(result.rows_affected() == 1)
    }

    /// Writes a job back. Only the lease's holder can.
    pub async fn save(&self, job: &Job) -> Result<(), JobsError> {
        let result = sqlx::query(
            "UPDATE jobs SET stage = ?, due_at = ?, price = ?, code = ?, detail = ?, tx_hash = ?,
                 statement = ?, seal = ?, output = ?, timings = ?, attempts = ?, updated_at = ?
             WHERE request_id = ? AND round = ? AND (lease_holder IS NULL OR lease_holder = ?)",
        )
        .bind(job.stage.name())
        .bind(job.due_at.cast_signed())
        .bind(job.price.map(|price| price.to_string()))
        .bind(job.code.as_deref())
        .bind(job.detail.as_deref())
        .bind(job.tx_hash.as_deref())
        .bind(job.statement.as_deref())
        .bind(job.seal.as_deref())
        .bind(job.output.as_deref())
        .bind(job.timings.as_deref())
        .bind(i64::from(job.attempts))
        .bind(job.updated_at.cast_signed())
        .bind(job.key.request.to_string())
        .bind(i64::from(job.key.round))
        .bind(&self.holder)
        .execute(&self.pool)
        .await?;
        if result.rows_affected() == 1 {
            Ok(())
        } else {
            Err(JobsError::Leased(job.key))
        }
    }
}
