//! Balances: deposits, withdrawals, and the sum that must hold.

use alloy::primitives::U256;
use alloy::signers::Signer;
use alloy::sol_types::SolStruct;
use assay_market::{Address, Amount, Timestamp};

use crate::account::Account;
use crate::bindings::{AssayToken, Vault};
use crate::connection::{Chain, Receipt};
use crate::convert::{abi_address, address, amount};
use crate::error::ChainError;

mod permit {
    alloy::sol! {
        /// ERC-2612.
        struct Permit {
            address owner;
            address spender;
            uint256 value;
            uint256 nonce;
            uint256 deadline;
        }
    }
}

/// What an account has in the vault.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    /// What it can withdraw or use.
    pub free: Amount,
    /// What is in open locks.
    pub locked: Amount,
}

impl Chain {
    /// Returns an account's balance in the vault.
    pub async fn balance(&self, account: Address) -> Result<Balance, ChainError> {
        let (vault, account) = (self.deployment().vault, abi_address(account));
        let free = self.read(vault, &Vault::freeOfCall { account }).await?;
        let locked = self.read(vault, &Vault::lockedOfCall { account }).await?;
        Ok(Balance {
            free: amount(free)?,
            locked: amount(locked)?,
        })
    }

    /// Returns the account that burned amounts are credited to.
    pub async fn sink(&self) -> Result<Address, ChainError> {
        Ok(address(
            self.read(self.deployment().vault, &Vault::sinkCall {})
                .await?,
        ))
    }

    /// Returns the sum of all free and locked balances, as the vault counts it.
    pub async fn vault_total(&self) -> Result<Amount, ChainError> {
        amount(
            self.read(self.deployment().vault, &Vault::totalCall {})
                .await?,
        )
    }

    /// Returns how many tokens an address holds outside the vault (the vault's own, for its address).
    pub async fn token_balance(&self, holder: Address) -> Result<Amount, ChainError> {
        let call = AssayToken::balanceOfCall {
            account: abi_address(holder),
        };
        amount(self.read(self.deployment().token, &call).await?)
    }

    /// Returns the token's symbol and decimals.
    pub async fn token_units(&self) -> Result<(String, u8), ChainError> {
        let token = self.deployment().token;
        let symbol = self.read(token, &AssayToken::symbolCall {}).await?;
        let decimals = self.read(token, &AssayToken::decimalsCall {}).await?;
        Ok((symbol, decimals))
    }
}

impl Account {
    /// Deposits tokens of this account into its balance, approving the vault by a separate transaction.
    pub async fn deposit(&self, value: Amount) -> Result<Receipt, ChainError> {
        let (token, vault) = (
            self.chain().deployment().token,
            self.chain().deployment().vault,
        );
        let value = U256::from(value.0);
        let call = AssayToken::approveCall {
            spender: vault,
            value,
        };
        self.call(token, &call).await?;
        let call = Vault::depositCall {
            account: self.signer().address(),
            amount: value,
        };
        self.call(vault, &call).await
    }

    /// Deposits tokens of this account into its balance with a signed permit: one transaction.
    pub async fn deposit_with_permit(
        &self,
        value: Amount,
        deadline: Timestamp,
    ) -> Result<Receipt, ChainError> {
        let (token, vault) = (
            self.chain().deployment().token,
            self.chain().deployment().vault,
        );
        let owner = self.signer().address();
        let nonce = self
            .chain()
            .read(token, &AssayToken::noncesCall { owner })
            .await?;
        let separator = self
            .chain()
            .read(token, &AssayToken::DOMAIN_SEPARATORCall {})
            .await?;
        let (value, deadline) = (U256::from(value.0), U256::from(deadline.0));
        let permit = permit::Permit {
            owner,
            spender: vault,
            value,
            nonce,
            deadline,
        };
        // EIP-712 with the separator that the token itself states: its name and version are its business.
        let mut message = vec![0x19, 0x01];
        message.extend(separator);
        message.extend(permit.eip712_hash_struct());
        let signature = self
            .signer()
            .sign_hash(&alloy::primitives::keccak256(&message))
            .await
            .map_err(|error| ChainError::Signing(error.to_string()))?;
        let call = Vault::depositWithPermitCall {
            account: owner,
            amount: value,
            deadline,
            v: 27 + u8::from(signature.v()),
            r: signature.r().into(),
            s: signature.s().into(),
        };
        self.call(vault, &call).await
    }

    /// Sends free balance of this account to an address.
    pub async fn withdraw(&self, to: Address, value: Amount) -> Result<Receipt, ChainError> {
        let call = Vault::withdrawCall {
            to: abi_address(to),
            amount: U256::from(value.0),
        };
        self.call(self.chain().deployment().vault, &call).await
    }

    /// Mints development tokens.
    pub async fn mint(&self, to: Address, value: Amount) -> Result<Receipt, ChainError> {
        let call = AssayToken::mintCall {
            to: abi_address(to),
            amount: U256::from(value.0),
        };
        self.call(self.chain().deployment().token, &call).await
    }
}
