//! Models and circuits: what providers registered and attesters rebuilt.

use alloy::primitives::B256;
use assay_market::{Address, Amount, Kind, ModelId, Timestamp, Word};

use crate::account::Account;
use crate::bindings::{self, CircuitRegistry, ModelRegistry};
use crate::connection::{Chain, Receipt};
use crate::convert::{
    abi_address, abi_kind, abi_word, address, kind, some_address, unreadable, word,
};
use crate::error::ChainError;
use crate::events::EventBody;

/// The circuit that proves one kind of statement in one privacy mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CircuitVariant {
    /// Kind of statement.
    pub kind: Kind,
    /// Whether the input is private.
    pub input_private: bool,
    /// Whether the output is private.
    pub output_private: bool,
    /// The circuit's id.
    pub circuit: Word,
}

/// Who may bid on requests for a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProverPolicy {
    /// Anyone.
    Open,
    /// One prover, at a posted price.
    Sole {
        /// The prover.
        prover: Address,
        /// What it asks.
        price: Amount,
    },
}

/// What a provider registers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// Commitment to the model's data.
    pub commitment: Word,
    /// Whether the commitment is salted.
    pub weights_private: bool,
    /// The circuits on offer; the first one names the model.
    pub circuits: Vec<CircuitVariant>,
    /// Where the model card is.
    pub card_uri: String,
    /// sha-256 of the model card.
    pub card_hash: Word,
    /// What the provider gets for each fulfilled request.
    pub fee: Amount,
    /// Who may bid.
    pub policy: ProverPolicy,
}

/// A registered model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    /// Who registered it.
    pub provider: Address,
    /// When.
    pub registered_at: Timestamp,
    /// Whether it takes no new requests.
    pub deprecated: bool,
    /// What was registered, with the prices of now.
    pub registration: Registration,
}

/// One attester's word for one circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attestation {
    /// Who rebuilt it.
    pub attester: Address,
    /// When.
    pub attested_at: Timestamp,
    /// Hash of the card that it was rebuilt from.
    pub card_hash: Word,
}

impl Registration {
    /// Returns the circuit on offer for a kind and privacy mode.
    pub fn circuit(&self, kind: Kind, input_private: bool, output_private: bool) -> Option<Word> {
        self.circuits
            .iter()
            .find(|variant| {
                variant.kind == kind
                    && variant.input_private == input_private
                    && variant.output_private == output_private
            })
            .map(|variant| variant.circuit)
    }
}

impl Chain {
    /// Returns a registered model; a refusal `UnknownModel` if there is none.
    pub async fn model(&self, id: ModelId) -> Result<Model, ChainError> {
        let call = ModelRegistry::modelOfCall {
            modelId: B256::from(id.0),
        };
        let model = self.read(self.deployment().model_registry, &call).await?;
        Ok(Model {
            provider: address(model.provider),
            registered_at: Timestamp(model.registeredAt),
            deprecated: model.deprecated,
            registration: registration(model.registration)?,
        })
    }

    /// Returns the listing that had a commitment first, or none if nobody registered it.
    pub async fn first_listing(&self, commitment: Word) -> Result<Option<ModelId>, ChainError> {
        let call = ModelRegistry::firstOfCall {
            commitment: abi_word(commitment),
        };
        let first = self.read(self.deployment().model_registry, &call).await?;
        Ok((!first.is_zero()).then_some(ModelId(first.0)))
    }

    /// Returns whether this attester is present and vouches for the circuit.
    pub async fn is_attested_by(
        &self,
        circuit: Word,
        attester: Address,
    ) -> Result<bool, ChainError> {
        let call = CircuitRegistry::isAttestedByCall {
            circuit: abi_word(circuit),
            attester: abi_address(attester),
        };
        self.read(self.deployment().circuit_registry, &call).await
    }

    /// Returns whether a present attester vouches for the circuit.
    pub async fn is_attested(&self, circuit: Word) -> Result<bool, ChainError> {
        let call = CircuitRegistry::isAttestedCall {
            circuit: abi_word(circuit),
        };
        self.read(self.deployment().circuit_registry, &call).await
    }

    /// Returns whether the address may attest.
    pub async fn is_attester(&self, attester: Address) -> Result<bool, ChainError> {
        let call = CircuitRegistry::isAttesterCall {
            attester: abi_address(attester),
        };
        self.read(self.deployment().circuit_registry, &call).await
    }

