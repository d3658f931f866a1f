//! `assay bench`: medians of the proof stages, for the record.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, bail};
use assay_prover::{InferenceJob, ModelProver, Salt, StageTimes, Wrapper};
use assay_statement::{Digest, Header, Privacy};
use clap::Args;
use serde_json::{Value, json};

use crate::args::Global;
use crate::commands::setup;
use crate::dates::date;
use crate::files;
use crate::output::Output;
use crate::progress::Bar;
use crate::root;
use crate::samples::Samples;

/// The models that are measured.
const MODELS: [&str; 2] = ["mlp-56", "mlp-128"];

/// Flags of `assay bench`.
#[derive(Debug, Args)]
pub struct Bench {
    /// Proofs of each model; the medians are written
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// The file to write
    #[arg(long, default_value = "bench/results/wrap.json")]
    out: PathBuf,
    /// Measure this model only, and print what was measured
    #[arg(long, hide = true)]
    only: Option<String>,
}

/// Runs the command.
pub fn run(global: &Global, output: Output, flags: &Bench) -> anyhow::Result<()> {
    let runs = flags.runs.max(1);
    if let Some(name) = &flags.only {
        let (wrapper, _) = setup::load(global)?;
        let examples = root::find()?.join("examples/mnist");
        let measured = measure(&wrapper, &examples, name, runs)?;
        return output.result(&measured, &measured.to_string());
    }
    drop(setup::load(global)?);
    // Once more, now that the keys are there for sure: this is what a worker's start costs.
    let began = Instant::now();
    let (wrapper, cache) = setup::load(global)?;
    let key_load_ms = began.elapsed().as_millis();
    let facts = wrapper.facts(&cache);
    drop(wrapper);
    let mut models = Vec::new();
    for name in MODELS {
        models.push(measure_apart(name, runs, &cache)?);
    }
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let report = json!({
        "r1cs_constraints": facts.r1cs_constraints,
        "groth16_public_inputs": facts.groth16_public_inputs,
        "pk_bytes": facts.pk_bytes,
        "key_load_ms": key_load_ms,
        "models": models,
        "machine": machine(),
        "date": date(seconds),
    });
    files::write(&flags.out, format!("{report:#}\n").as_bytes(), false)?;
    output.result(&report, &format!("wrote {}", flags.out.display()))
}

/// Measures a model in a process of its own, so that the peak of memory is that model's.
fn measure_apart(name: &str, runs: usize, cache: &Path) -> anyhow::Result<Value> {
    let child = Command::new(std::env::current_exe()?)
        .args([
            "bench",
            "--json",
            "--only",
            name,
            "--runs",
            &runs.to_string(),
            "--cache-dir",
        ])
        .arg(cache)
        .stderr(Stdio::inherit())
        .output()?;
    if !child.status.success() {
        bail!("measuring {name} ended with {}", child.status);
    }
    Ok(serde_json::from_slice(&child.stdout)?)
}

fn measure(wrapper: &Wrapper, examples: &Path, name: &str, runs: usize) -> anyhow::Result<Value> {
    let model = setup::example_model(examples, name)?;
    let digits = Samples::read(&examples.join("digits.bin"))?;
    let header = Header::inference(Privacy::Public, Privacy::Public, Privacy::Public);
    let prover = ModelProver::new(model.architecture(), header)?;
    let mut times: Vec<StageTimes> = Vec::new();
    let mut peak = None;
    // The first proof wakes caches and threads; it is not counted.
    for run in 0..=runs {
        let bar = Bar::begin(&format!("{name}, proof {run} of {runs}"));
        let input = model
            .scales()
            .input
            .quantize_all(&digits.get(run % digits.len())?.to_floats());
        let job = InferenceJob {
            model: &model,
            model_salt: Salt::ZERO,
            input: &input,
            input_salt: Salt::ZERO,
            output_secret: Salt::ZERO,
            context: Digest::new([run as u64, 0, 0, 0])?,
        };
        let wrapped = prover.prove_inference(wrapper, &job, &bar)?;
        bar.end(&format!("{} ms", wrapped.times.total()));
        peak = wrapped.peak_rss_bytes.max(peak);
        if run > 0 {
            times.push(wrapped.times);
        }
    }
    let median = |pick: fn(&StageTimes) -> u64| -> anyhow::Result<u64> {
        let mut values: Vec<u64> = times.iter().map(pick).collect();
        values.sort_unstable();
        values.get(values.len() / 2).copied().context("no runs")
    };
    Ok(json!({
        "model": name,
        "runs": runs,
        "stages_ms": {
            "witness": median(|times| times.witness)?,
            "prove": median(|times| times.prove)?,
            "shape": median(|times| times.shape)?,
            "outer": median(|times| times.outer)?,
            "groth16": median(|times| times.groth16)?,
        },
        "total_ms": median(StageTimes::total)?,
        "peak_rss_bytes": peak,
    }))
}

/// Cores and processor, where the system tells.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = info
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(':'))
        .map_or("unknown processor", |(_, name)| name.trim());
    format!("{cores} cores, {name}")
}
