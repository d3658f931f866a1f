//! A row of the job table as a value.

use std::fmt;

use assay_market::{Amount, RequestId, Terms};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{JobsError, Stage};

/// Names a job: a request in one of its rounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct JobKey {
    /// The request.
    pub request: RequestId,
    /// Its round.
    pub round: u32,
}

impl fmt::Display for JobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} round {}", self.request, self.round)
    }
}

/// A job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its name.
    pub key: JobKey,
    /// Where it stands.
    pub stage: Stage,
    /// What is asked for.
    pub terms: Terms,
    /// When the next deadline that binds us ends: bidding first, then proving.
    pub due_at: u64,
    /// The price that we bid or would bid.
    pub price: Option<Amount>,
    /// Why it was skipped, lost or failed: a named code.
    pub code: Option<String>,
    /// The same in words.
    pub detail: Option<String>,
    /// Hash of the last transaction of this job, written before it was sent.
    pub tx_hash: Option<String>,
    /// The proved statement, as JSON.
    pub statement: Option<String>,
    /// The seal, as hex.
    pub seal: Option<String>,
    /// The output bytes, as hex: they go with the seal.
    pub output: Option<String>,
    /// Milliseconds of each proving stage, as JSON.
    pub timings: Option<String>,
    /// How often proving or submitting failed for reasons of our own.
    pub attempts: u32,
    /// When the row was last written, by the chain's clock.
    pub updated_at: u64,
}

impl Job {
    /// Makes a job that was just seen.
    pub fn discovered(key: JobKey, terms: Terms, due_at: u64, now: u64) -> Self {
        Self {
            key,
            stage: Stage::Discovered,
            terms,
            due_at,
            price: None,
            code: None,
            detail: None,
            tx_hash: None,
            statement: None,
            seal: None,
            output: None,
            timings: None,
            attempts: 0,
            updated_at: now,
        }
    }

    pub(super) fn from_row(row: &SqliteRow) -> Result<Self, JobsError> {
        let stage: String = row.try_get("stage")?;
        let terms: String = row.try_get("terms")?;
        let price: Option<String> = row.try_get("price")?;
        Ok(Self {
            key: JobKey {
                request: parse("request_id", &row.try_get::<String, _>("request_id")?)?,
                round: number("round", row.try_get("round")?)?,
            },
            stage: Stage::parse(&stage).ok_or(JobsError::Corrupt {
                column: "stage",
                value: stage,
            })?,
            terms: serde_json::from_str(&terms).map_err(|_| JobsError::Corrupt {
                column: "terms",
                value: terms,
            })?,
            due_at: row.try_get::<i64, _>("due_at")?.cast_unsigned(),
            price: price.map(|price| parse("price", &price)).transpose()?,
            code: row.try_get("code")?,
            detail: row.try_get("detail")?,
            tx_hash: row.try_get("tx_hash")?,
            statement: row.try_get("statement")?,
            seal: row.try_get("seal")?,
            output: row.try_get("output")?,
            timings: row.try_get("timings")?,
            attempts: number("attempts", row.try_get("attempts")?)?,
            updated_at: row.try_get::<i64, _>("updated_at")?.cast_unsigned(),
        })
    }
}

fn parse<T: std::str::FromStr>(column: &'static str, text: &str) -> Result<T, JobsError> {
    text.parse().map_err(|_| JobsError::Corrupt {
        column,
        value: text.to_owned(),
    })
}

fn number(column: &'static str, value: i64) -> Result<u32, JobsError> {
    u32::try_from(value).map_err(|_| JobsError::Corrupt {
        column,
        value: value.to_string(),
    })
}
