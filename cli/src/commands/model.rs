//! `assay model`: from an ONNX file to a model on chain.

use std::path::{Path, PathBuf};

use anyhow::Context;
use assay_market::ModelId;
use assay_prover::commitment;
use assay_prover::model_format::card::CardCircuit;
use assay_prover::model_format::{FloatModel, ModelCard};
use assay_statement::Privacy;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::args::Global;
use crate::commands::listing::{self, Prices, Publish};
use crate::commands::{inspect, quantize};
use crate::files::{self, ModelFiles};
use crate::modes::{self, Mode, Modes};
use crate::output::Output;
use crate::progress::Bar;
use crate::rebuild;

pub use crate::commands::listing::registration;
pub use crate::commands::quantize::{Quantize, quantize_files};

/// Models, from ONNX to the chain.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Read an ONNX file and say what it is, or why it cannot be proved
    Import {
        /// The ONNX file
        onnx: PathBuf,
    },
    /// Turn a float model into integers, with its card and circuit
    Quantize(Quantize),
    /// Name the circuits of more privacy modes on a model's card, before it is published
    Offer(Offer),
    /// Show what a model file holds and what its proofs cost on this machine
    Inspect {
        /// The .assay file
        model: PathBuf,
    },
    /// Show the commitment to a model's weights
    Commit {
        /// The .assay file; NAME.salt beside it makes it private
        model: PathBuf,
    },
    /// Register a model on chain
    Publish(Publish),
    /// Show a registered model
    Show {
        /// Its id
        id: ModelId,
    },
    /// Change the prices of a model of this account, for requests to come
    Prices(Prices),
    /// Take no new requests for a model of this account; those that were made go on
    Deprecate {
        /// Its id
        id: ModelId,
    },
}

/// Flags of `assay model offer`.
#[derive(Clone, Debug, Args)]
pub struct Offer {
    /// The .assay file; its card is beside it
    model: PathBuf,
    /// The privacy modes to name circuits for: public, private-input, private-output, private (both), or all; a list
    /// with commas
    #[arg(long, default_value = "all")]
    modes: Modes,
}

/// Runs the command.
pub async fn run(global: &Global, output: Output, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Import { onnx } => import(output, &onnx),
        Command::Quantize(flags) => {
            tokio::task::spawn_blocking(move || quantize::run(output, &flags)).await?
        }
        Command::Offer(flags) => {
            let files = ModelFiles::beside(&flags.model);
            let copy = files.clone();
            let card = tokio::task::spawn_blocking(move || offer(&copy, &flags.modes)).await??;
            output.result(
                &json!({ "card": files.card_path(), "circuits": circuits(&card) }),
                &format!("{}{}", files.card_path().display(), circuit_lines(&card)),
            )
        }
        Command::Inspect { model } => {
            let files = ModelFiles::beside(&model);
            tokio::task::spawn_blocking(move || inspect::run(output, &files)).await?
        }
        Command::Commit { model } => {
            let files = ModelFiles::beside(&model);
            let salt = files.read_salt()?;
            let commitment = commitment::model_commitment(&files.read_model()?, salt)?;
            let private = !salt.is_zero();
            let how = if private {
                "salted: the weights stay private"
            } else {
                "no salt: the weights are public"
            };
            output.result(
                &json!({ "commitment": commitment, "private": private }),
                &format!("{commitment}\n  {how}"),
            )
        }
        Command::Publish(flags) => listing::publish(global, output, &flags).await,
        Command::Show { id } => listing::show(global, output, id).await,
        Command::Prices(flags) => listing::prices(global, output, &flags).await,
        Command::Deprecate { id } => listing::deprecate(global, output, id).await,
    }
}

/// Shows the graph of an ONNX file.
fn import(output: Output, onnx: &Path) -> anyhow::Result<()> {
    let bytes = files::read_large(onnx)?;
    let model = FloatModel::load(&bytes).with_context(|| onnx.display().to_string())?;
    let graph = model.graph();
    let nodes: Vec<_> = graph
        .nodes
        .iter()
        .map(|node| json!({ "name": node.name, "op": node.op.name(), "shape": node.shape }))
        .collect();
    let mut lines = format!("input {:?}", graph.input_shape);
    for node in &graph.nodes {
        lines += &format!("\n  {:<10} {:?}", node.op.name(), node.shape);
    }
    output.result(
        &json!({ "input_shape": graph.input_shape, "nodes": nodes }),
        &lines,
    )
}

/// Names the circuits of privacy modes on a model's card. A registry knows a card by its hash, so a model that is
/// published already stays what it is.
fn offer(files: &ModelFiles, modes: &Modes) -> anyhow::Result<ModelCard> {
    let mut card = files.read_card()?;
    let weights = modes::privacy(!files.read_salt_of(&card)?.is_zero());
    let bar = Bar::begin(&format!("offering {}", card.name));
    name_circuits(&mut card, weights, modes, &bar)?;
    files.write_card(&card)?;
    bar.end("done");
    Ok(card)
}

/// Builds the circuits of privacy modes and names them on a card.
pub fn name_circuits(
    card: &mut ModelCard,
    weights: Privacy,
    modes: &Modes,
    bar: &Bar,
) -> anyhow::Result<()> {
    for mode in &modes.0 {
        bar.say(&format!("building the circuit ({mode})"));
        let header = mode.header(weights);
        let circuit = rebuild::circuit(card, header)?;
        card.set_circuit(header, circuit);
    }
    Ok(())
}

/// A card's circuits with their privacy modes.
fn circuits(card: &ModelCard) -> Vec<Value> {
    let circuit = |entry: &CardCircuit| {
        let weights = entry.header.weights;
        json!({ "mode": Mode::from(entry.header).name(), "weights": weights, "circuit": entry.circuit })
    };
    card.circuits.iter().map(circuit).collect()
}

/// Says which circuits a card names.
pub fn circuit_lines(card: &ModelCard) -> String {
    let line = |entry: &CardCircuit| {
        let mode = Mode::from(entry.header);
        format!("\n  circuit  {} ({mode})", entry.circuit)
    };
    card.circuits.iter().map(line).collect()
}
