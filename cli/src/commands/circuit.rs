//! `assay circuit`: a circuit id is worth what somebody's rebuild is worth.

use std::path::PathBuf;

use anyhow::bail;
use assay_chain::{Chain, CircuitVariant, Registration};
use assay_market::{ModelId, Word};
use assay_prover::model_format::ModelCard;
use assay_statement::{Digest, Header, Kind, Privacy};
use clap::{Args, Subcommand};
use serde_json::json;

use crate::args::Global;
use crate::files;
use crate::output::Output;
use crate::progress::Bar;
use crate::rebuild;
use crate::session;
use crate::signed_card::{SignedCard, card_hash};

/// Rebuild and compare.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Rebuild the circuits of a card and compare them with the card, and with a registered model
    Check(Check),
    /// Check, then attest every circuit on chain; attesters only
    Attest(Check),
}

/// Flags of both.
#[derive(Debug, Args)]
pub struct Check {
    /// The model card
    card: PathBuf,
    /// The registered model to compare with
    #[arg(long)]
    model: Option<ModelId>,
}

/// Runs the command.
pub async fn run(global: &Global, output: Output, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Check(flags) => {
            let card = files::read_card(&flags.card)?;
            let chain = match flags.model {
                Some(_) => Some(session::connect(global).await?),
                None => None,
            };
            let circuits = check(&card, chain.as_ref().zip(flags.model)).await?;
            check_signature(&flags, chain.as_ref()).await?;
            let lines: Vec<String> = circuits
                .iter()
                .map(|circuit| format!("{circuit} is what the card describes"))
                .collect();
            output.result(
                &json!({ "circuits": circuits, "honest": true }),
                &lines.join("\n"),
            )
        }
        Command::Attest(flags) => {
            let card = files::read_card(&flags.card)?;
            let account = session::account(global).await?;
            let chain = account.chain();
            if !chain.is_attester(account.address()).await? {
                bail!("{} is not an attester", account.address());
            }
            let circuits = check(&card, flags.model.map(|model| (chain, model))).await?;
            check_signature(&flags, Some(chain)).await?;
            let card_hash = card_hash(&card);
            let mut attested = Vec::new();
            let mut lines = Vec::new();
            for circuit in circuits {
                let word = Word(circuit.to_bytes32());
                // Others' words do not stand for ours: who buys may trust one attester and not another.
                if chain.is_attested_by(word, account.address()).await? {
                    lines.push(format!("{circuit} was attested by this account before"));
                    continue;
                }
                let receipt = account.attest_circuit(word, card_hash).await?;
                lines.push(format!("attested {circuit}"));
                attested.push(
                    json!({ "circuit": circuit, "tx": receipt.hash, "gas": receipt.gas_used }),
                );
            }
            output.result(
                &json!({ "attested": attested, "card_hash": card_hash }),
                &lines.join("\n"),
            )
        }
    }
}

/// Refuses a signed card that is not the registered model's own. What is not signed says nothing about its provider.
async fn check_signature(flags: &Check, chain: Option<&Chain>) -> anyhow::Result<()> {
    let (Some(chain), Some(id)) = (chain, flags.model) else {
        return Ok(());
    };
    match SignedCard::read(&flags.card)? {
        Some(signed) => signed.check(chain, &chain.model(id).await?).await,
        None => {
            eprintln!(
                "note: the card names no provider; `assay model publish` writes a signed one"
            );
            Ok(())
        }
    }
}

/// Rebuilds all circuits of a card; refuses when card or registry name other ones.
pub async fn check(
    card: &ModelCard,
    registered: Option<(&Chain, ModelId)>,
) -> anyhow::Result<Vec<Digest>> {
    if card.circuits.is_empty() {
        bail!("the card names no circuits");
    }
    let claims = match registered {
        Some((chain, id)) => claims(card, &chain.model(id).await?.registration)?,
        None => Vec::new(),
    };
    let bar = Bar::begin(&format!("rebuilding the circuits of {}", card.name));
    let copy = card.clone();
    tokio::task::spawn_blocking(move || rebuild::check(&copy, &claims, "the registry")).await??;
    bar.end("done");
    Ok(card.circuits.iter().map(|entry| entry.circuit).collect())
}

/// Returns the circuits that the registry claims for a card; refuses a registration of another card.
fn claims(card: &ModelCard, registration: &Registration) -> anyhow::Result<Vec<(Header, Digest)>> {
    if card_hash(card) != registration.card_hash {
        bail!(
            "the model is registered with card {}, this one is {}",
            registration.card_hash,
            card_hash(card)
        );
    }
    let privacy = |private: bool| {
        if private {
            Privacy::Private
        } else {
            Privacy::Public
        }
    };
    let claim = |variant: &CircuitVariant| {
        if variant.kind != Kind::Inference {
            bail!("this version rebuilds circuits of inferences only");
        }
        let header = Header::inference(
            privacy(variant.input_private),
            privacy(registration.weights_private),
            privacy(variant.output_private),
        );
        Ok((header, Digest::from_bytes32(&variant.circuit.0)?))
    };
    registration.circuits.iter().map(claim).collect()
}
