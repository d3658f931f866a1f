//! A connection to one chain with one deployment on it: reading, and following transactions.

use std::sync::Arc;
use std::time::Duration;

use alloy::eips::{BlockId, BlockNumberOrTag};
use alloy::network::Ethereum;
use alloy::primitives::{Address, B256, Bytes, TxHash};
use alloy::providers::{Provider, RootProvider};
use alloy::rpc::types::{Log, TransactionReceipt, TransactionRequest};
use alloy::sol_types::SolCall;
use alloy::transports::http::reqwest::Url;

use crate::deployment::Deployment;
use crate::error::ChainError;
use crate::made::Remembered;
use crate::revert::Refusal;

/// How long a transaction may take to be included before its outcome counts as unknown.
const INCLUSION_TIMEOUT: Duration = Duration::from_secs(60);
/// How often a pending transaction is looked for.
const RECEIPT_POLL: Duration = Duration::from_millis(250);

/// A connection to the chain that a deployment is on. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Chain {
    provider: RootProvider<Ethereum>,
    deployment: Deployment,
    remembered: Arc<Remembered>,
}

/// A block, as far as we need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockHeader {
    /// Number.
    pub number: u64,
    /// Hash.
    pub hash: B256,
    /// Hash of its parent.
    pub parent_hash: B256,
    /// Time in seconds.
    pub timestamp: u64,
}

/// How final a block has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finality {
    /// The newest block.
    Latest,
    /// A block that is unlikely to be reorganized.
    Safe,
    /// A block that cannot be reorganized.
    Finalized,
}

/// What became of a transaction.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Included and executed.
    Succeeded(Receipt),
    /// Included and failed.
    Failed(Refusal),
    /// Known to the node, not yet included.
    Pending,
    /// The node does not know it.
    Unknown,
}

/// The receipt of a transaction that succeeded.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// The transaction.
    pub hash: TxHash,
    /// Block that includes it.
    pub block_number: u64,
    /// Gas the whole transaction used.
    pub gas_used: u64,
    /// The logs it emitted.
    pub logs: Vec<Log>,
}

impl Chain {
    /// Connects and checks that the RPC serves the deployment's chain and the contracts exist.
    pub async fn connect(rpc_url: &str, deployment: Deployment) -> Result<Self, ChainError> {
        let chain = Self {
            provider: provider(rpc_url)?,
            deployment,
            remembered: Arc::default(),
        };
        let got = chain.provider.get_chain_id().await?;
        let expected = chain.deployment.chain_id;
        if got != expected {
            return Err(ChainError::WrongChain { expected, got });
        }
        for (name, address) in chain.deployment.contracts() {
            if chain.provider.get_code_at(address).await?.is_empty() {
                return Err(ChainError::NoContract { name, address });
            }
        }
        Ok(chain)
    }

    /// Returns the addresses that this connection uses.
    pub fn deployment(&self) -> &Deployment {
        &self.deployment
    }

    pub(crate) fn remembered(&self) -> &Remembered {
        &self.remembered
    }

    /// Returns the provider for calls that this crate has no function for.
    pub fn provider(&self) -> &RootProvider<Ethereum> {
        &self.provider
    }

    /// Returns a block's header, or none if there is none yet at this finality.
    pub async fn header(&self, finality: Finality) -> Result<Option<BlockHeader>, ChainError> {
        let tag = match finality {
            Finality::Latest => BlockNumberOrTag::Latest,
            Finality::Safe => BlockNumberOrTag::Safe,
            Finality::Finalized => BlockNumberOrTag::Finalized,
        };
        self.header_at(tag).await
    }

    /// Returns the header of the block with this number, or none if it does not exist.
    pub async fn header_by_number(&self, number: u64) -> Result<Option<BlockHeader>, ChainError> {
        self.header_at(BlockNumberOrTag::Number(number)).await
    }

    async fn header_at(&self, tag: BlockNumberOrTag) -> Result<Option<BlockHeader>, ChainError> {
        let block = self.provider.get_block_by_number(tag).await?;
        Ok(block.map(|block| BlockHeader {
            number: block.header.number,
            hash: block.header.hash,
            parent_hash: block.header.parent_hash,
            timestamp: block.header.timestamp,
        }))
    }

