//! Prover workers as child processes.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::bail;
use assay_market::{Amount, RequestId};
use assay_prover::KernelPath;
use serde_json::Value;

use super::actor::Actor;
use super::child::Child;
use crate::root;

/// A worker loads keys and rebuilds circuits before it is ready; several do so at once on few cores.
const START: Duration = Duration::from_secs(600);

/// What a worker is started with.
#[derive(Clone, Debug)]
pub struct WorkerFlags {
    /// Whose worker it is.
    pub owner: Actor,
    /// RPC of the chain.
    pub rpc: String,
    /// The deployment file.
    pub deployment: PathBuf,
    /// Its data folder.
    pub data: PathBuf,
    /// The models that it may prove.
    pub models: PathBuf,
    /// Folder with the proving keys.
    pub cache: PathBuf,
    /// The API, if it has one.
    pub api: Option<String>,
    /// What 1,024 rows cost it.
    pub cost_per_kilorow: Amount,
    /// Seconds for which it lets others bid first.
    pub first_bid_delay_secs: u64,
    /// How many requests may bind it.
    pub max_concurrent: usize,
    /// The instructions that its kernels use; without them the environment's, or the best.
    pub kernels: Option<KernelPath>,
}

/// A worker at work.
#[derive(Debug)]
pub struct Worker {
    /// What it was started with.
    pub flags: WorkerFlags,
    child: Child,
    /// How much of its log was read.
    read: usize,
}

impl Worker {
    /// Starts a worker.
    pub fn start(flags: WorkerFlags, logs: &Path) -> anyhow::Result<Self> {
        let mut command = Command::new(root::program("assay-prover-worker")?);
        command
            .arg("--rpc-url")
            .arg(&flags.rpc)
            .arg("--deployment")
            .arg(&flags.deployment)
            .arg("--key-file")
            .arg(&flags.owner.key)
            .arg("--data-dir")
            .arg(&flags.data)
            .arg("--models-dir")
            .arg(&flags.models)
            .arg("--cache-dir")
            .arg(&flags.cache)
            .arg("--cost-per-kilorow")
            .arg(flags.cost_per_kilorow.to_string())
            .arg("--first-bid-delay-secs")
            .arg(flags.first_bid_delay_secs.to_string())
            .arg("--max-concurrent")
            .arg(flags.max_concurrent.to_string())
            .arg("--poll-ms")
            .arg("500");
        if let Some(api) = &flags.api {
            command.arg("--api-url").arg(api);
        }
        if let Some(kernels) = flags.kernels {
            command.env(KernelPath::VARIABLE, kernels.name());
        }
        let child = Child::start(&flags.owner.name, &mut command, logs)?;
        let read = std::fs::read_to_string(child.log()).map_or(0, |log| log.len());
        Ok(Self { flags, child, read })
    }

    /// Waits until it has loaded everything that a bid promises.
    pub async fn ready(&mut self) -> anyhow::Result<()> {
        let began = Instant::now();
        // The file of an earlier run is removed when the data folder is locked, the id tells them apart.
        let ready = self.flags.data.join("ready");
        while std::fs::read_to_string(&ready).unwrap_or_default() != self.child.id().to_string() {
            self.child.check_alive()?;
            if began.elapsed() > START {
                bail!(
                    "{} is not ready after {} s",
                    self.flags.owner.name,
                    START.as_secs()
                );
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
        Ok(())
    }

    /// Says that it ended, if it did.
    pub fn check_alive(&mut self) -> anyhow::Result<()> {
        self.child.check_alive()
    }

    /// Kills it with SIGKILL, as a crash would.
    pub fn kill(&mut self) {
        self.child.kill();
    }

    /// Returns the lines that it logged since the last call.
    pub fn new_lines(&mut self) -> Vec<String> {
        let log = std::fs::read(self.child.log()).unwrap_or_default();
        let fresh = String::from_utf8_lossy(log.get(self.read..).unwrap_or_default()).into_owned();
        // The last line may not be whole yet.
        let whole = fresh.rfind('\n').map_or(0, |end| end + 1);
        self.read += whole;
        fresh[..whole].lines().map(str::to_owned).collect()
    }

    /// Returns the whole log.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.child.log()).unwrap_or_default()
    }

    /// Returns its record of a fulfilled request, once it is settled.
    pub fn receipt(&self, request: RequestId, round: u32) -> Option<Value> {
        let path = self
            .flags
            .data
            .join("receipts")
            .join(format!("{request}-{round}.json"));
        serde_json::from_slice(&std::fs::read(path).ok()?).ok()
    }
}
