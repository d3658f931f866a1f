#![doc = include_str!("../README.md")]

mod machine;
mod measure;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use assay_prover::{StageTimes, WrapperFacts};
use clap::{Parser, Subcommand};
use serde::Serialize;

use machine::{machine, today};
use measure::{Measurement, measure};

/// The models of the benchmark, in `examples/mnist`.
const MODELS: [&str; 2] = ["mlp-56", "mlp-128"];

/// Measures the stages of a proof.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    /// Where the report goes.
    #[arg(long, default_value = "bench/results/wrap.json")]
    out: PathBuf,
    /// Counted proofs of each model; five is the least that makes a median worth quoting.
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// Folder of the example models and digits.
    #[arg(long, default_value = "examples/mnist")]
    examples: PathBuf,
    #[command(subcommand)]
    part: Option<Part>,
}

#[derive(Subcommand)]
enum Part {
    /// Measures one model in this process and prints the measurement as JSON.
    #[command(hide = true)]
    Model {
        /// Name of the model, without extension.
        name: String,
    },
}

/// What `results/wrap.json` holds.
#[derive(Serialize)]
struct Report {
    r1cs_constraints: usize,
    groth16_public_inputs: usize,
    pk_bytes: u64,
    key_load_ms: u64,
    models: Vec<ModelReport>,
    machine: String,
    date: String,
}

/// Medians of one model.
#[derive(Serialize)]
struct ModelReport {
    model: String,
    parameters: usize,
    rows: u64,
    runs: usize,
    stages_ms: StageTimes,
    total_ms: u64,
    peak_rss_bytes: u64,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    ensure!(arguments.runs > 0, "--runs must be at least 1");
    match &arguments.part {
        Some(Part::Model { name }) => {
            let measurement = measure(&arguments.examples, name, arguments.runs)?;
            println!("{}", serde_json::to_string(&measurement)?);
            Ok(())
        }
        None => run(&arguments),
    }
}

fn run(arguments: &Arguments) -> Result<()> {
    let measurements: Vec<Measurement> = MODELS
        .iter()
        .map(|name| measure_apart(arguments, name))
        .collect::<Result<_>>()?;
    let facts: WrapperFacts = measurements[0].facts;
    let report = Report {
        r1cs_constraints: facts.r1cs_constraints,
        groth16_public_inputs: facts.groth16_public_inputs,
        pk_bytes: facts.pk_bytes,
        key_load_ms: median(measurements.iter().map(|m| m.key_load_ms)),
        models: measurements.iter().map(report_of).collect(),
        machine: machine(),
        date: today(),
    };
    write(&arguments.out, &report)?;
    println!("{}", serde_json::to_string_pretty(&report)?);
    Ok(())
}

/// Runs the measurement of one model in a process of its own.
fn measure_apart(arguments: &Arguments, name: &str) -> Result<Measurement> {
    let program = std::env::current_exe().context("cannot find this program")?;
    let child = Command::new(program)
        .args(["--runs", &arguments.runs.to_string()])
        .arg("--examples")
        .arg(&arguments.examples)
        .args(["model", name])
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start the measurement")?;
    let output = child.wait_with_output()?;
    ensure!(output.status.success(), "the measurement of {name} failed");
    serde_json::from_slice(&output.stdout).context("the measurement printed no result")
}

fn report_of(measurement: &Measurement) -> ModelReport {
    let stage = |of: fn(&StageTimes) -> u64| median(measurement.runs.iter().map(of));
    ModelReport {
        model: measurement.model.clone(),
        parameters: measurement.parameters,
        rows: measurement.rows,
        runs: measurement.runs.len(),
        stages_ms: StageTimes {
            witness: stage(|times| times.witness),
            prove: stage(|times| times.prove),
            shape: stage(|times| times.shape),
            outer: stage(|times| times.outer),
            groth16: stage(|times| times.groth16),
        },
        total_ms: stage(StageTimes::total),
        peak_rss_bytes: measurement.peak_rss_bytes,
    }
}

/// The middle value; the lower of two.
fn median(values: impl Iterator<Item = u64>) -> u64 {
    let mut values: Vec<u64> = values.collect();
    values.sort_unstable();
    values
        .get(values.len().saturating_sub(1) / 2)
        .copied()
        .unwrap_or_default()
}

fn write(path: &Path, report: &Report) -> Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut file =
        std::fs::File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
    serde_json::to_writer_pretty(&mut file, report)?;
    file.write_all(b"\n")?;
    eprintln!("report: {}", path.display());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn median_is_the_middle_value() {
        assert_eq!(median([5, 1, 9].into_iter()), 5);
        assert_eq!(median([4, 1, 9, 7].into_iter()), 4);
        assert_eq!(median(std::iter::empty()), 0);
    }
}
