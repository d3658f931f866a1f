//! Runs changed ONNX files through import, float reference, quantization and evaluation; changed cards and model files
//! through their readers and the evaluator.

use std::alloc::System;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context;
use assay_fuzz::case::Stage;
use assay_fuzz::format::Format;
use assay_fuzz::seeds::Seeds;
use assay_fuzz::supervise::{Run, supervise};
use assay_fuzz::worker::{self, Fault, Work};
use cap::Cap;
use clap::Parser;

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

/// Runs changed ONNX files through import, float reference, quantization and evaluation, changed cards and model files
/// through their readers and the evaluator; every case within limits of time and memory. Ends with 1 when one panics, dies, hangs or allocates too much.
#[derive(Debug, Parser)]
struct Flags {
    /// The run's number: equal numbers give equal cases
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Processes side by side
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=64))]
    jobs: u64,
    /// The first case
    #[arg(long, default_value_t = 0)]
    first: u64,
    /// Cases to run, at most
    #[arg(long, default_value_t = u64::MAX)]
    cases: u64,
    /// Seconds to run, at most
    #[arg(long)]
    seconds: Option<u64>,
    /// Folder for failing inputs
    #[arg(long, default_value = "target/fuzz")]
    findings: PathBuf,
    /// A file to run once, in this process
    #[arg(long)]
    file: Option<PathBuf>,
    /// A folder to write cards and model files of the ONNX seeds to, and nothing else
    #[arg(long)]
    derive: Option<PathBuf>,
    #[arg(long, hide = true)]
    worker: Option<u64>,
    #[arg(long, hide = true, default_value_t = 1)]
    step: u64,
    #[arg(long, hide = true, default_value_t = u64::MAX)]
    end: u64,
    #[arg(long, hide = true, requires = "fault_case")]
    fault: Option<Fault>,
    #[arg(long, hide = true)]
    fault_case: Option<u64>,
}

fn main() -> anyhow::Result<ExitCode> {
    let flags = Flags::parse();
    if let Some(path) = &flags.file {
        let format = Format::of(path).context("neither .onnx, .card.json nor .assay")?;
        let bytes = std::fs::read(path)?;
        let stage = assay_fuzz::case::run(format, &bytes, &mut assay_fuzz::input::rng(0, 0));
        println!(
            "{}, {} bytes at most",
            stage.name(),
            ALLOCATOR.max_allocated()
        );
        return Ok(ExitCode::SUCCESS);
    }
    let seeds = Seeds::load()?;
    if let Some(folder) = &flags.derive {
        return assay_fuzz::derive::derive(&seeds, folder).map(|()| ExitCode::SUCCESS);
    }
    let fault = flags.fault_case.zip(flags.fault);
    if let Some(first) = flags.worker {
        let work = Work {
            run: flags.seed,
            first,
            step: flags.step,
            end: flags.end,
            fault,
        };
        worker::run(&seeds, work, &ALLOCATOR)?;
        return Ok(ExitCode::SUCCESS);
    }
    let begun = Instant::now();
    let run = Run {
        seed: flags.seed,
        jobs: flags.jobs,
        first: flags.first,
        cases: flags.cases,
        until: flags
            .seconds
            .map(|seconds| begun + Duration::from_secs(seconds)),
        findings: flags.findings,
        fault,
    };
    let report = supervise(&run, &seeds)?;
    println!(
        "seed {}: {} cases from {} seeds in {:.0} s",
        run.seed,
        report.cases(),
        seeds.files().len(),
        begun.elapsed().as_secs_f64()
    );
    for (stage, count) in Stage::ALL.iter().zip(report.stages) {
        println!("  {:<10} {count}", stage.name());
    }
    println!(
        "  slowest    {:.2} s of the clock (case {})",
        report.slowest.1, report.slowest.0
    );
    println!(
        "  memory     {} bytes at most (case {})",
        report.largest.1, report.largest.0
    );
    println!("  findings   {}", report.findings.len());
    for (case, failure) in &report.findings {
        println!("case {case}: {failure}");
    }
    Ok(if report.findings.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
