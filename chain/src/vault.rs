//! Balances: deposits, withdrawals, and the sum that must hold.

use alloy::primitives::aliases::U96;
use alloy::primitives::{Address as AbiAddress, U256};
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

/// What an account lets the market have of its balance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Consent {
    /// Up to how much at a time; [`Consent::UNLIMITED`] is no limit.
    pub allowance: Amount,
    /// How much of it is locked or was paid away.
    pub used: Amount,
    /// What the market's daily limit leaves for today.
    pub today: Amount,
}

impl Consent {
    /// The allowance that is no limit: the largest 96-bit number.
    pub const UNLIMITED: Amount = Amount((1 << 96) - 1);

    /// Returns how much the market may lock now.
    #[must_use]
    pub fn left(&self) -> Amount {
        let allowed = if self.allowance == Self::UNLIMITED {
            self.allowance
        } else {
            self.allowance
                .checked_sub(self.used)
                .unwrap_or(Amount::ZERO)
        };
        allowed.min(self.today)
    }
}

impl Chain {
    /// Returns what an account lets the market have.
    pub async fn consent(&self, account: Address) -> Result<Consent, ChainError> {
        let call = Vault::consentOfCall {
            account: abi_address(account),
            module: self.deployment().market,
        };
        let given = self.read(self.deployment().vault, &call).await?;
        Ok(Consent {
            allowance: amount(given.allowance)?,
            used: amount(given.used)?,
            today: amount(given.today)?,
        })
    }

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
        self.deposit_for(self.address(), value).await
    }

    /// Deposits tokens of this account into somebody's balance.
    pub async fn deposit_for(&self, holder: Address, value: Amount) -> Result<Receipt, ChainError> {
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
            account: abi_address(holder),
            amount: value,
        };
        self.call(vault, &call).await
    }

    /// Deposits tokens of this account into its balance with a signed permit, and consents to the market if an
    /// allowance is given: one transaction.
    pub async fn deposit_with_permit(
        &self,
        value: Amount,
        deadline: Timestamp,
        consent: Option<Amount>,
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
            amount: value,
            permit: Vault::Permit {
                deadline,
                v: 27 + u8::from(signature.v()),
                r: signature.r().into(),
                s: signature.s().into(),
            },
            module: match consent {
                Some(_) => self.chain().deployment().market,
                None => AbiAddress::ZERO,
            },
            allowance: abi_allowance(consent.unwrap_or(Amount::ZERO)),
        };
        self.call(vault, &call).await
    }

    /// Lets the market have up to `allowance` of this account's balance at a time; zero ends it.
    pub async fn consent(&self, allowance: Amount) -> Result<Receipt, ChainError> {
        let call = Vault::consentCall {
            module: self.chain().deployment().market,
            allowance: abi_allowance(allowance),
        };
        self.call(self.chain().deployment().vault, &call).await
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

/// More than there can be is no limit.
fn abi_allowance(allowance: Amount) -> U96 {
    U96::from(allowance.min(Consent::UNLIMITED).0)
}
