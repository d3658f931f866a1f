//! What follows from a log: rows of the read model. The same function derives them when a log is read and when a
//! reorganization has them derived anew.

use assay_chain::{Chain, EventBody, ProverPolicy};
use assay_market::{Amount, Event, ModelId, Request, RequestId, Timestamp};
use assay_store::{
    AttestationRecord, Batch, BidRecord, CircuitRecord, LogRecord, ModelRecord, Position,
    ProofRecord, ProverRecord, RequestRecord, Subject,
};

use super::describe::{event_name, payload, subject};
use super::source::{Sourced, reread};
use super::{IndexError, money, owners};

/// Writes a log and what follows from it. A log that is there already changes nothing.
pub async fn apply(
    batch: &Batch,
    chain: &Chain,
    log: &Sourced,
    timestamp: Timestamp,
) -> Result<(), IndexError> {
    if batch.put_log(&record_of(chain, log)).await? {
        derive(batch, log, timestamp).await?;
    }
    Ok(())
}

/// Derives everything about a subject anew from the logs that are left.
pub async fn rebuild(batch: &Batch, chain: &Chain, subject: &Subject) -> Result<(), IndexError> {
    for record in batch.logs_of(subject).await? {
        let number = record.position.block_number;
        let block = batch
            .block(number)
            .await?
            .ok_or(IndexError::Moved(number))?;
        if let Some(log) = reread(chain, &record)? {
            derive(batch, &log, block.timestamp).await?;
        }
    }
    Ok(())
}

fn record_of(chain: &Chain, log: &Sourced) -> LogRecord {
    let place = log.event.position;
    LogRecord {
        position: position_of(log),
        block_hash: place.block_hash,
        tx_hash: place.transaction,
        address: log.address,
        topics: log.topics.clone(),
        data: log.data.clone(),
        name: event_name(&log.event.body).to_owned(),
        subject: subject(&log.event.body, log.address, chain.deployment()),
        payload: payload(&log.event.body),
    }
}

fn position_of(log: &Sourced) -> Position {
    Position {
        block_number: log.event.position.block_number,
        log_index: log.event.position.log_index,
    }
}

async fn derive(batch: &Batch, log: &Sourced, timestamp: Timestamp) -> Result<(), IndexError> {
    let position = position_of(log);
    match &log.event.body {
        EventBody::Market { request, event } => {
            derive_request(batch, log, *request, event, timestamp).await?
        }
        EventBody::ModelRegistered {
            model,
            provider,
            first,
            registration,
        } => {
            let circuits = registration.circuits.iter().map(|variant| CircuitRecord {
                kind: variant.kind,
                input_private: variant.input_private,
                output_private: variant.output_private,
                circuit: variant.circuit,
            });
            let (sole_prover, proving_price) = match registration.policy {
                ProverPolicy::Open => (None, Amount::ZERO),
                ProverPolicy::Sole { prover, price } => (Some(prover), price),
            };
            let record = ModelRecord {
                id: *model,
                provider: *provider,
                first: *first,
                commitment: registration.commitment,
                weights_private: registration.weights_private,
                circuits: circuits.collect(),
                card_uri: plain_text(&registration.card_uri),
                card_hash: registration.card_hash,
                fee: registration.fee,
                sole_prover,
                proving_price,
                deprecated: false,
                registered_at: timestamp,
                position,
            };
            batch.put_model(&record).await?;
        }
        EventBody::ModelPriced {
            model,
            fee,
            proving_price,
        } => {
            let record = known_model(batch, *model).await?;
            batch
                .put_model(&ModelRecord {
                    fee: *fee,
                    proving_price: *proving_price,
                    ..record
                })
                .await?;
        }
        EventBody::ModelDeprecated { model } => {
            let record = known_model(batch, *model).await?;
            batch
                .put_model(&ModelRecord {
                    deprecated: true,
                    ..record
                })
                .await?;
        }
        EventBody::CircuitAttested {
            circuit,
            attester,
            card_hash,
        } => {
            let record = AttestationRecord {
                circuit: *circuit,
                attester: *attester,
                card_hash: *card_hash,
                attested_at: timestamp,
            };
            batch.put_attestation(&record).await?;
        }
        EventBody::AttestationRevoked { circuit, attester } => {
            batch.remove_attestation(*circuit, *attester).await?
        }
        EventBody::ProverRegistered {
            prover,
            age_recipient,
            blob_endpoint,
        } => {
            let record = ProverRecord {
                address: *prover,
                age_recipient: plain_text(age_recipient),
                blob_endpoint: plain_text(blob_endpoint),
                updated_at: timestamp,
                position,
            };
            batch.put_prover(&record).await?;
        }
        EventBody::ProverRemoved { prover } => batch.remove_prover(*prover).await?,
        EventBody::AttesterAdded { .. }
        | EventBody::AttesterRemoved { .. }
        | EventBody::VerifierAdded { .. }
        | EventBody::VerifierTombstoned { .. }
        | EventBody::Paused { .. }
        | EventBody::Unpaused { .. } => {
            owners::derive(batch, &log.event.body, log.address, position, timestamp).await?;
        }
        EventBody::Deposited { .. }
        | EventBody::Withdrawn { .. }
        | EventBody::Consented { .. }
        | EventBody::Locked { .. }
        | EventBody::Released { .. }
        | EventBody::Settled { .. } => money::derive(batch, &log.event.body, position).await?,
        // Their logs are all there is to know.
        EventBody::AttesterProposed { .. }
        | EventBody::VerifierProposed { .. }
        | EventBody::ProposalWithdrawn { .. }
        | EventBody::ModuleProposed { .. }
        | EventBody::ModuleActivated { .. }
        | EventBody::ModuleRetired { .. } => {}
    }
    Ok(())
}

