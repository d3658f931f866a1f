//! Balances and consents.

use assay_market::Address;
use sea_orm::ActiveValue::Set;

use super::{Row, signed};
use crate::entities::{balance, consent};
use crate::error::{Result, StoreError};
use crate::records::{BalanceRecord, ConsentRecord, Position};

pub(crate) fn balance_row(
    account: Address,
    record: &BalanceRecord,
    position: Position,
) -> Result<balance::ActiveModel> {
    Ok(balance::ActiveModel {
        account: Set(account.to_string()),
        block_number: Set(signed("block_number", position.block_number)?),
        log_index: Set(signed("log_index", position.log_index)?),
        free: Set(record.free.to_string()),
        locked: Set(record.locked.to_string()),
    })
}

impl TryFrom<balance::Model> for BalanceRecord {
    type Error = StoreError;
    fn try_from(row: balance::Model) -> Result<Self> {
        let at = Row {
            table: "balances",
            key: &row.account,
        };
        Ok(Self {
            free: at.text("free", &row.free)?,
            locked: at.text("locked", &row.locked)?,
        })
    }
}

pub(crate) fn consent_row(
    account: Address,
    record: &ConsentRecord,
    position: Position,
) -> Result<consent::ActiveModel> {
    Ok(consent::ActiveModel {
        account: Set(account.to_string()),
        module: Set(record.module.to_string()),
        block_number: Set(signed("block_number", position.block_number)?),
        log_index: Set(signed("log_index", position.log_index)?),
        allowance: Set(record.allowance.to_string()),
    })
}

impl TryFrom<consent::Model> for ConsentRecord {
    type Error = StoreError;
    fn try_from(row: consent::Model) -> Result<Self> {
        let at = Row {
            table: "consents",
            key: &row.account,
        };
        Ok(Self {
            module: at.text("module", &row.module)?,
            allowance: at.text("allowance", &row.allowance)?,
        })
    }
}