    /// Returns all attestations of a circuit, those of removed attesters included.
    pub async fn attestations(&self, circuit: Word) -> Result<Vec<Attestation>, ChainError> {
        let call = CircuitRegistry::attestationsOfCall {
            circuit: abi_word(circuit),
        };
        let attestations = self.read(self.deployment().circuit_registry, &call).await?;
        Ok(attestations
            .into_iter()
            .map(|attestation| Attestation {
                attester: address(attestation.attester),
                attested_at: Timestamp(attestation.attestedAt),
                card_hash: word(attestation.cardHash),
            })
            .collect())
    }
}

impl Account {
    /// Registers a model of this account.
    pub async fn register_model(
        &self,
        registration: &Registration,
    ) -> Result<(ModelId, Receipt), ChainError> {
        let call = ModelRegistry::registerCall {
            registration: abi_registration(registration),
        };
        let receipt = self
            .call(self.chain().deployment().model_registry, &call)
            .await?;
        for log in &receipt.logs {
            let event = self.chain().decode(log)?;
            if let Some(EventBody::ModelRegistered { model, .. }) = event.map(|event| event.body) {
                return Ok((model, receipt));
            }
        }
        Err(unreadable(
            "receipt of register",
            "it has no ModelRegistered event",
        ))
    }

    /// Changes fee and proving price of a model of this account, for requests to come.
    pub async fn set_prices(
        &self,
        model: ModelId,
        fee: Amount,
        proving_price: Amount,
    ) -> Result<Receipt, ChainError> {
        let call = ModelRegistry::setPricesCall {
            modelId: B256::from(model.0),
            fee: fee.0,
            provingPrice: proving_price.0,
        };
        self.call(self.chain().deployment().model_registry, &call)
            .await
    }

    /// Stops new requests for a model of this account.
    pub async fn deprecate_model(&self, model: ModelId) -> Result<Receipt, ChainError> {
        let call = ModelRegistry::deprecateCall {
            modelId: B256::from(model.0),
        };
        self.call(self.chain().deployment().model_registry, &call)
            .await
    }

    /// Records that this account rebuilt a circuit from the card with this hash. Attesters only.
    pub async fn attest_circuit(
        &self,
        circuit: Word,
        card_hash: Word,
    ) -> Result<Receipt, ChainError> {
        let call = CircuitRegistry::attestCall {
            circuit: abi_word(circuit),
            cardHash: abi_word(card_hash),
        };
        self.call(self.chain().deployment().circuit_registry, &call)
            .await
    }
}

pub(crate) fn registration(
    registration: ModelRegistry::Registration,
) -> Result<Registration, ChainError> {
    let variants = registration.circuits.into_iter().map(|variant| {
        Ok(CircuitVariant {
            kind: kind(variant.kind)?,
            input_private: variant.inputPrivate,
            output_private: variant.outputPrivate,
            circuit: word(variant.circuit),
        })
    });
    Ok(Registration {
        commitment: word(registration.commitment),
        weights_private: registration.weightsPrivate,
        circuits: variants.collect::<Result<_, ChainError>>()?,
        card_uri: registration.cardUri,
        card_hash: word(registration.cardHash),
        fee: Amount(registration.fee),
        policy: match some_address(registration.soleProver) {
            Some(prover) => ProverPolicy::Sole {
                prover,
                price: Amount(registration.provingPrice),
            },
            None => ProverPolicy::Open,
        },
    })
}

fn abi_registration(registration: &Registration) -> ModelRegistry::Registration {
    let (policy, sole_prover, proving_price) = match registration.policy {
        ProverPolicy::Open => (bindings::ProverPolicy::Open, Address::ZERO, Amount::ZERO),
        ProverPolicy::Sole { prover, price } => (bindings::ProverPolicy::Sole, prover, price),
    };
    ModelRegistry::Registration {
        commitment: abi_word(registration.commitment),
        weightsPrivate: registration.weights_private,
        circuits: registration
            .circuits
            .iter()
            .map(|variant| ModelRegistry::CircuitVariant {
                kind: abi_kind(variant.kind),
                inputPrivate: variant.input_private,
                outputPrivate: variant.output_private,
                circuit: abi_word(variant.circuit),
            })
            .collect(),
        cardUri: registration.card_uri.clone(),
        cardHash: abi_word(registration.card_hash),
        fee: registration.fee.0,
        policy,
        soleProver: abi_address(sole_prover),
        provingPrice: proving_price.0,
    }
}
