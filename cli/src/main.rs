//! The `assay` command.

use std::process::ExitCode;
use std::time::Duration;

use assay_cli::args::Cli;
use assay_cli::run::run;
use assay_prover::KernelPath;
use clap::Parser;
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// What a proof at work gets when the command is interrupted.
const SHUTDOWN: Duration = Duration::from_millis(200);

/// What shells expect of a command that was interrupted.
const INTERRUPTED: u8 = 130;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let json = cli.global.json;
    match EnvFilter::try_new(&cli.global.log) {
        Ok(filter) => tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(std::io::stderr)
            .with_ansi(false)
            .init(),
        Err(error) => return refuse(&anyhow::Error::from(error).context("--log"), json),
    }
    // Named here, once: deep in a proof it would be a panic.
    if let Err(error) = KernelPath::from_environment() {
        return refuse(&error.into(), json);
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return refuse(&error.into(), json),
    };
    // Whatever the command started ends when its future is dropped.
    let result = runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            result = run(cli) => result.map(|()| ExitCode::SUCCESS),
            _ = tokio::signal::ctrl_c() => Ok(ExitCode::from(INTERRUPTED)),
            _ = terminate.recv() => Ok(ExitCode::from(INTERRUPTED)),
        }
    });
    runtime.shutdown_timeout(SHUTDOWN);
    result.unwrap_or_else(|error: anyhow::Error| refuse(&error, json))
}

/// Says what went wrong: in a sentence, or as JSON.
fn refuse(error: &anyhow::Error, as_json: bool) -> ExitCode {
    if as_json {
        eprintln!("{}", json!({ "error": format!("{error:#}") }));
    } else {
        eprintln!("assay: {error:#}");
    }
    ExitCode::FAILURE
}
