//! A command's connection to the chain, and its account.

use anyhow::{Context, bail};
use assay_chain::{Account, Chain, Deployment, load_key};

use crate::args::Global;

/// Connects to the deployment that the flags name.
pub async fn connect(global: &Global) -> anyhow::Result<Chain> {
    let Some(path) = &global.deployment else {
        bail!(
            "which deployment? Give --deployment FILE or set ASSAY_DEPLOYMENT (`assay dev up` prints it)"
        );
    };
    let deployment = Deployment::load(path)?;
    Chain::connect(&global.rpc, deployment)
        .await
        .with_context(|| format!("chain at {}", global.rpc))
}

/// Connects with the account that the flags name.
pub async fn account(global: &Global) -> anyhow::Result<Account> {
    let Some(path) = &global.key else {
        bail!(
            "which account? Give --key-file FILE or set ASSAY_KEY_FILE (`assay setup --signing-key FILE` makes one)"
        );
    };
    let key = load_key(path)?;
    Ok(Account::new(connect(global).await?, key))
}
