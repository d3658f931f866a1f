//! What the registries tell: models, circuits, provers, verifiers.

use alloy::rpc::types::Log;
use assay_market::{Amount, ModelId, Timestamp};

use super::{EventBody, decode, withdrawn};
use crate::bindings::{CircuitRegistry, ModelRegistry, ProverRegistry, VerifierRegistry};
use crate::convert::{address, word};
use crate::error::ChainError;
use crate::models::registration;

pub(super) fn model_event(log: &Log) -> Result<Option<EventBody>, ChainError> {
    if let Some(log) = decode::<ModelRegistry::ModelRegistered>(log)? {
        return Ok(Some(EventBody::ModelRegistered {
            model: ModelId(log.modelId.0),
            provider: address(log.provider),
            first: ModelId(log.first.0),
            registration: registration(log.registration)?,
        }));
    }
    if let Some(log) = decode::<ModelRegistry::ModelPriced>(log)? {
        return Ok(Some(EventBody::ModelPriced {
            model: ModelId(log.modelId.0),
            fee: Amount(log.fee),
            proving_price: Amount(log.provingPrice),
        }));
    }
    Ok(
        decode::<ModelRegistry::ModelDeprecated>(log)?.map(|log| EventBody::ModelDeprecated {
            model: ModelId(log.modelId.0),
        }),
    )
}

pub(super) fn circuit_event(log: &Log) -> Result<Option<EventBody>, ChainError> {
    if let Some(log) = decode::<CircuitRegistry::CircuitAttested>(log)? {
        return Ok(Some(EventBody::CircuitAttested {
            circuit: word(log.circuit),
            attester: address(log.attester),
            card_hash: word(log.cardHash),
        }));
    }
    if let Some(log) = decode::<CircuitRegistry::AttestationRevoked>(log)? {
        return Ok(Some(EventBody::AttestationRevoked {
            circuit: word(log.circuit),
            attester: address(log.attester),
        }));
    }
    if let Some(log) = decode::<CircuitRegistry::AttesterProposed>(log)? {
        return Ok(Some(EventBody::AttesterProposed {
            attester: address(log.attester),
            active_from: Timestamp(log.activeFrom),
            active_until: Timestamp(log.activeUntil),
        }));
    }
    if let Some(log) = decode::<CircuitRegistry::AttesterAdded>(log)? {
        let attester = address(log.attester);
        return Ok(Some(EventBody::AttesterAdded { attester }));
    }
    if let Some(log) = decode::<CircuitRegistry::AttesterRemoved>(log)? {
        let attester = address(log.attester);
        return Ok(Some(EventBody::AttesterRemoved { attester }));
    }
    Ok(withdrawn(
        decode::<CircuitRegistry::ProposalWithdrawn>(log)?.map(|log| log.subject),
    ))
}

pub(super) fn prover_event(log: &Log) -> Result<Option<EventBody>, ChainError> {
    if let Some(log) = decode::<ProverRegistry::ProverRegistered>(log)? {
        return Ok(Some(EventBody::ProverRegistered {
            prover: address(log.prover),
            age_recipient: log.ageRecipient,
            blob_endpoint: log.blobEndpoint,
        }));
    }
    Ok(
        decode::<ProverRegistry::ProverRemoved>(log)?.map(|log| EventBody::ProverRemoved {
            prover: address(log.prover),
        }),
    )
}

pub(super) fn verifier_event(log: &Log) -> Result<Option<EventBody>, ChainError> {
    if let Some(log) = decode::<VerifierRegistry::VerifierProposed>(log)? {
        return Ok(Some(EventBody::VerifierProposed {
            adapter: address(log.adapter),
            code_hash: word(log.codeHash),
            active_from: Timestamp(log.activeFrom),
            active_until: Timestamp(log.activeUntil),
        }));
    }
    if let Some(log) = decode::<VerifierRegistry::VerifierAdded>(log)? {
        return Ok(Some(EventBody::VerifierAdded {
            verifier: word(log.verifierId),
            adapter: address(log.adapter),
        }));
    }
    if let Some(log) = decode::<VerifierRegistry::VerifierTombstoned>(log)? {
        return Ok(Some(EventBody::VerifierTombstoned {
            verifier: word(log.verifierId),
            adapter: address(log.adapter),
        }));
    }
    Ok(withdrawn(
        decode::<VerifierRegistry::ProposalWithdrawn>(log)?.map(|log| log.subject),
    ))
}
