//! The deployed verifier: which one it is, what it says, what it costs.

use alloy::primitives::{Address as AbiAddress, B256, TxHash};
use alloy::providers::Provider;
use assay_market::Word;
use assay_statement::Statement;
use serde::Deserialize;

use crate::bindings::{self, Groth16Adapter};
use crate::connection::Chain;
use crate::convert::{unreadable, word};
use crate::error::ChainError;

/// Call trees deeper than this are not ours.
const MAX_TRACE_DEPTH: usize = 16;

/// A frame of geth's `callTracer`, as far as we read it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Frame {
    #[serde(default)]
    to: Option<AbiAddress>,
    gas_used: alloy::primitives::U64,
    #[serde(default)]
    calls: Vec<Frame>,
}

impl Chain {
    /// Returns the id under which the deployment's verifier is listed.
    pub async fn verifier_id(&self) -> Result<Word, ChainError> {
        let adapter = self.deployment().verifier_adapter;
        Ok(word(
            self.read(adapter, &Groth16Adapter::verifierIdCall {})
                .await?,
        ))
    }

    /// Checks that the deployment's verifier takes proofs under the verifying key with this digest. Whoever is going to
    /// fulfill asks this before a bid: a proof under any other key verifies at home and is refused by the contract,
    /// and the collateral is lost.
    pub async fn require_verifying_key(&self, digest: [u8; 32]) -> Result<(), ChainError> {
        same_key(Word(digest), self.verifier_id().await?)
    }

    /// Asks the deployed verifier about a proof: a refusal says why it does not hold.
    pub async fn verify(&self, statement: &Statement, seal: &[u8]) -> Result<(), ChainError> {
        let header = u32::try_from(statement.header.to_word())
            .map_err(|_| unreadable("statement", "header does not fit 32 bits"))?;
        let call = Groth16Adapter::verifyCall {
            statement: bindings::Statement {
                header,
                circuit: B256::from(statement.circuit.to_bytes32()),
                model: B256::from(statement.model.to_bytes32()),
                input: B256::from(statement.input.to_bytes32()),
                output: B256::from(statement.output.to_bytes32()),
                result: statement.result,
                context: B256::from(statement.context.to_bytes32()),
            },
            seal: seal.to_vec().into(),
        };
        self.read(self.deployment().verifier_adapter, &call).await?;
        Ok(())
    }

    /// Returns the gas that the generated verifier used inside a transaction.
    pub async fn verifier_gas(&self, transaction: TxHash) -> Result<u64, ChainError> {
        let options = serde_json::json!({ "tracer": "callTracer" });
        let frame: Frame = self
            .provider()
            .raw_request("debug_traceTransaction".into(), (transaction, options))
            .await?;
        find(&frame, self.deployment().groth16_verifier, 0)
            .map(|gas| gas.to::<u64>())
            .ok_or_else(|| unreadable("trace", "the transaction does not call the verifier"))
    }
}

fn same_key(ours: Word, verifiers: Word) -> Result<(), ChainError> {
    if ours == verifiers {
        Ok(())
    } else {
        Err(ChainError::OtherVerifyingKey { ours, verifiers })
    }
}

fn find(frame: &Frame, callee: AbiAddress, depth: usize) -> Option<alloy::primitives::U64> {
    if depth > MAX_TRACE_DEPTH {
        return None;
    }
    if frame.to == Some(callee) {
        return Some(frame.gas_used);
    }
    frame
        .calls
        .iter()
        .find_map(|inner| find(inner, callee, depth + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_key_is_an_error_that_names_both() {
        same_key(Word([7; 32]), Word([7; 32])).unwrap();
        let error = same_key(Word([7; 32]), Word([8; 32])).unwrap_err();
        assert!(!error.is_transient(), "waiting does not help");
        let said = error.to_string();
        for digest in [Word([7; 32]), Word([8; 32])] {
            assert!(said.contains(&digest.to_string()), "{said}");
        }
    }
}
