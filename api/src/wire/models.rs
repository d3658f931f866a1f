//! Models, their circuits and who vouches for them; provers.

use assay_store::{AttestationRecord, CircuitRecord, ModelRecord, ProverRecord};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{KindView, some_address};

/// A registered model.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ModelView {
    /// Its id.
    pub id: String,
    /// Who registered it.
    pub provider: String,
    /// The listing that had its commitment first: this one, or an earlier one.
    pub first: String,
    /// The first listing, when this one is a later one: somebody registered the same commitment before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copy_of: Option<String>,
    /// Commitment to its data.
    pub commitment: String,
    /// Whether the commitment is salted, so that only provers with the weights can prove it.
    pub weights_private: bool,
    /// Its circuits and who vouches for them.
    pub circuits: Vec<CircuitView>,
    /// Where its card is.
    pub card_uri: String,
    /// sha-256 of its card.
    pub card_hash: String,
    /// The provider's fee for each fulfilled request.
    pub fee: String,
    /// The one prover that may bid, if there is only one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sole_prover: Option<String>,
    /// What that prover asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proving_price: Option<String>,
    /// Whether it takes no new requests.
    pub deprecated: bool,
    /// When it was registered.
    pub registered_at: u64,
}

/// A circuit of a model.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct CircuitView {
    /// Kind of statement.
    pub kind: KindView,
    /// Whether the input is private.
    pub input_private: bool,
    /// Whether the output is private.
    pub output_private: bool,
    /// The circuit's id.
    pub circuit: String,
    /// Attesters who rebuilt it from the model's card and got this id. Words of removed attesters are not listed.
    pub attestations: Vec<AttestationView>,
}

/// One attester's word.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct AttestationView {
    /// Who.
    pub attester: String,
    /// sha-256 of the card that the circuit was rebuilt from.
    pub card_hash: String,
    /// When.
    pub attested_at: u64,
}

/// How to reach a prover.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ProverView {
    /// Who.
    pub address: String,
    /// The age recipient that files for it are encrypted to.
    pub age_recipient: String,
    /// Where it serves blobs.
    pub blob_endpoint: String,
    /// Proofs it delivered.
    pub proofs: u64,
    /// When it said so.
    pub updated_at: u64,
}

impl ModelView {
    /// Returns the view of a model, given everything that is attested about its circuits.
    pub fn new(model: ModelRecord, attestations: &[AttestationRecord]) -> Self {
        let asks = model.sole_prover.map(|_| model.proving_price.to_string());
        Self {
            id: model.id.to_string(),
            provider: model.provider.to_string(),
            first: model.first.to_string(),
            copy_of: (model.first != model.id).then(|| model.first.to_string()),
            commitment: model.commitment.to_string(),
            weights_private: model.weights_private,
            circuits: model
                .circuits
                .into_iter()
                .map(|circuit| CircuitView::new(circuit, attestations))
                .collect(),
            card_uri: model.card_uri,
            card_hash: model.card_hash.to_string(),
            fee: model.fee.to_string(),
            sole_prover: some_address(model.sole_prover),
            proving_price: asks,
            deprecated: model.deprecated,
            registered_at: model.registered_at.0,
        }
    }
}

impl CircuitView {
    fn new(circuit: CircuitRecord, attestations: &[AttestationRecord]) -> Self {
        let about = attestations
            .iter()
            .filter(|attestation| attestation.circuit == circuit.circuit);
        Self {
            kind: circuit.kind.into(),
            input_private: circuit.input_private,
            output_private: circuit.output_private,
            circuit: circuit.circuit.to_string(),
            attestations: about
                .map(|attestation| AttestationView {
                    attester: attestation.attester.to_string(),
                    card_hash: attestation.card_hash.to_string(),
                    attested_at: attestation.attested_at.0,
                })
                .collect(),
        }
    }
}

impl ProverView {
    /// Returns the view of a prover that delivered so many proofs.
    pub fn new(prover: ProverRecord, proofs: u64) -> Self {
        Self {
            address: prover.address.to_string(),
            age_recipient: prover.age_recipient,
            blob_endpoint: prover.blob_endpoint,
            proofs,
            updated_at: prover.updated_at.0,
        }
    }
}
