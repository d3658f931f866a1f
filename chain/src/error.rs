//! Everything that can go wrong between us and the chain.

use std::path::PathBuf;

use alloy::primitives::{Address, TxHash};
use alloy::transports::{RpcError, TransportErrorKind};
use assay_market::Word;
use thiserror::Error;

use crate::revert::Refusal;

/// An error of the chain client.
#[derive(Debug, Error)]
pub enum ChainError {
    /// The node could not be reached or broke off.
    #[error("the chain's RPC cannot be reached: {0}")]
    Unreachable(String),
    /// The node answered, but with an error that no contract raised.
    #[error("the chain's RPC refused the call: {0}")]
    Rpc(String),
    /// A contract refused the call; nothing was changed.
    #[error("the contract refused: {0}")]
    Refused(Refusal),
    /// The transaction was included and failed.
    #[error("transaction {hash} failed on chain: {refusal}")]
    Failed {
        /// The transaction.
        hash: TxHash,
        /// What the contract said when the call was repeated.
        refusal: Refusal,
    },
    /// The transaction may or may not have landed: read the chain before doing anything else.
    #[error("the outcome of transaction {hash} is unknown: {cause}")]
    Ambiguous {
        /// The transaction.
        hash: TxHash,
        /// Why nothing is known.
        cause: String,
    },
    /// The transaction was not accepted and cannot land any more: its nonce went to another one.
    #[error("transaction {hash} was replaced by another one with its nonce {nonce}")]
    Replaced {
        /// The transaction.
        hash: TxHash,
        /// Its nonce.
        nonce: u64,
    },
    /// The RPC serves another chain than the deployment names.
    #[error("wrong chain: the deployment is on chain {expected}, the RPC serves chain {got}")]
    WrongChain {
        /// Chain id of the deployment.
        expected: u64,
        /// Chain id of the RPC.
        got: u64,
    },
    /// There is no contract where the deployment says that there is one.
    #[error("no contract code at {address} ({name})")]
    NoContract {
        /// Name in the deployment.
        name: &'static str,
        /// Its address.
        address: Address,
    },
    /// The deployed verifier is for proofs under another verifying key than ours.
    #[error(
        "proofs made here are under verifying key {ours}, the market's verifier takes those under {verifiers}: this \
         program and the deployment are of different versions"
    )]
    OtherVerifyingKey {
        /// Digest of the key at hand.
        ours: Word,
        /// Digest of the key that the contract was generated from.
        verifiers: Word,
    },
    /// A file (key, deployment) could not be used.
    #[error("{path}: {reason}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The chain returned data that does not fit its ABI or our limits.
    #[error("unreadable {what}: {reason}")]
    Unreadable {
        /// What was read.
        what: &'static str,
        /// Why it cannot be used.
        reason: String,
    },
    /// The chain has no such request.
    #[error("there is no request {0}")]
    UnknownRequest(assay_market::RequestId),
    /// The transaction could not be signed.
    #[error("cannot sign: {0}")]
    Signing(String),
}

impl ChainError {
    /// Returns the name of the contract error behind this error, if a contract raised it.
    pub fn refusal_name(&self) -> Option<&str> {
        match self {
            Self::Refused(refusal) | Self::Failed { refusal, .. } => Some(&refusal.name),
            _ => None,
        }
    }

    /// Returns whether repeating the call later may help without anybody changing anything.
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Unreachable(_) | Self::Rpc(_) | Self::Ambiguous { .. }
        )
    }
}

impl From<RpcError<TransportErrorKind>> for ChainError {
    fn from(error: RpcError<TransportErrorKind>) -> Self {
        if let Some(refusal) = Refusal::from_rpc_error(&error) {
            return Self::Refused(refusal);
        }
        match error {
            RpcError::ErrorResp(payload) => {
                Self::Rpc(format!("{} (code {})", payload.message, payload.code))
            }
            RpcError::Transport(kind) => Self::Unreachable(kind.to_string()),
            other => Self::Rpc(other.to_string()),
        }
    }
}
