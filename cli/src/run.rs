//! Runs a parsed command line.

use tokio::task::spawn_blocking;

use crate::args::{Cli, Command};
use crate::commands::{bench, circuit, demo, dev, model, proof, prover, request, setup, vault};
use crate::output::Output;

/// Runs the command to its end.
pub async fn run(cli: Cli) -> anyhow::Result<()> {
    let Cli { global, command } = cli;
    let output = Output::new(global.json);
    match command {
        Command::Model(command) => model::run(&global, output, command).await,
        Command::Circuit(command) => circuit::run(&global, output, command).await,
        Command::Request(command) => request::run(&global, output, command).await,
        Command::Bid(flags) => prover::bid(&global, output, &flags).await,
        Command::Proof(command) => proof::run(&global, output, command).await,
        Command::Vault(command) => vault::run(&global, output, command).await,
        Command::Prover(command) => prover::run(&global, output, command).await,
        // Proving blocks its thread; the command must still hear Ctrl-C.
        Command::Setup(flags) => {
            spawn_blocking(move || setup::run(&global, output, &flags)).await?
        }
        Command::Dev(command) => dev::run(&global, output, command).await,
        Command::Demo(flags) => demo::run(&global, output, &flags).await,
        Command::Bench(flags) => {
            spawn_blocking(move || bench::run(&global, output, &flags)).await?
        }
    }
}
