//! The command line: what every command shares, and the tree of commands.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::commands::{bench, circuit, demo, dev, model, proof, prover, request, setup, vault};

/// Sell and buy provable inferences: models, requests, proofs, balances.
#[derive(Debug, Parser)]
#[command(name = "assay", version, propagate_version = true)]
pub struct Cli {
    /// What all commands share.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Flags that every command takes.
#[derive(Clone, Debug, Args)]
pub struct Global {
    /// Print one JSON value instead of lines for people.
    #[arg(long, global = true)]
    pub json: bool,
    /// What to log on standard error: error, warn, info, debug, or a filter.
    #[arg(long, global = true, env = "ASSAY_LOG", default_value = "warn")]
    pub log: String,
    /// RPC of the chain.
    #[arg(
        long = "rpc-url",
        global = true,
        env = "ASSAY_RPC_URL",
        default_value = "http://127.0.0.1:8545"
    )]
    pub rpc: String,
    /// File with the contracts' addresses.
    #[arg(long, global = true, env = "ASSAY_DEPLOYMENT", value_name = "FILE")]
    pub deployment: Option<PathBuf>,
    /// Owner-only file with the signing key.
    #[arg(
        long = "key-file",
        global = true,
        env = "ASSAY_KEY_FILE",
        value_name = "FILE"
    )]
    pub key: Option<PathBuf>,
    /// Folder with the proving keys; made there when missing.
    #[arg(
        long = "cache-dir",
        global = true,
        env = "ASSAY_CACHE_DIR",
        value_name = "FOLDER"
    )]
    pub cache: Option<PathBuf>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Import, quantize, commit to, publish, reprice and retire models
    #[command(subcommand)]
    Model(model::Command),
    /// Rebuild circuits from model cards, compare, attest
    #[command(subcommand)]
    Circuit(circuit::Command),
    /// Buy an inference and watch it
    #[command(subcommand)]
    Request(request::Command),
    /// Bid on a request by hand
    Bid(prover::Bid),
    /// Verify and show proofs
    #[command(subcommand)]
    Proof(proof::Command),
    /// Deposit, withdraw and show balances
    #[command(subcommand)]
    Vault(vault::Command),
    /// Register as a prover
    #[command(subcommand)]
    Prover(prover::Command),
    /// Make keys: signing keys, proving keys, the Solidity verifier
    Setup(setup::Setup),
    /// Run a development market on this machine
    #[command(subcommand)]
    Dev(dev::Command),
    /// Sell real inferences on a local chain, from start to payout
    Demo(demo::Demo),
    /// Measure the proof stages
    Bench(bench::Bench),
}
