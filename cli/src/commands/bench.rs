//! `assay bench`: medians of the proof stages, for the record.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use anyhow::bail;
use assay_client::dates::date;
use assay_prover::{
    Calibration, InferenceJob, Measurement, ModelProver, Progress, Rates, Salt, Stage, StageBytes,
    StageTimes, Stages, Wrapper, peak_rss_bytes, restart_peak_rss,
};
use assay_statement::{Digest, Header, Privacy};
use clap::Args;
use serde_json::{Value, json};

use crate::args::Global;
use crate::commands::setup;
use crate::files;
use crate::output::Output;
use crate::progress::Bar;
use crate::root;
use crate::samples::Samples;

/// The models that are measured.
const MODELS: [&str; 3] = ["mlp-56", "mlp-128", "lenet-5"];

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
    let measurements = models
        .iter()
        .map(measurement)
        .collect::<Result<Vec<_>, _>>()?;
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let report = json!({
        "r1cs_constraints": facts.r1cs_constraints,
        "groth16_public_inputs": facts.groth16_public_inputs,
        "pk_bytes": facts.pk_bytes,
        "key_load_ms": key_load_ms,
        "models": models,
        "slowness": Calibration::measure().slowness,
        "rates": Rates::fit(&measurements),
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

/// Reads what was measured in another process.
fn measurement(report: &Value) -> anyhow::Result<Measurement> {
    Ok(Measurement {
        size: serde_json::from_value(report["size"].clone())?,
        milliseconds: serde_json::from_value(report["stages_ms"].clone())?,
        bytes: serde_json::from_value(report["stages_peak_bytes"].clone())?,
    })
}

/// A bar that also watches how much memory each stage holds.
struct Watch {
    bar: Bar,
    peaks: RefCell<StageBytes>,
}

impl Progress for Watch {
    fn stage(&self, stage: Stage, fraction: f32) {
        if fraction == 0.0 {
            restart_peak_rss();
        } else if let Some(peak) = self.peaks.borrow_mut().get_mut(stage) {
            *peak = peak_rss_bytes().unwrap_or(0);
        }
        self.bar.stage(stage, fraction);
    }

    fn note(&self, message: &str) {
        self.bar.note(message);
    }
}

fn measure(wrapper: &Wrapper, examples: &Path, name: &str, runs: usize) -> anyhow::Result<Value> {
    let model = setup::example_model(examples, name)?;
    let digits = Samples::read(&examples.join("digits.bin"))?;
    let header = Header::inference(Privacy::Public, Privacy::Public, Privacy::Public);
    let prover = ModelProver::new(model.architecture(), header)?;
    let mut times: Vec<StageTimes> = Vec::new();
    let mut peaks: Vec<StageBytes> = Vec::new();
    // The first proof wakes caches and threads; it is not counted.
    for run in 0..=runs {
        let watch = Watch {
            bar: Bar::begin(&format!("{name}, proof {run} of {runs}")),
            peaks: RefCell::default(),
        };
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
        let wrapped = prover.prove_inference(wrapper, &job, &watch)?;
        watch.bar.end(&format!("{} ms", wrapped.times.total()));
        if run > 0 {
            times.push(wrapped.times);
            peaks.push(watch.peaks.into_inner());
        }
    }
    let total = times.iter().map(StageTimes::total).collect();
    let peak = peaks.iter().map(StageBytes::max).max();
    Ok(json!({
        "model": name,
        "runs": runs,
        "size": prover.size(),
        "rows": prover.circuit_cost().used(),
        "stages_ms": medians(&times),
        "stages_peak_bytes": medians(&peaks),
        "total_ms": median(total),
        "peak_rss_bytes": peak,
    }))
}

fn medians(runs: &[Stages<u64>]) -> Stages<u64> {
    let of = |pick: fn(&Stages<u64>) -> u64| median(runs.iter().map(pick).collect());
    Stages {
        witness: of(|run| run.witness),
        prove: of(|run| run.prove),
        shape: of(|run| run.shape),
        outer: of(|run| run.outer),
        groth16: of(|run| run.groth16),
    }
}

/// Returns the middle value, zero of none.
fn median(mut values: Vec<u64>) -> u64 {
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or(0)
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
