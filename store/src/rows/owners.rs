//! What the owners of the contracts decide: attesters, verifiers, and whether the market is paused.

use assay_market::{Address, Clock, Seconds};
use sea_orm::ActiveValue::Set;

use super::{Row, signed, some_time};
use crate::entities::{attester, clock, verifier};
use crate::error::{Result, StoreError};
use crate::records::{AttesterRecord, VerifierRecord};

pub(crate) fn attester_row(record: &AttesterRecord) -> Result<attester::ActiveModel> {
    Ok(attester::ActiveModel {
        address: Set(record.address.to_string()),
        added_at: Set(signed("added_at", record.added_at.0)?),
        removed_at: Set(some_time("removed_at", record.removed_at)?),
        block_number: Set(signed("block_number", record.position.block_number)?),
        log_index: Set(signed("log_index", record.position.log_index)?),
    })
}

impl TryFrom<attester::Model> for AttesterRecord {
    type Error = StoreError;
    fn try_from(row: attester::Model) -> Result<Self> {
        let at = Row {
            table: "attesters",
            key: &row.address,
        };
        Ok(Self {
            address: at.text("address", &row.address)?,
            added_at: at.time("added_at", row.added_at)?,
            removed_at: at.some_time("removed_at", row.removed_at)?,
            position: at.position(row.block_number, row.log_index)?,
        })
    }
}

pub(crate) fn verifier_row(record: &VerifierRecord) -> Result<verifier::ActiveModel> {
    Ok(verifier::ActiveModel {
        id: Set(record.id.to_string()),
        adapter: Set(record.adapter.to_string()),
        added_at: Set(signed("added_at", record.added_at.0)?),
        tombstoned_at: Set(some_time("tombstoned_at", record.tombstoned_at)?),
        block_number: Set(signed("block_number", record.position.block_number)?),
        log_index: Set(signed("log_index", record.position.log_index)?),
    })
}

impl TryFrom<verifier::Model> for VerifierRecord {
    type Error = StoreError;
    fn try_from(row: verifier::Model) -> Result<Self> {
        let at = Row {
            table: "verifiers",
            key: &row.id,
        };
        Ok(Self {
            id: at.text("id", &row.id)?,
            adapter: at.text("adapter", &row.adapter)?,
            added_at: at.time("added_at", row.added_at)?,
            tombstoned_at: at.some_time("tombstoned_at", row.tombstoned_at)?,
            position: at.position(row.block_number, row.log_index)?,
        })
    }
}

pub(crate) fn clock_row(market: Address, clock: &Clock) -> Result<clock::ActiveModel> {
    Ok(clock::ActiveModel {
        market: Set(market.to_string()),
        paused_at: Set(some_time("paused_at", clock.paused_at)?),
        lifted_at: Set(some_time("lifted_at", clock.lifted_at)?),
        behind: Set(signed("behind", clock.behind.0)?),
    })
}

pub(crate) fn clock_of(row: &clock::Model) -> Result<Clock> {
    let at = Row {
        table: "clocks",
        key: &row.market,
    };
    Ok(Clock {
        paused_at: at.some_time("paused_at", row.paused_at)?,
        lifted_at: at.some_time("lifted_at", row.lifted_at)?,
        behind: at.number("behind", row.behind).map(Seconds)?,
    })
}