    /// Returns the newest block's header: its timestamp is the chain's clock.
    pub async fn latest(&self) -> Result<BlockHeader, ChainError> {
        self.header(Finality::Latest)
            .await?
            .ok_or(ChainError::Unreadable {
                what: "latest block",
                reason: "the node has none".into(),
            })
    }

    /// Calls a view of a contract on the newest block.
    pub async fn read<C: SolCall>(&self, to: Address, call: &C) -> Result<C::Return, ChainError> {
        let request = TransactionRequest::default()
            .to(to)
            .input(Bytes::from(call.abi_encode()).into());
        // Without a block, the node chooses: some take the pending one.
        let answer = self.provider.call(request).block(BlockId::latest()).await?;
        C::abi_decode_returns(&answer).map_err(|error| ChainError::Unreadable {
            what: "answer of a contract",
            reason: error.to_string(),
        })
    }

    /// Looks up what became of a transaction.
    pub async fn outcome(&self, hash: TxHash) -> Result<Outcome, ChainError> {
        if let Some(receipt) = self.provider.get_transaction_receipt(hash).await? {
            return self.receipt_outcome(receipt).await;
        }
        let known = self.provider.get_transaction_by_hash(hash).await?.is_some();
        Ok(if known {
            Outcome::Pending
        } else {
            Outcome::Unknown
        })
    }

    /// Waits until a transaction is included; says `Ambiguous` when it takes too long.
    pub async fn wait(&self, hash: TxHash) -> Result<Receipt, ChainError> {
        let deadline = tokio::time::Instant::now() + INCLUSION_TIMEOUT;
        let mut last = "not included in time".to_owned();
        while tokio::time::Instant::now() < deadline {
            match self.outcome(hash).await {
                Ok(Outcome::Succeeded(receipt)) => return Ok(receipt),
                Ok(Outcome::Failed(refusal)) => return Err(ChainError::Failed { hash, refusal }),
                Ok(Outcome::Pending | Outcome::Unknown) => {}
                Err(error) if error.is_transient() => last = error.to_string(),
                Err(error) => return Err(error),
            }
            tokio::time::sleep(RECEIPT_POLL).await;
        }
        Err(ChainError::Ambiguous { hash, cause: last })
    }

    async fn receipt_outcome(&self, receipt: TransactionReceipt) -> Result<Outcome, ChainError> {
        if !receipt.status() {
            return Ok(Outcome::Failed(self.failure_reason(&receipt).await));
        }
        Ok(Outcome::Succeeded(Receipt {
            hash: receipt.transaction_hash,
            block_number: receipt.block_number.unwrap_or_default(),
            gas_used: receipt.gas_used,
            logs: receipt.logs().to_vec(),
        }))
    }

    /// Repeats a failed transaction as a call on the state before its block, to learn why it failed.
    async fn failure_reason(&self, receipt: &TransactionReceipt) -> Refusal {
        let silent = Refusal {
            name: "Reverted".into(),
            detail: "reason not available".into(),
        };
        let Ok(Some(transaction)) = self
            .provider
            .get_transaction_by_hash(receipt.transaction_hash)
            .await
        else {
            return silent;
        };
        let request: TransactionRequest = transaction.into();
        let parent = receipt.block_number.unwrap_or_default().saturating_sub(1);
        match self
            .provider
            .call(request)
            .block(BlockId::number(parent))
            .await
        {
            Ok(_) => Refusal {
                name: "Reverted".into(),
                detail: "the call passes on the state before its block".into(),
            },
            Err(error) => match ChainError::from(error) {
                ChainError::Refused(refusal) => refusal,
                _ => silent,
            },
        }
    }
}

/// Returns a provider for an RPC URL.
pub fn provider(rpc_url: &str) -> Result<RootProvider<Ethereum>, ChainError> {
    let url: Url = rpc_url
        .parse()
        .map_err(|error| ChainError::Unreachable(format!("{rpc_url:?} is not a URL: {error}")))?;
    Ok(RootProvider::new_http(url))
}
