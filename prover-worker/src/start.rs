//! From flags to a running node.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use assay_chain::{Account, Chain, Deployment, load_key};
use assay_client::Identity;
use assay_client::age_file::{create_identity, load_identity};
use assay_prover::KernelPath;
use tracing::{info, warn};

use crate::blobs::Blobs;
use crate::catalogue::Catalogue;
use crate::config::Config;
use crate::folder::Folder;
use crate::jobs::Jobs;
use crate::node::{Node, Parts};

/// Loads everything that a bid promises: key, job table, proving keys, models with their rebuilt circuits.
pub async fn start(config: &Config) -> anyhow::Result<Arc<Node>> {
    let deployment = Deployment::load(&config.deployment)?;
    let key = load_key(&config.key)?;
    let chain = Chain::connect(&config.rpc, deployment).await?;
    let account = Account::new(chain, key);
    let folder = Folder::open(&config.data)
        .with_context(|| format!("data folder {}", config.data.display()))?;
    let jobs = Jobs::open(&folder.jobs(), format!("pid {}", std::process::id())).await?;
    let stale = jobs.release_stale_leases().await?;
    info!(
        prover = %account.address(), chain = account.chain().deployment().chain_id,
        unfinished = jobs.active().await?.len(), stale_leases = stale,
        kernels = %KernelPath::current(), "starting"
    );
    let grace_secs = account.chain().grace_secs().await?;
    let blobs = Blobs::new(config.api.as_deref())?;
    let identity = identity(config, &folder)?;
    say_recipient(&account, &identity).await?;

    let began = Instant::now();
    let (models, cache) = (config.models.clone(), config.cache.clone());
    let catalogue =
        tokio::task::spawn_blocking(move || Catalogue::load(&models, cache.as_deref())).await??;
    if catalogue.is_empty() {
        bail!(
            "no models in {}: expected NAME.assay files",
            config.models.display()
        );
    }
    // A proof under another key verifies here and nowhere else: no bid may stand on it.
    account
        .chain()
        .require_verifying_key(catalogue.verifying_key_digest())
        .await?;
    info!(
        models = catalogue.len(),
        seconds = began.elapsed().as_secs(),
        "ready"
    );
    folder.mark_ready()?;
    let expected_proof = config
        .expected_proof_secs
        .map_or(catalogue.expected(), Duration::from_secs);
    Ok(Node::new(Parts {
        account,
        folder,
        jobs,
        catalogue,
        pricing: config.pricing(),
        max_concurrent: config.max_concurrent,
        expected_proof,
        blobs,
        identity,
        grace_secs,
    }))
}

/// Loads the key that opens private requests, making it when it is missing.
fn identity(config: &Config, folder: &Folder) -> anyhow::Result<Identity> {
    let path = match &config.age_identity_file {
        Some(path) => path.clone(),
        None => folder.age_identity(),
    };
    let identity = if path.exists() {
        load_identity(&path)
    } else {
        create_identity(&path)
    };
    identity.context("age key")
}

/// Requesters find a prover's recipient in its record on chain, which its own key signed: says if it is not there.
async fn say_recipient(account: &Account, identity: &Identity) -> anyhow::Result<()> {
    let recipient = identity.to_public().to_string();
    let record = account.chain().prover(account.address()).await?;
    match record.map(|record| record.age_recipient) {
        Some(registered) if registered == recipient => {
            info!(recipient, "takes private requests");
        }
        Some(registered) => warn!(
            recipient,
            registered, "private requests to the registered recipient cannot be opened"
        ),
        None => info!(
            recipient,
            "takes private requests; `assay prover register` tells requesters where to encrypt to"
        ),
    }
    Ok(())
}
