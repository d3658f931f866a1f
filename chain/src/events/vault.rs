//! What the vault tells: balances, locks, consents, modules.

use alloy::rpc::types::Log;
use assay_market::Timestamp;

use super::{EventBody, decode, withdrawn};
use crate::bindings::Vault;
use crate::convert::{address, amount, word};
use crate::error::ChainError;

pub(super) fn vault_event(log: &Log) -> Result<Option<EventBody>, ChainError> {
    if let Some(log) = decode::<Vault::Deposited>(log)? {
        return Ok(Some(EventBody::Deposited {
            account: address(log.account),
            amount: amount(log.amount)?,
            free: amount(log.free)?,
        }));
    }
    if let Some(log) = decode::<Vault::Withdrawn>(log)? {
        return Ok(Some(EventBody::Withdrawn {
            account: address(log.account),
            to: address(log.to),
            amount: amount(log.amount)?,
            paid: amount(log.paid)?,
            free: amount(log.free)?,
        }));
    }
    if let Some(found) = lock_event(log)? {
        return Ok(Some(found));
    }
    module_event(log)
}

/// What modules do with balances.
fn lock_event(log: &Log) -> Result<Option<EventBody>, ChainError> {
    if let Some(log) = decode::<Vault::Locked>(log)? {
        return Ok(Some(EventBody::Locked {
            module: address(log.module),
            key: word(log.key),
            account: address(log.account),
            amount: amount(log.amount)?,
            free: amount(log.free)?,
            locked: amount(log.locked)?,
        }));
    }
    if let Some(log) = decode::<Vault::Released>(log)? {
        return Ok(Some(EventBody::Released {
            module: address(log.module),
            key: word(log.key),
            account: address(log.account),
            amount: amount(log.amount)?,
            free: amount(log.free)?,
            locked: amount(log.locked)?,
        }));
    }
    let Some(log) = decode::<Vault::Settled>(log)? else {
        return Ok(None);
    };
    let credits = log.credits.iter().map(|credit| {
        Ok((
            address(credit.to),
            amount(credit.amount)?,
            amount(credit.free)?,
        ))
    });
    Ok(Some(EventBody::Settled {
        module: address(log.module),
        key: word(log.key),
        account: address(log.account),
        left: amount(log.left)?,
        locked: amount(log.locked)?,
        credits: credits.collect::<Result<_, ChainError>>()?,
    }))
}

/// Which modules there are, and who consents to them.
fn module_event(log: &Log) -> Result<Option<EventBody>, ChainError> {
    if let Some(log) = decode::<Vault::Consented>(log)? {
        return Ok(Some(EventBody::Consented {
            account: address(log.account),
            module: address(log.module),
            allowance: amount(log.allowance)?,
        }));
    }
    if let Some(log) = decode::<Vault::ModuleProposed>(log)? {
        return Ok(Some(EventBody::ModuleProposed {
            module: address(log.module),
            code_hash: word(log.codeHash),
            daily_limit: amount(log.dailyLimit)?,
            active_from: Timestamp(log.activeFrom),
            active_until: Timestamp(log.activeUntil),
        }));
    }
    if let Some(log) = decode::<Vault::ModuleActivated>(log)? {
        return Ok(Some(EventBody::ModuleActivated {
            module: address(log.module),
            daily_limit: amount(log.dailyLimit)?,
        }));
    }
    if let Some(log) = decode::<Vault::ModuleRetired>(log)? {
        let module = address(log.module);
        return Ok(Some(EventBody::ModuleRetired { module }));
    }
    Ok(withdrawn(
        decode::<Vault::ProposalWithdrawn>(log)?.map(|log| log.subject),
    ))
}
