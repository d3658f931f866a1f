//! Rebuilding circuits from cards: what makes a circuit's id mean something.

use anyhow::Context;
use assay_prover::ModelProver;
use assay_prover::model_format::ModelCard;
use assay_statement::{Digest, Header};
use thiserror::Error;

/// A circuit on a card or in the registry is not the one that the card describes.
#[derive(Debug, Error)]
#[error(
    "rogue circuit: the card's architecture gives {rebuilt}, {source_name} says {claimed}: it could claim anything"
)]
pub struct RogueCircuit {
    /// What a rebuild gives.
    pub rebuilt: Digest,
    /// What was claimed.
    pub claimed: Digest,
    /// Who claimed it: the card, or the registry.
    pub source_name: &'static str,
}

/// Returns the id of the circuit that a card describes. Depends on the card alone.
pub fn circuit(card: &ModelCard, header: Header) -> anyhow::Result<Digest> {
    let prover = ModelProver::new(card.architecture(), header).context("building the circuit")?;
    Ok(prover.circuit_id())
}

/// Rebuilds every circuit that a card names and compares.
pub fn check_card(card: &ModelCard) -> anyhow::Result<()> {
    for entry in &card.circuits {
        let rebuilt = circuit(card, entry.header)?;
        if rebuilt != entry.circuit {
            let claimed = entry.circuit;
            return Err(RogueCircuit {
                rebuilt,
                claimed,
                source_name: "the card",
            }
            .into());
        }
    }
    Ok(())
}
