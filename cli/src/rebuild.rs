//! Rebuilding circuits from cards: what makes a circuit's id mean something.

use anyhow::Context;
use assay_prover::Rebuild;
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
    let mut rebuild = Rebuild::new(card.architecture());
    rebuild.circuit(header).context("building the circuit")
}

/// Rebuilds every circuit that a card names, and then those that `source_name` claims for it, and compares.
pub fn check(
    card: &ModelCard,
    claims: &[(Header, Digest)],
    source_name: &'static str,
) -> anyhow::Result<()> {
    let of_card = card.circuits.iter();
    let of_card = of_card.map(|entry| (entry.header, entry.circuit, "the card"));
    let claims = claims
        .iter()
        .map(|&(header, circuit)| (header, circuit, source_name));
    let mut rebuild = Rebuild::new(card.architecture());
    for (header, claimed, source_name) in of_card.chain(claims) {
        let rebuilt = rebuild.circuit(header).context("building the circuit")?;
        if rebuilt != claimed {
            return Err(RogueCircuit {
                rebuilt,
                claimed,
                source_name,
            }
            .into());
        }
    }
    Ok(())
}
