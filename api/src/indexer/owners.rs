//! What follows from the owners' decisions: attesters, verifiers, and the market's clock.

use assay_chain::EventBody;
use assay_market::params::MAX_PAUSE;
use assay_market::{Address, Clock, Timestamp, Word};
use assay_store::{AttesterRecord, Batch, Position, VerifierRecord};

use super::IndexError;

/// Derives attesters, verifiers and the clock from an event of `contract`.
pub async fn derive(
    batch: &Batch,
    body: &EventBody,
    contract: Address,
    at: Position,
    timestamp: Timestamp,
) -> Result<(), IndexError> {
    match body {
        EventBody::AttesterAdded { attester } => {
            let record = AttesterRecord {
                address: *attester,
                added_at: timestamp,
                removed_at: None,
                position: at,
            };
            batch.put_attester(&record).await?;
        }
        EventBody::AttesterRemoved { attester } => {
            let record = known_attester(batch, *attester).await?;
            let removed = AttesterRecord {
                removed_at: Some(timestamp),
                ..record
            };
            batch.put_attester(&removed).await?;
        }
        EventBody::VerifierAdded { verifier, adapter } => {
            let record = VerifierRecord {
                id: *verifier,
                adapter: *adapter,
                added_at: timestamp,
                tombstoned_at: None,
                position: at,
            };
            batch.put_verifier(&record).await?;
        }
        EventBody::VerifierTombstoned { verifier, .. } => {
            let record = known_verifier(batch, *verifier).await?;
            let tombstoned = VerifierRecord {
                tombstoned_at: Some(timestamp),
                ..record
            };
            batch.put_verifier(&tombstoned).await?;
        }
        EventBody::Paused { .. } => {
            let clock = batch.clock(contract).await?;
            let paused = Clock {
                paused_at: Some(timestamp),
                ..clock
            };
            batch.put_clock(contract, &paused).await?;
        }
        EventBody::Unpaused { behind, .. } => {
            let start = batch.clock(contract).await?.paused_at;
            // A pause that was over by itself ended before it was lifted.
            let end = start.map_or(timestamp, |start| timestamp.min(start.after(MAX_PAUSE)));
            let running = Clock {
                paused_at: None,
                lifted_at: Some(end),
                behind: *behind,
            };
            batch.put_clock(contract, &running).await?;
        }
        _ => {}
    }
    Ok(())
}

async fn known_attester(batch: &Batch, address: Address) -> Result<AttesterRecord, IndexError> {
    let found = batch.attester(address).await?;
    found.ok_or_else(|| IndexError::Unknown {
        kind: "attester",
        id: address.to_string(),
    })
}

async fn known_verifier(batch: &Batch, id: Word) -> Result<VerifierRecord, IndexError> {
    let found = batch.verifier(id).await?;
    found.ok_or_else(|| IndexError::Unknown {
        kind: "verifier",
        id: id.to_string(),
    })
}