/// Anybody may write any bytes into a text on the chain, also those that a database or a terminal cannot bear.
fn plain_text(text: &str) -> String {
    text.replace(char::is_control, "\u{fffd}")
}

async fn known_model(batch: &Batch, id: ModelId) -> Result<ModelRecord, IndexError> {
    batch.model(id).await?.ok_or_else(|| IndexError::Unknown {
        kind: "model",
        id: id.to_string(),
    })
}

async fn derive_request(
    batch: &Batch,
    log: &Sourced,
    id: RequestId,
    event: &Event,
    timestamp: Timestamp,
) -> Result<(), IndexError> {
    let (position, tx_hash) = (position_of(log), log.event.position.transaction);
    let mut record = match event {
        Event::Requested {
            requester,
            nonce,
            terms,
            snapshot,
            inline_input,
            opened_at,
        } => RequestRecord {
            request: Request::new(
                id,
                *requester,
                *nonce,
                terms.as_ref().clone(),
                *snapshot,
                inline_input.clone(),
                *opened_at,
            ),
            bids: 0,
            created_at: timestamp,
            position,
        },
        _ => batch
            .request(id)
            .await?
            .ok_or_else(|| IndexError::Unknown {
                kind: "request",
                id: id.to_string(),
            })?,
    };
    record.request.record(event);
    if matches!(event, Event::BidPlaced { .. }) {
        record.bids = record.bids.saturating_add(1);
    }
    batch.put_request(&record).await?;
    match event {
        Event::BidPlaced {
            prover,
            round,
            price,
            bidding_deadline,
            extensions,
            outbid,
        } => {
            let bid = BidRecord {
                request: id,
                number: record.bids,
                round: *round,
                prover: *prover,
                price: *price,
                collateral: record.request.snapshot.collateral,
                bidding_deadline: *bidding_deadline,
                extensions: *extensions,
                outbid: *outbid,
                tx_hash,
                placed_at: timestamp,
                position,
            };
            batch.put_bid(&bid).await?;
        }
        Event::Fulfilled {
            prover,
            round,
            price,
            late_fee,
            bounty,
            fee,
            refund,
            delivery,
        } => {
            let proof = ProofRecord {
                request: id,
                round: *round,
                prover: *prover,
                price: *price,
                late_fee: *late_fee,
                bounty: *bounty,
                fee: *fee,
                refund: *refund,
                delivery: delivery.as_ref().clone(),
                tx_hash,
                fulfilled_at: timestamp,
                position,
            };
            batch.put_proof(&proof).await?;
        }
        _ => {}
    }
    Ok(())
}
