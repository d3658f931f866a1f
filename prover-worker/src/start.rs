//! From flags to a running node.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use assay_chain::{Account, Chain, Deployment, load_key};
use tracing::info;

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
        unfinished = jobs.active().await?.len(), stale_leases = stale, "starting"
    );
    let blobs = Blobs::new(config.api.as_deref())?;

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
    }))
}
