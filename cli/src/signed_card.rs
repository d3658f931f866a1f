//! Model cards that name their provider: the card, where it is registered, and the provider's signature over its hash
//! (EIP-712, `Card(address provider,bytes32 cardHash)` for the registry). A copied card still names whom it was copied from.

use std::path::Path;

use anyhow::{Context, bail};
use assay_chain::{Account, Chain, Model};
use assay_market::{Address, Word};
use assay_prover::model_format::ModelCard;
use assay_prover::model_format::card::FileDigest;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::files;

/// What the `format` field says.
const FORMAT: &str = "assay-signed-card";

/// The version that this code writes and reads.
const VERSION: u32 = 1;

/// A card with its provider's signature.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedCard {
    format: String,
    version: u32,
    /// The chain that it is registered on.
    pub chain_id: u64,
    /// The model registry.
    pub registry: Address,
    /// Who registers it.
    pub provider: Address,
    card: Value,
    /// The provider's signature, as hex.
    signature: String,
}

/// Returns the hash that a registry keeps of a card.
pub fn card_hash(card: &ModelCard) -> Word {
    Word(FileDigest::of(&card.to_json()).0)
}

impl SignedCard {
    /// Signs a card of an account, which is its provider.
    pub async fn sign(account: &Account, card: &ModelCard) -> anyhow::Result<Self> {
        let deployment = account.chain().deployment();
        let signature = account.sign_card(card_hash(card)).await?;
        Ok(Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            chain_id: deployment.chain_id,
            registry: Address(deployment.model_registry.into_array()),
            provider: account.address(),
            card: serde_json::from_slice(&card.to_json())?,
            signature: format!("0x{}", hex::encode(signature)),
        })
    }

    /// Returns the file's bytes.
    pub fn to_json(&self) -> anyhow::Result<Vec<u8>> {
        Ok(format!("{}\n", serde_json::to_string_pretty(self)?).into_bytes())
    }

    /// Reads a file with a signed card, or none if it holds a card alone.
    pub fn read(path: &Path) -> anyhow::Result<Option<Self>> {
        let value: Value = serde_json::from_slice(&files::read_json_bytes(path)?)
            .with_context(|| path.display().to_string())?;
        if value.get("format").and_then(Value::as_str) != Some(FORMAT) {
            return Ok(None);
        }
        let signed: Self = serde_json::from_value(value)
            .with_context(|| format!("{}: not a signed card", path.display()))?;
        if signed.version != VERSION {
            bail!(
                "{}: expected version {VERSION}, got {}",
                path.display(),
                signed.version
            );
        }
        Ok(Some(signed))
    }

    /// Returns the card inside.
    pub fn card(&self) -> anyhow::Result<ModelCard> {
        Ok(ModelCard::from_json(&serde_json::to_vec(&self.card)?)?)
    }

    /// Checks that the card is one of this registered model's provider, and signed by it.
    pub async fn check(&self, chain: &Chain, model: &Model) -> anyhow::Result<()> {
        let deployment = chain.deployment();
        let registry = Address(deployment.model_registry.into_array());
        if (self.chain_id, self.registry) != (deployment.chain_id, registry) {
            bail!(
                "the card is for registry {} on chain {}, expected {registry} on chain {}",
                self.registry,
                self.chain_id,
                deployment.chain_id
            );
        }
        if self.provider != model.provider {
            bail!(
                "copied card: it names provider {}, the model is registered by {}",
                self.provider,
                model.provider
            );
        }
        let signature = self.signature.strip_prefix("0x").unwrap_or_default();
        let signature = hex::decode(signature).context("the card's signature is not hex")?;
        let digest = chain.card_digest(self.provider, card_hash(&self.card()?));
        if !chain
            .is_signed_by(self.provider, digest, &signature)
            .await?
        {
            bail!("the card's signature is not its provider's");
        }
        Ok(())
    }
}
