//! What follows from the vault's events: balances and consents, which each event names as they are after it.

use assay_chain::EventBody;
use assay_market::{Address, Amount};
use assay_store::{BalanceRecord, Batch, ConsentRecord, Position, StoreError};

/// Derives balances and consents from an event of the vault.
pub async fn derive(batch: &Batch, body: &EventBody, at: Position) -> Result<(), StoreError> {
    match body {
        EventBody::Deposited { account, free, .. } | EventBody::Withdrawn { account, free, .. } => {
            set(batch, *account, Some(*free), None, at).await
        }
        EventBody::Locked {
            account,
            free,
            locked,
            ..
        }
        | EventBody::Released {
            account,
            free,
            locked,
            ..
        } => set(batch, *account, Some(*free), Some(*locked), at).await,
        EventBody::Settled {
            account,
            locked,
            credits,
            ..
        } => {
            set(batch, *account, None, Some(*locked), at).await?;
            // In the order of the payments: the last one to an account names its balance after all of them.
            for (to, _, free) in credits {
                set(batch, *to, Some(*free), None, at).await?;
            }
            Ok(())
        }
        EventBody::Consented {
            account,
            module,
            allowance,
        } => {
            let record = ConsentRecord {
                module: *module,
                allowance: *allowance,
            };
            batch.put_consent(*account, &record, at).await
        }
        _ => Ok(()),
    }
}

/// Writes an account's new balance; what the event does not name stays as it was.
async fn set(
    batch: &Batch,
    account: Address,
    free: Option<Amount>,
    locked: Option<Amount>,
    at: Position,
) -> Result<(), StoreError> {
    let before = batch.balance(account).await?;
    let record = BalanceRecord {
        free: free.unwrap_or(before.free),
        locked: locked.unwrap_or(before.locked),
    };
    batch.put_balance(account, &record, at).await
}
