//! An account that sends transactions: one nonce manager per key, and no guesses after an error.

use std::sync::Arc;

use alloy::eips::eip2718::Encodable2718;
use alloy::network::{EthereumWallet, NetworkTransactionBuilder, TransactionBuilder};
use alloy::primitives::{Address, Bytes, TxHash, U256};
use alloy::providers::Provider;
use alloy::rpc::types::TransactionRequest;
use alloy::signers::local::PrivateKeySigner;
use alloy::sol_types::SolCall;
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::connection::{Chain, Outcome, Receipt};
use crate::error::ChainError;

/// State may change between estimate and inclusion, so the limit is the estimate plus a quarter.
const GAS_MARGIN_DIVISOR: u64 = 4;

/// An account on a chain. Clones share the nonce manager.
#[derive(Clone)]
pub struct Account {
    chain: Chain,
    address: Address,
    signer: PrivateKeySigner,
    wallet: EthereumWallet,
    next_nonce: Arc<Mutex<Option<u64>>>,
}

/// A signed transaction that was not sent yet. It holds the account's nonce until it is sent or dropped.
pub struct Prepared {
    hash: TxHash,
    raw: Vec<u8>,
    nonce: u64,
    next_nonce: OwnedMutexGuard<Option<u64>>,
}

impl Prepared {
    /// Returns the hash that the transaction will have on chain: write it down before sending.
    pub fn hash(&self) -> TxHash {
        self.hash
    }
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl Account {
    /// Makes the account of a key on a chain.
    pub fn new(chain: Chain, signer: PrivateKeySigner) -> Self {
        Self {
            chain,
            address: signer.address(),
            wallet: EthereumWallet::from(signer.clone()),
            signer,
            next_nonce: Arc::default(),
        }
    }

    /// Returns the account's address.
    pub fn address(&self) -> assay_market::Address {
        crate::convert::address(self.address)
    }

    /// Returns the account's chain.
    pub fn chain(&self) -> &Chain {
        &self.chain
    }

    /// Returns the signer, for signatures that are not transactions (permit, SIWE).
    pub fn signer(&self) -> &PrivateKeySigner {
        &self.signer
    }

    /// Returns the account's balance and the price of so much gas at today's fee, both in wei.
    pub async fn gas_reserve(&self, gas: u64) -> Result<(U256, U256), ChainError> {
        let provider = self.chain.provider();
        let balance = provider.get_balance(self.address).await?;
        let fees = provider.estimate_eip1559_fees().await?;
        Ok((
            balance,
            U256::from(fees.max_fee_per_gas).saturating_mul(U256::from(gas)),
        ))
    }

    /// Signs a call after estimating it; a contract's refusal shows here, before anything is sent.
    pub async fn prepare<C: SolCall>(&self, to: Address, call: &C) -> Result<Prepared, ChainError> {
        let provider = self.chain.provider();
        let request = TransactionRequest::default()
            .with_from(self.address)
            .with_to(to)
            .with_input(Bytes::from(call.abi_encode()));
        let gas = provider.estimate_gas(request.clone()).await?;
        let fees = provider.estimate_eip1559_fees().await?;

        let next_nonce = self.next_nonce.clone().lock_owned().await;
        let nonce = match *next_nonce {
            Some(nonce) => nonce,
            None => {
                provider
                    .get_transaction_count(self.address)
                    .pending()
                    .await?
            }
        };
        let envelope = request
            .with_chain_id(self.chain.deployment().chain_id)
            .with_nonce(nonce)
            .with_gas_limit(gas.saturating_add(gas / GAS_MARGIN_DIVISOR))
            .with_max_fee_per_gas(fees.max_fee_per_gas)
            .with_max_priority_fee_per_gas(fees.max_priority_fee_per_gas)
            .build(&self.wallet)
            .await
            .map_err(|error| ChainError::Signing(error.to_string()))?;
        Ok(Prepared {
            hash: *envelope.tx_hash(),
            raw: envelope.encoded_2718(),
            nonce,
            next_nonce,
        })
    }

    /// Sends a prepared transaction and waits for its receipt.
    pub async fn send(&self, prepared: Prepared) -> Result<Receipt, ChainError> {
        let Prepared {
            hash,
            raw,
            nonce,
            mut next_nonce,
        } = prepared;
        let sent = self.chain.provider().send_raw_transaction(&raw).await;
        match sent {
            Ok(_) => *next_nonce = Some(nonce + 1),
            Err(error) => {
                // The error may be about the answer and not about the transaction: forget the nonce
                // and let the chain say what happened.
                *next_nonce = None;
                drop(next_nonce);
                return self.after_ambiguous_send(hash, nonce, error.into()).await;
            }
        }
        drop(next_nonce);
        let receipt = self.chain.wait(hash).await;
        if matches!(receipt, Err(ChainError::Ambiguous { .. })) {
            *self.next_nonce.lock().await = None;
        }
        receipt
    }

    /// Estimates, signs and sends a call, and waits for its receipt.
    ///
    /// A transaction whose nonce went to another one (the key is used elsewhere too) can never land,
    /// so it is signed again, once.
    pub async fn call<C: SolCall>(&self, to: Address, call: &C) -> Result<Receipt, ChainError> {
        let prepared = self.prepare(to, call).await?;
        match self.send(prepared).await {
            Err(ChainError::Replaced { .. }) => {
                let prepared = self.prepare(to, call).await?;
                self.send(prepared).await
            }
            result => result,
        }
    }

    async fn after_ambiguous_send(
        &self,
        hash: TxHash,
        nonce: u64,
        error: ChainError,
    ) -> Result<Receipt, ChainError> {
        let ambiguous = |cause: String| ChainError::Ambiguous { hash, cause };
        match self.chain.outcome(hash).await {
            Ok(Outcome::Succeeded(receipt)) => Ok(receipt),
            Ok(Outcome::Failed(refusal)) => Err(ChainError::Failed { hash, refusal }),
            Ok(Outcome::Pending) => self.chain.wait(hash).await,
            Ok(Outcome::Unknown) => {
                let mined = self
                    .chain
                    .provider()
                    .get_transaction_count(self.address)
                    .await;
                match mined {
                    Ok(count) if count > nonce => Err(ChainError::Replaced { hash, nonce }),
                    Ok(_) => Err(ambiguous(error.to_string())),
                    Err(second) => Err(ambiguous(format!("{error}; then {second}"))),
                }
            }
            Err(second) => Err(ambiguous(format!("{error}; then {second}"))),
        }
    }
}
