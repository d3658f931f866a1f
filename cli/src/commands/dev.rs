//! `assay dev`: a market on this machine, left running.

use std::path::PathBuf;

use assay_chain::ProverPolicy;
use assay_market::Amount;
use clap::{Args, Subcommand};
use serde_json::json;

use crate::args::Global;
use crate::commands::model::{Quantize, quantize_files};
use crate::commands::setup;
use crate::files::ModelFiles;
use crate::output::Output;
use crate::root;
use crate::stack::{Market, MarketFlags, Worker, WorkerFlags};

/// What each participant starts with.
const FUNDS: Amount = Amount(1_000_000_000);
/// What the provider of the example model gets.
const FEE: Amount = Amount(100_000);
/// Costs of the two workers.
const COSTS: [(&str, Amount); 2] = [
    ("worker-frugal", Amount(6_000)),
    ("worker-lavish", Amount(10_000)),
];

/// A development market.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start chain, contracts, API, a public example model and two workers; stop all with Ctrl-C
    Up(Up),
}

/// Flags of `assay dev up`.
#[derive(Debug, Args)]
pub struct Up {
    /// Folder for everything that the market writes; emptied first
    #[arg(long, default_value = "target/dev")]
    folder: PathBuf,
    /// Port of the chain
    #[arg(long, default_value_t = 8545)]
    chain_port: u16,
    /// Port of the API
    #[arg(long, default_value_t = 8080)]
    api_port: u16,
    /// Start no workers
    #[arg(long)]
    no_workers: bool,
}

/// Runs the command. It ends when it is interrupted, and everything it started with it.
pub async fn run(global: &Global, output: Output, command: Command) -> anyhow::Result<()> {
    let Command::Up(flags) = command;
    let folder = std::path::absolute(&flags.folder)?;
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    let cache = {
        let global = global.clone();
        tokio::task::spawn_blocking(move || setup::load(&global).map(|(_, cache)| cache)).await??
    };
    let say = |text: &str| eprintln!("{text}");
    let market_flags = MarketFlags {
        folder: folder.clone(),
        chain_port: Some(flags.chain_port),
        api_port: Some(flags.api_port),
        with_api: true,
    };
    let mut market = Market::start(&market_flags, &say).await?;
    let requester = market.actor("requester", FUNDS).await?;
    let provider = market.actor("provider", Amount::ZERO).await?;

    say("quantizing and publishing the example model");
    let files = {
        let out = folder.join("models/mlp-56.assay");
        tokio::task::spawn_blocking(move || example(out)).await??
    };
    let model = market
        .publish(&provider, &files, FEE, ProverPolicy::Open)
        .await?;
    let mut workers = Vec::new();
    for (name, cost_per_kilorow) in COSTS.into_iter().filter(|_| !flags.no_workers) {
        let owner = market.actor(name, FUNDS).await?;
        let worker = WorkerFlags {
            data: folder.join("workers").join(name),
            owner,
            rpc: market.anvil.url().to_owned(),
            deployment: market.deployment_file(),
            models: folder.join("models"),
            cache: cache.clone(),
            api: market.api.as_ref().map(|api| api.url("")),
            cost_per_kilorow,
            first_bid_delay_secs: 0,
            max_concurrent: 1,
            kernels: None,
        };
        workers.push(Worker::start(worker, &market.logs())?);
    }
    for worker in &mut workers {
        say(&format!("waiting for {}", worker.flags.owner.name));
        worker.ready().await?;
    }
    let api = market
        .api
        .as_ref()
        .map(|api| api.url(""))
        .unwrap_or_default();
    let deployment = market.deployment_file();
    output.result(
        &json!({ "rpc": market.anvil.url(), "api": api, "deployment": deployment, "model": model,
                 "card": files.card_path(), "requester": requester.address(),
                 "requester_key_file": requester.key, "logs": market.logs() }),
        &format!(
            "The market is open. In another terminal:\n\n  export ASSAY_RPC_URL={}\n  export ASSAY_DEPLOYMENT={}\n  export ASSAY_KEY_FILE={}\n  assay request infer --model {model} --samples examples/mnist/digits.bin --index 7 --card {} --max-price 3 --max-fee 1 --watch\n\n  API   {api}\n  logs  {}\n\nCtrl-C stops everything.",
            market.anvil.url(), deployment.display(), requester.key.display(),
            files.card_path().display(), market.logs().display()
        ),
    )?;
    loop {
        tokio::time::sleep(std::time::Duration::from_secs(2)).await;
        market.check_alive()?;
        for worker in &mut workers {
            worker.check_alive()?;
        }
    }
}

fn example(out: PathBuf) -> anyhow::Result<ModelFiles> {
    let examples = root::find()?.join("examples/mnist");
    let new = Quantize::new(
        examples.join("mlp-56.onnx"),
        examples.join("calibration.bin"),
        out,
        "mlp-56",
    );
    let flags = Quantize {
        measure: Some(examples.join("digits.bin")),
        description: "Reads handwritten digits; trained on MNIST, see examples/mnist.".into(),
        license: "MIT OR Apache-2.0".into(),
        ..new
    };
    quantize_files(&flags)?;
    Ok(ModelFiles::beside(&flags.out))
}
