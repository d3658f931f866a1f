//! `assay bench`: what proofs take here, stage by stage and beside other provers, for the record.

mod examples;
mod ezkl;
mod ours;
mod record;
mod rows;

use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, ensure};
use clap::Args;
use serde_json::{Value, json};

use crate::args::Global;
use crate::commands::setup;
use crate::files;
use crate::output::Output;
use crate::root;
use assay_client::dates::date;
use examples::{EXAMPLES, Example};
use ezkl::Ezkl;
use ours::Report;
use record::Record;
use rows::Row;

/// Flags of `assay bench`.
#[derive(Debug, Args)]
pub struct Bench {
    /// Proofs of each model by each system, in turn; the medians are written
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// The folder to write `wrap.json` and `latest.json` into; with ASSAY_KERNELS set, `wrap-PATH.json` alone
    #[arg(long, default_value = "bench/results")]
    out: PathBuf,
    /// Measure these examples only
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    models: Vec<String>,
    /// The Python with EZKL; without it our proofs alone are measured
    #[arg(long, value_name = "FILE")]
    ezkl_python: Option<PathBuf>,
    /// Seconds that each stage of EZKL may take
    #[arg(long, default_value_t = 1_800)]
    ezkl_time_limit: u64,
    /// Measure one proof of this example, and print what was measured
    #[arg(long, hide = true)]
    only: Option<String>,
}

/// Runs the command.
pub fn run(global: &Global, output: Output, flags: &Bench) -> anyhow::Result<()> {
    let root = root::find()?;
    if let Some(name) = &flags.only {
        let (wrapper, _) = setup::load(global)?;
        let report = ours::measure(&wrapper, &root, examples::find(name)?)?;
        let report = serde_json::to_value(report)?;
        return output.result(&report, &report.to_string());
    }
    let chosen = chosen(&flags.models)?;
    // Keys that are missing are made here, not within a measurement.
    drop(setup::load(global)?);
    let began = Instant::now();
    let (wrapper, cache) = setup::load(global)?;
    let key_load_ms = began.elapsed().as_millis();
    let facts = wrapper.facts(&cache);
    drop(wrapper);

    let mut record = Record {
        facts,
        key_load_ms,
        when: Machine::now()?,
        models: Vec::new(),
        rows: Vec::new(),
    };
    let verify_gas = verify_gas(&root)?;
    for example in chosen {
        let mut peers = match &flags.ezkl_python {
            Some(python) => Ezkl::all(python, &root, example, flags.ezkl_time_limit)?,
            None => Vec::new(),
        };
        let mut reports = Vec::new();
        for _ in 0..flags.runs.max(1) {
            reports.push(ours::measure_apart(example.name, &cache)?);
            for peer in &mut peers {
                peer.prove()?;
            }
        }
        let report = Report::median(&reports).context("no run")?;
        let when = &record.when;
        let ours = Row::ours(example, &report, verify_gas, when);
        let theirs = peers.into_iter().map(|peer| peer.row(when));
        record
            .rows
            .extend([ours].into_iter().chain(theirs).collect::<Vec<_>>());
        record.models.push(report);
        // After each, so that a run that is interrupted keeps what it has measured.
        record.write(&flags.out)?;
    }
    output.result(
        &json!({ "stages": record.stages(), "rows": record.rows }),
        &format!("wrote {} to {}", record::stages_file(), flags.out.display()),
    )
}

/// Returns the examples of these names, or all.
fn chosen(names: &[String]) -> anyhow::Result<Vec<&'static Example>> {
    if names.is_empty() {
        return Ok(EXAMPLES.iter().collect());
    }
    names.iter().map(|name| examples::find(name)).collect()
}

/// Where and when a measurement was made.
#[derive(Debug, Clone)]
struct Machine {
    machine: String,
    date: String,
}

impl Machine {
    fn now() -> anyhow::Result<Self> {
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let name = info
            .lines()
            .find_map(|line| line.strip_prefix("model name")?.split_once(':'))
            .map_or("unknown processor", |(_, name)| name.trim());
        Ok(Self {
            machine: format!("{cores} cores, {name}"),
            date: date(seconds),
        })
    }
}

/// Returns what the verifier contract takes, as its own tests have pinned it.
fn verify_gas(root: &Path) -> anyhow::Result<u64> {
    let path = root.join("contracts/snapshots/Groth16Verifier.json");
    let snapshot: Value = serde_json::from_slice(&files::read_json_bytes(&path)?)?;
    let gas = snapshot["verifyProof"]
        .as_str()
        .and_then(|gas| gas.parse().ok());
    ensure!(gas.is_some(), "{} has no `verifyProof`", path.display());
    gas.context("checked above")
}
