//! Where the contracts are: the file that the deploy script writes and everyone else reads.

use std::path::Path;

use alloy::primitives::Address;
use serde::{Deserialize, Serialize};

use crate::error::ChainError;

/// A deployment file is a dozen addresses; anything larger is some other file.
const MAX_DEPLOYMENT_BYTES: u64 = 16 * 1024;

/// The addresses of one deployment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Deployment {
    /// Chain that the contracts are on.
    pub chain_id: u64,
    /// The payment token.
    pub token: Address,
    /// Holds every balance.
    pub vault: Address,
    /// Attested circuit ids.
    pub circuit_registry: Address,
    /// Models.
    pub model_registry: Address,
    /// Provers.
    pub prover_registry: Address,
    /// Verifier adapters.
    pub verifier_registry: Address,
    /// The adapter that turns the verifier's answer into "reverts or not".
    pub verifier_adapter: Address,
    /// The generated Groth16 verifier.
    pub groth16_verifier: Address,
    /// What a request may ask for.
    pub rules: Address,
    /// Requests and bids.
    pub market: Address,
    /// Reads requests and what follows from them.
    pub lens: Address,
    /// Carries what requesters signed.
    pub gateway: Address,
    /// Block of the deployment: nothing of ours is in the logs before it.
    #[serde(default)]
    pub block: u64,
}

impl Deployment {
    /// Reads a deployment file.
    pub fn load(path: &Path) -> Result<Self, ChainError> {
        let file_error = |reason: String| ChainError::File {
            path: path.to_owned(),
            reason,
        };
        let length = std::fs::metadata(path)
            .map_err(|error| file_error(error.to_string()))?
            .len();
        if length > MAX_DEPLOYMENT_BYTES {
            return Err(file_error(format!(
                "not a deployment: {length} bytes, expected at most {MAX_DEPLOYMENT_BYTES}"
            )));
        }
        let text = std::fs::read_to_string(path).map_err(|error| file_error(error.to_string()))?;
        serde_json::from_str(&text)
            .map_err(|error| file_error(format!("not a deployment: {error}")))
    }

    /// Returns each contract with its name, for checks and listings.
    pub fn contracts(&self) -> [(&'static str, Address); 12] {
        [
            ("token", self.token),
            ("vault", self.vault),
            ("circuitRegistry", self.circuit_registry),
            ("modelRegistry", self.model_registry),
            ("proverRegistry", self.prover_registry),
            ("verifierRegistry", self.verifier_registry),
            ("verifierAdapter", self.verifier_adapter),
            ("groth16Verifier", self.groth16_verifier),
            ("rules", self.rules),
            ("market", self.market),
            ("lens", self.lens),
            ("gateway", self.gateway),
        ]
    }
}
