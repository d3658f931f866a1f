//! Rows to records and back: the only place that knows how a domain type lies in a column.

mod chain;
mod deliveries;
mod money;
mod owners;
mod registries;
mod request;

use std::fmt::Display;
use std::str::FromStr;

use assay_market::{Kind, Timestamp};

use crate::error::{Result, StoreError};
use crate::records::Position;

pub(crate) use chain::{block_row, log_row};
pub(crate) use deliveries::{bid_row, blob_row, proof_row};
pub(crate) use money::{balance_row, consent_row};
pub(crate) use owners::{attester_row, clock_of, clock_row, verifier_row};
pub(crate) use registries::{attestation_row, model_row, prover_row};
pub(crate) use request::request_row;

/// Names the row that a column's text is read from.
struct Row<'a> {
    table: &'static str,
    key: &'a str,
}

impl Row<'_> {
    fn corrupt(&self, column: &'static str, got: impl Display, reason: impl Display) -> StoreError {
        StoreError::Corrupt {
            table: self.table,
            row: self.key.to_owned(),
            column,
            got: got.to_string(),
            reason: reason.to_string(),
        }
    }

    fn text<T: FromStr<Err: Display>>(&self, column: &'static str, text: &str) -> Result<T> {
        text.parse()
            .map_err(|error: T::Err| self.corrupt(column, text, error))
    }

    fn optional<T: FromStr<Err: Display>>(
        &self,
        column: &'static str,
        text: &Option<String>,
    ) -> Result<Option<T>> {
        text.as_deref()
            .map(|text| self.text(column, text))
            .transpose()
    }

    fn number<T: TryFrom<i64>>(&self, column: &'static str, number: i64) -> Result<T> {
        T::try_from(number).map_err(|_| self.corrupt(column, number, "out of range"))
    }

    fn time(&self, column: &'static str, number: i64) -> Result<Timestamp> {
        self.number(column, number).map(Timestamp)
    }

    fn some_time(&self, column: &'static str, number: Option<i64>) -> Result<Option<Timestamp>> {
        number.map(|number| self.time(column, number)).transpose()
    }

    fn bytes(&self, column: &'static str, text: &str) -> Result<Vec<u8>> {
        let digits = text
            .strip_prefix("0x")
            .ok_or_else(|| self.corrupt(column, text, "no 0x prefix"))?;
        hex::decode(digits).map_err(|error| self.corrupt(column, text, error))
    }

    fn json<T: serde::de::DeserializeOwned>(&self, column: &'static str, text: &str) -> Result<T> {
        serde_json::from_str(text).map_err(|error| self.corrupt(column, text, error))
    }

    fn kind(&self, number: i16) -> Result<Kind> {
        let kind = u8::try_from(number)
            .ok()
            .and_then(|number| Kind::try_from(number).ok());
        kind.ok_or_else(|| self.corrupt("kind", number, "no such kind"))
    }

    fn position(&self, block_number: i64, log_index: i64) -> Result<Position> {
        Ok(Position {
            block_number: self.number("block_number", block_number)?,
            log_index: self.number("log_index", log_index)?,
        })
    }
}

/// Numbers of the chain are unsigned, columns are signed.
pub(crate) fn signed(column: &'static str, number: u64) -> Result<i64> {
    i64::try_from(number).map_err(|_| StoreError::TooLarge {
        column,
        got: number,
    })
}

/// Rounds and extensions are few; the contract counts them in eight bits.
fn small(column: &'static str, number: u32) -> Result<i32> {
    i32::try_from(number).map_err(|_| StoreError::TooLarge {
        column,
        got: number.into(),
    })
}

/// As [`signed`], for a time that may be missing.
pub(crate) fn some_time(column: &'static str, time: Option<Timestamp>) -> Result<Option<i64>> {
    time.map(|time| signed(column, time.0)).transpose()
}

fn hex_text(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}

fn json_text<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("plain records become JSON")
}
