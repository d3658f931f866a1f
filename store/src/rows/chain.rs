//! Headers and logs, as they were read.

use sea_orm::ActiveValue::Set;

use super::{Row, hex_text, json_text, signed};
use crate::entities::{block, log};
use crate::error::{Result, StoreError};
use crate::records::{BlockRecord, LogRecord, Subject, SubjectKind};

pub(crate) fn block_row(record: &BlockRecord) -> Result<block::ActiveModel> {
    Ok(block::ActiveModel {
        number: Set(signed("number", record.number)?),
        hash: Set(record.hash.to_string()),
        parent_hash: Set(record.parent_hash.to_string()),
        timestamp: Set(signed("timestamp", record.timestamp.0)?),
    })
}

impl TryFrom<block::Model> for BlockRecord {
    type Error = StoreError;
    fn try_from(row: block::Model) -> Result<Self> {
        let at = Row {
            table: "blocks",
            key: &row.hash,
        };
        Ok(Self {
            number: at.number("number", row.number)?,
            hash: at.text("hash", &row.hash)?,
            parent_hash: at.text("parent_hash", &row.parent_hash)?,
            timestamp: at.time("timestamp", row.timestamp)?,
        })
    }
}

pub(crate) fn log_row(record: &LogRecord) -> Result<log::ActiveModel> {
    Ok(log::ActiveModel {
        block_hash: Set(record.block_hash.to_string()),
        log_index: Set(signed("log_index", record.position.log_index)?),
        block_number: Set(signed("block_number", record.position.block_number)?),
        tx_hash: Set(record.tx_hash.to_string()),
        address: Set(record.address.to_string()),
        topics: Set(json_text(&record.topics)),
        data: Set(hex_text(&record.data)),
        name: Set(record.name.clone()),
        subject_kind: Set(record.subject.kind.as_str().to_owned()),
        subject: Set(record.subject.id.clone()),
        payload: Set(record.payload.to_string()),
    })
}

impl TryFrom<log::Model> for LogRecord {
    type Error = StoreError;
    fn try_from(row: log::Model) -> Result<Self> {
        let key = format!("{} {}", row.block_hash, row.log_index);
        let at = Row {
            table: "logs",
            key: &key,
        };
        let kind = SubjectKind::ALL
            .into_iter()
            .find(|kind| kind.as_str() == row.subject_kind);
        Ok(Self {
            position: at.position(row.block_number, row.log_index)?,
            block_hash: at.text("block_hash", &row.block_hash)?,
            tx_hash: at.text("tx_hash", &row.tx_hash)?,
            address: at.text("address", &row.address)?,
            topics: at.json("topics", &row.topics)?,
            data: at.bytes("data", &row.data)?,
            name: row.name,
            subject: Subject {
                kind: kind
                    .ok_or_else(|| at.corrupt("subject_kind", &row.subject_kind, "no such kind"))?,
                id: row.subject,
            },
            payload: at.json("payload", &row.payload)?,
        })
    }
}
