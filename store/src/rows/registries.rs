//! Models, attestations and provers.

use sea_orm::ActiveValue::Set;

use super::{Row, json_text, signed};
use crate::entities::{attestation, model, prover};
use crate::error::{Result, StoreError};
use crate::records::{AttestationRecord, ModelRecord, ProverRecord};

pub(crate) fn model_row(record: &ModelRecord) -> Result<model::ActiveModel> {
    Ok(model::ActiveModel {
        id: Set(record.id.to_string()),
        provider: Set(record.provider.to_string()),
        first: Set(record.first.to_string()),
        commitment: Set(record.commitment.to_string()),
        weights_private: Set(record.weights_private),
        circuits: Set(json_text(&record.circuits)),
        card_uri: Set(record.card_uri.clone()),
        card_hash: Set(record.card_hash.to_string()),
        fee: Set(record.fee.to_string()),
        sole_prover: Set(record.sole_prover.map(|prover| prover.to_string())),
        proving_price: Set(record.proving_price.to_string()),
        deprecated: Set(record.deprecated),
        registered_at: Set(signed("registered_at", record.registered_at.0)?),
        block_number: Set(signed("block_number", record.position.block_number)?),
        log_index: Set(signed("log_index", record.position.log_index)?),
    })
}

impl TryFrom<model::Model> for ModelRecord {
    type Error = StoreError;
    fn try_from(row: model::Model) -> Result<Self> {
        let at = Row {
            table: "models",
            key: &row.id,
        };
        Ok(Self {
            id: at.text("id", &row.id)?,
            provider: at.text("provider", &row.provider)?,
            first: at.text("first", &row.first)?,
            commitment: at.text("commitment", &row.commitment)?,
            weights_private: row.weights_private,
            circuits: at.json("circuits", &row.circuits)?,
            card_hash: at.text("card_hash", &row.card_hash)?,
            fee: at.text("fee", &row.fee)?,
            sole_prover: at.optional("sole_prover", &row.sole_prover)?,
            proving_price: at.text("proving_price", &row.proving_price)?,
            deprecated: row.deprecated,
            registered_at: at.time("registered_at", row.registered_at)?,
            position: at.position(row.block_number, row.log_index)?,
            card_uri: row.card_uri,
        })
    }
}

pub(crate) fn attestation_row(record: &AttestationRecord) -> Result<attestation::ActiveModel> {
    Ok(attestation::ActiveModel {
        circuit: Set(record.circuit.to_string()),
        attester: Set(record.attester.to_string()),
        card_hash: Set(record.card_hash.to_string()),
        attested_at: Set(signed("attested_at", record.attested_at.0)?),
    })
}

impl TryFrom<attestation::Model> for AttestationRecord {
    type Error = StoreError;
    fn try_from(row: attestation::Model) -> Result<Self> {
        let at = Row {
            table: "attestations",
            key: &row.circuit,
        };
        Ok(Self {
            circuit: at.text("circuit", &row.circuit)?,
            attester: at.text("attester", &row.attester)?,
            card_hash: at.text("card_hash", &row.card_hash)?,
            attested_at: at.time("attested_at", row.attested_at)?,
        })
    }
}

pub(crate) fn prover_row(record: &ProverRecord) -> Result<prover::ActiveModel> {
    Ok(prover::ActiveModel {
        address: Set(record.address.to_string()),
        age_recipient: Set(record.age_recipient.clone()),
        blob_endpoint: Set(record.blob_endpoint.clone()),
        updated_at: Set(signed("updated_at", record.updated_at.0)?),
        block_number: Set(signed("block_number", record.position.block_number)?),
        log_index: Set(signed("log_index", record.position.log_index)?),
    })
}

impl TryFrom<prover::Model> for ProverRecord {
    type Error = StoreError;
    fn try_from(row: prover::Model) -> Result<Self> {
        let at = Row {
            table: "provers",
            key: &row.address,
        };
        Ok(Self {
            address: at.text("address", &row.address)?,
            updated_at: at.time("updated_at", row.updated_at)?,
            position: at.position(row.block_number, row.log_index)?,
            age_recipient: row.age_recipient,
            blob_endpoint: row.blob_endpoint,
        })
    }
}
