//! The `assay-prover-worker` program.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use assay_prover::KernelPath;
use assay_prover_worker::{Config, start};
use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tracing::{error, info};
use tracing_subscriber::EnvFilter;

/// A running proof cannot be interrupted, and need not be: its row says where to go on.
const SHUTDOWN: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    let config = Config::parse();
    if let Err(error) = init_log(&config) {
        eprintln!("assay-prover-worker: {error:#}");
        return ExitCode::FAILURE;
    }
    // Named here, once: deep in a proof it would be a panic.
    if let Err(error) = KernelPath::from_environment() {
        error!("{error}");
        return ExitCode::FAILURE;
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            error!(%error, "cannot start");
            return ExitCode::FAILURE;
        }
    };
    let result = runtime.block_on(run(config));
    runtime.shutdown_timeout(SHUTDOWN);
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(config: Config) -> anyhow::Result<()> {
    let (stop, stopped) = watch::channel(false);
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for SIGINT")?;
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    let poll = config.poll();
    let node = tokio::select! {
        node = start(&config) => node?,
        _ = interrupt.recv() => return Ok(()),
        _ = terminate.recv() => return Ok(()),
    };
    tokio::select! {
        () = node.run(poll, stopped) => {}
        _ = interrupt.recv() => info!("stopping: interrupted"),
        _ = terminate.recv() => info!("stopping: terminated"),
    }
    // Nobody listens when the loop was dropped by the select above.
    let _ = stop.send(true);
    Ok(())
}

fn init_log(config: &Config) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&config.log).context("--log")?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    if config.json {
        builder.json().init()
    } else {
        builder.with_ansi(false).init()
    }
    Ok(())
}
