//! Provers: how to reach them.

use assay_market::{Address, Timestamp};

use crate::account::Account;
use crate::bindings::ProverRegistry;
use crate::connection::{Chain, Receipt};
use crate::convert::abi_address;
use crate::error::ChainError;

/// A prover's record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prover {
    /// The age recipient that files for it are encrypted to.
    pub age_recipient: String,
    /// Where it serves blobs; empty when it does not.
    pub blob_endpoint: String,
    /// When it was last written.
    pub updated_at: Timestamp,
}

impl Chain {
    /// Returns a prover's record, or none if it has none.
    pub async fn prover(&self, prover: Address) -> Result<Option<Prover>, ChainError> {
        let registry = self.deployment().prover_registry;
        let prover = abi_address(prover);
        if !self
            .read(registry, &ProverRegistry::isRegisteredCall { prover })
            .await?
        {
            return Ok(None);
        }
        let record = self
            .read(registry, &ProverRegistry::proverOfCall { prover })
            .await?;
        Ok(Some(Prover {
            age_recipient: record.ageRecipient,
            blob_endpoint: record.blobEndpoint,
            updated_at: Timestamp(record.updatedAt),
        }))
    }
}

impl Account {
    /// Writes this account's prover record, over an earlier one.
    pub async fn register_prover(
        &self,
        age_recipient: &str,
        blob_endpoint: &str,
    ) -> Result<Receipt, ChainError> {
        let call = ProverRegistry::registerCall {
            ageRecipient: age_recipient.to_owned(),
            blobEndpoint: blob_endpoint.to_owned(),
        };
        self.call(self.chain().deployment().prover_registry, &call)
            .await
    }

    /// Takes this account's prover record back.
    pub async fn remove_prover(&self) -> Result<Receipt, ChainError> {
        self.call(
            self.chain().deployment().prover_registry,
            &ProverRegistry::removeCall {},
        )
        .await
    }
}
