//! The development chain and what only a development chain can do.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, bail};
use assay_chain::alloy::primitives::{Address, U256};
use assay_chain::alloy::providers::Provider;
use assay_chain::{Chain, Deployment, provider};

use super::child::{Child, free_port};

/// Anvil starts in well under a second on a quiet machine.
const START_POLLS: u32 = 120;
const START_POLL: Duration = Duration::from_millis(250);

/// A development chain in a child process.
#[derive(Debug)]
pub struct Anvil {
    child: Child,
    url: String,
}

impl Anvil {
    /// Starts anvil with a block every second, on a free port unless one is given.
    pub async fn start(root: &Path, port: Option<u16>, logs: &Path) -> anyhow::Result<Self> {
        let binary = root.join("contracts/node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil");
        if !binary.exists() {
            bail!("{} is missing: run `make prepare` first", binary.display());
        }
        let port = match port {
            Some(port) => port,
            None => free_port()?,
        };
        let mut command = Command::new(&binary);
        command.args([
            "--host",
            "127.0.0.1",
            "--chain-id",
            "31337",
            "--block-time",
            "1",
        ]);
        command.args(["--port", &port.to_string()]);
        let mut anvil = Self {
            child: Child::start("anvil", &mut command, logs)?,
            url: format!("http://127.0.0.1:{port}"),
        };
        let provider = provider(&anvil.url)?;
        for _ in 0..START_POLLS {
            anvil.child.check_alive()?;
            if provider.get_chain_id().await.is_ok() {
                return Ok(anvil);
            }
            tokio::time::sleep(START_POLL).await;
        }
        bail!("anvil does not answer at {}", anvil.url)
    }

    /// Returns the address of its RPC.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Says that it ended, if it did.
    pub fn check_alive(&mut self) -> anyhow::Result<()> {
        self.child.check_alive()
    }

    /// Deploys the contracts; `attester` may attest circuits.
    pub async fn deploy(
        &self,
        root: &Path,
        out: &Path,
        attester: Address,
    ) -> anyhow::Result<Deployment> {
        let mut command =
            tokio::process::Command::new(root.join("contracts/script-tools/deploy.sh"));
        command
            .arg(&self.url)
            .arg(out)
            .env("ATTESTER", attester.to_string())
            .kill_on_drop(true);
        let done = command.output().await.context("cannot run deploy.sh")?;
        if !done.status.success() {
            bail!(
                "the contracts could not be deployed:\n{}\n{}",
                String::from_utf8_lossy(&done.stdout),
                String::from_utf8_lossy(&done.stderr)
            );
        }
        Ok(Deployment::load(out)?)
    }

    /// Gives an address ether for gas.
    pub async fn fund(&self, address: Address) -> anyhow::Result<()> {
        let ether = U256::from(1_000_000_000_000_000_000u64) * U256::from(100u64);
        let provider = provider(&self.url)?;
        let _: serde_json::Value = provider
            .raw_request("anvil_setBalance".into(), (address, ether))
            .await?;
        Ok(())
    }

    /// Moves the chain's clock.
    pub async fn skip(&self, seconds: u64) -> anyhow::Result<()> {
        let provider = provider(&self.url)?;
        let _: serde_json::Value = provider
            .raw_request("evm_increaseTime".into(), (seconds,))
            .await?;
        let _: serde_json::Value = provider.raw_request("evm_mine".into(), ()).await?;
        Ok(())
    }

    /// Connects to a deployment on this chain.
    pub async fn connect(&self, deployment: Deployment) -> anyhow::Result<Chain> {
        Ok(Chain::connect(&self.url, deployment).await?)
    }
}
