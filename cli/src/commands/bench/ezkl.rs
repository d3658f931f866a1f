//! EZKL on the same file, by `bench/peers/ezkl_bench.py`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use serde::Deserialize;

use super::Machine;
use super::examples::Example;
use super::rows::Row;
use crate::progress::Bar;

/// One way to prove a model with EZKL, prepared.
pub struct Ezkl {
    model: String,
    python: PathBuf,
    script: PathBuf,
    /// Its keys, of gigabytes, deleted with this value.
    work: Folder,
    /// Seconds that each stage may take.
    time_limit: u64,
    setup: Setup,
    proofs: Vec<Proof>,
}

/// A folder that goes with its owner.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // What stays costs room, not correctness.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What its preparation gave.
#[derive(Debug, Clone, Deserialize)]
struct Setup {
    version: String,
    params: u64,
    macs: u64,
    weights: String,
    rows: Option<u64>,
    log_rows: Option<u64>,
    calibrate_s: Option<f64>,
    setup_s: Option<f64>,
    peak_rss_bytes: u64,
    error: Option<String>,
}

/// What one proof gave.
#[derive(Debug, Clone, Deserialize)]
struct Proof {
    prove_s: Option<f64>,
    verify_s: Option<f64>,
    peak_rss_bytes: u64,
    proof_bytes: Option<u64>,
    error: Option<String>,
}

impl Ezkl {
    /// Prepares every way in which EZKL proves an example.
    pub fn all(
        python: &Path,
        root: &Path,
        example: &Example,
        time_limit: u64,
    ) -> anyhow::Result<Vec<Self>> {
        let prepare = |weights: &&str| Self::prepare(python, root, example, weights, time_limit);
        example.peer_weights.iter().map(prepare).collect()
    }

    fn prepare(
        python: &Path,
        root: &Path,
        example: &Example,
        weights: &str,
        time_limit: u64,
    ) -> anyhow::Result<Self> {
        let script = root.join("bench/peers/ezkl_bench.py");
        let name = format!(
            "assay-bench-{}-{}-{weights}",
            std::process::id(),
            example.name
        );
        let work = Folder(std::env::temp_dir().join(name));
        let bar = Bar::begin(&format!(
            "EZKL, {}, {weights} weights: set-up",
            example.name
        ));
        let mut command = Command::new(python);
        command.arg(&script).arg("setup");
        command.args([example.onnx(root), example.calibration(root)]);
        command.args(["--weights", weights]);
        let setup: Setup = output(&mut command, &work, time_limit)?;
        bar.end(setup.error.as_deref().unwrap_or("prepared"));
        Ok(Self {
            model: example.name.to_owned(),
            python: python.to_owned(),
            script,
            work,
            time_limit,
            setup,
            proofs: Vec::new(),
        })
    }

    /// Makes one more proof, unless something failed before.
    pub fn prove(&mut self) -> anyhow::Result<()> {
        if self.error().is_some() {
            return Ok(());
        }
        let bar = Bar::begin(&format!(
            "EZKL, {}, {} weights: proof {}",
            self.model,
            self.setup.weights,
            self.proofs.len() + 1
        ));
        let mut command = Command::new(&self.python);
        command.arg(&self.script).arg("prove");
        let proof: Proof = output(&mut command, &self.work, self.time_limit)?;
        let end = match (&proof.error, proof.prove_s) {
            (Some(error), _) => error.clone(),
            (None, seconds) => format!("{:.1} s", seconds.unwrap_or_default()),
        };
        bar.end(&end);
        self.proofs.push(proof);
        Ok(())
    }

    fn error(&self) -> Option<&String> {
        let failed = self.proofs.iter().find_map(|proof| proof.error.as_ref());
        self.setup.error.as_ref().or(failed)
    }

    /// Returns the medians, its witness generation not counted. What EZKL proves is what its contract verifies: there is no further stage.
    pub fn row(self, when: &Machine) -> Row {
        let error = self.error().cloned();
        let of = |pick: fn(&Proof) -> Option<f64>| median(self.proofs.iter().filter_map(pick));
        let proving = self.proofs.iter().map(|proof| proof.peak_rss_bytes).max();
        let prove_s = of(|proof| proof.prove_s);
        let setup_s = match (self.setup.calibrate_s, self.setup.setup_s) {
            (Some(calibrating), Some(keys)) => Some(calibrating + keys),
            _ => None,
        };
        Row {
            model: self.model.clone(),
            system: "ezkl",
            version: self.setup.version.clone(),
            params: self.setup.params,
            macs: self.setup.macs,
            weights: self.setup.weights.clone(),
            setup_s,
            prove_s,
            onchain_s: prove_s,
            verify_s: of(|proof| proof.verify_s),
            peak_rss_bytes: Some(self.setup.peak_rss_bytes.max(proving.unwrap_or(0))),
            prove_peak_rss_bytes: proving,
            proof_bytes: self.proofs.first().and_then(|proof| proof.proof_bytes),
            verify_gas: None,
            rows: self.setup.rows,
            log_rows: self.setup.log_rows,
            runs: self.proofs.len(),
            error,
            machine: when.machine.clone(),
            date: when.date.clone(),
        }
    }
}

/// Runs the script in the folder and reads what it prints.
fn output<T: serde::de::DeserializeOwned>(
    command: &mut Command,
    work: &Folder,
    time_limit: u64,
) -> anyhow::Result<T> {
    let limit = time_limit.to_string();
    command
        .arg("--work")
        .arg(&work.0)
        .args(["--time-limit", &limit]);
    let child = command.stderr(Stdio::inherit()).output()?;
    if !child.status.success() {
        bail!("the EZKL measurement ended with {}", child.status);
    }
    serde_json::from_slice(&child.stdout).context("what the EZKL measurement printed")
}

/// Returns the middle number; none of none.
fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}
