//! What can go wrong with the database.

use sea_orm::DbErr;

/// A failed query or a row that does not mean anything.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused or could not be reached.
    #[error("database: {0}")]
    Database(#[from] DbErr),
    /// A row holds text that is not what the column means.
    #[error("table {table}, row {row}: column {column} holds {got:?}: {reason}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The row's key.
        row: String,
        /// The column.
        column: &'static str,
        /// What it holds.
        got: String,
        /// Why that is wrong.
        reason: String,
    },
    /// A number from outside does not fit the signed 64-bit column.
    #[error("{column}: expected a number below 2^63, got {got}")]
    TooLarge {
        /// The column.
        column: &'static str,
        /// The number.
        got: u64,
    },
}

/// Result of a store operation.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;
