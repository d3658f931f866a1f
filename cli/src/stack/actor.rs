//! Somebody with an account, ether for gas, and development tokens.

use std::path::{Path, PathBuf};

use assay_chain::{Account, Chain, Consent, create_key, load_key};
use assay_market::{Address, Amount, Timestamp};

use super::anvil::Anvil;

/// Seconds that a deposit's permit is good for.
const PERMIT_SECS: u64 = 600;

/// A participant of a development market.
#[derive(Clone, Debug)]
pub struct Actor {
    /// What tables call it.
    pub name: String,
    /// Its key file.
    pub key: PathBuf,
    /// Its account.
    pub account: Account,
}

impl Actor {
    /// Makes somebody up: a fresh key in `FOLDER/NAME.key`, or the one that is there.
    pub async fn new(
        name: &str,
        folder: &Path,
        anvil: &Anvil,
        chain: &Chain,
    ) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let key = folder.join(format!("{name}.key"));
        let signer = if key.exists() {
            load_key(&key)?
        } else {
            create_key(&key)?
        };
        anvil.fund(signer.address()).await?;
        Ok(Self {
            name: name.to_owned(),
            key,
            account: Account::new(chain.clone(), signer),
        })
    }

    /// Returns its address.
    pub fn address(&self) -> Address {
        self.account.address()
    }

    /// Mints tokens to it and deposits them with a permit, and consents to the market without a limit.
    pub async fn deposit(&self, amount: Amount) -> anyhow::Result<()> {
        self.account.mint(self.address(), amount).await?;
        let now = self.account.chain().latest().await?.timestamp;
        self.account
            .deposit_with_permit(
                amount,
                Timestamp(now + PERMIT_SECS),
                Some(Consent::UNLIMITED),
            )
            .await?;
        Ok(())
    }
}
