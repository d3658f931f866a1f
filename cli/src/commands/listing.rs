//! A model's listing on chain: published, shown, repriced, retired.

use std::path::PathBuf;

use anyhow::bail;
use assay_chain::{Account, Chain, CircuitVariant, Model, ProverPolicy, Receipt, Registration};
use assay_client::{Listing, listings};
use assay_market::{Address, Amount, ModelId, Word};
use assay_prover::model_format::QuantizedModel;
use assay_prover::{Salt, commitment};
use clap::{ArgGroup, Args};
use serde_json::json;

use crate::args::Global;
use crate::files::{self, ModelFiles};
use crate::modes::{Mode, Modes};
use crate::output::Output;
use crate::session;
use crate::signed_card::{SignedCard, card_hash};
use crate::units::Units;

/// Flags of `assay model publish`.
#[derive(Debug, Args)]
pub struct Publish {
    /// The .assay file
    model: PathBuf,
    /// Where people find the card
    #[arg(long)]
    card_uri: String,
    /// What the provider gets for each fulfilled request, in whole tokens
    #[arg(long, default_value = "0")]
    fee: String,
    /// The one prover that may prove this model; everyone when not given
    #[arg(long, requires = "proving_price")]
    sole_prover: Option<Address>,
    /// What the sole prover asks, in whole tokens
    #[arg(long, requires = "sole_prover")]
    proving_price: Option<String>,
    /// The privacy modes to offer: public, private-input, private-output, private (both), or all; a list with
    /// commas. All that the card names when not given
    #[arg(long)]
    modes: Option<Modes>,
}

/// Flags of `assay model prices`. What is not given stays.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("new_prices").args(["fee", "proving_price"]).required(true).multiple(true)))]
pub struct Prices {
    /// The model's id
    id: ModelId,
    /// What the provider gets for each fulfilled request, in whole tokens
    #[arg(long)]
    fee: Option<String>,
    /// What the sole prover asks, in whole tokens
    #[arg(long)]
    proving_price: Option<String>,
}

/// Returns what to register for a model: commitment and circuits from its files, prices from the caller.
pub fn registration(
    files: &ModelFiles,
    card_uri: String,
    fee: Amount,
    policy: ProverPolicy,
) -> anyhow::Result<Registration> {
    let (model, card) = (files.read_model()?, files.read_card()?);
    let salt = files.read_salt_of(&card)?;
    if model.architecture() != card.architecture() {
        bail!(
            "{} is the card of another model",
            files.card_path().display()
        );
    }
    let private = !salt.is_zero();
    let circuits: Vec<CircuitVariant> = card
        .circuits
        .iter()
        .filter(|entry| entry.header.weights.is_private() == private)
        .map(|entry| CircuitVariant {
            kind: entry.header.kind,
            input_private: entry.header.input.is_private(),
            output_private: entry.header.output.is_private(),
            circuit: Word(entry.circuit.to_bytes32()),
        })
        .collect();
    if circuits.is_empty() {
        bail!(
            "the card names no circuit for {} weights",
            if private { "private" } else { "public" }
        );
    }
    Ok(Registration {
        commitment: commitment_word(&model, salt)?,
        weights_private: private,
        circuits,
        card_uri,
        card_hash: card_hash(&card),
        fee,
        policy,
    })
}

/// Keeps the circuits of some privacy modes; refuses a mode that has none.
fn keep_modes(registration: &mut Registration, modes: &Modes) -> anyhow::Result<()> {
    let circuits = &mut registration.circuits;
    for &mode in &modes.0 {
        if !circuits.iter().any(|variant| mode_of(variant) == mode) {
            bail!("the card names no circuit for mode {mode}: `assay model offer` adds it");
        }
    }
    circuits.retain(|variant| modes.0.contains(&mode_of(variant)));
    Ok(())
}

fn mode_of(variant: &CircuitVariant) -> Mode {
    Mode::new(variant.input_private, variant.output_private)
}

/// Returns the commitment to a model's data.
pub fn commitment_word(model: &QuantizedModel, salt: Salt) -> anyhow::Result<Word> {
    Ok(Word(
        commitment::model_commitment(model, salt)?.to_bytes32(),
    ))
}

/// Signs the card, registers the model, and tells the workers that hold its file to serve this listing.
pub async fn register(
    account: &Account,
    files: &ModelFiles,
    registration: &Registration,
) -> anyhow::Result<(ModelId, Receipt)> {
    let signed = SignedCard::sign(account, &files.read_card()?).await?;
    files::write(&files.signed_card_path(), &signed.to_json()?, false)?;
    let chain = account.chain();
    if let Some(first) = chain.first_listing(registration.commitment).await? {
        eprintln!(
            "warning: {first} had this commitment first: readers will show yours as a later listing"
        );
    }
    let (id, receipt) = account.register_model(registration).await?;
    let deployment = chain.deployment();
    let listing = Listing {
        chain_id: deployment.chain_id,
        registry: Address(deployment.model_registry.into_array()),
        model: id,
        provider: account.address(),
    };
    listings::add(&files.model, listing)?;
    Ok((id, receipt))
}

/// Returns the listing that had a model's commitment first, if it is another one.
pub async fn first_if_other(
    chain: &Chain,
    id: ModelId,
    model: &Model,
) -> anyhow::Result<Option<ModelId>> {
    let first = chain.first_listing(model.registration.commitment).await?;
    Ok(first.filter(|first| *first != id))
}

/// Registers a model.
pub async fn publish(global: &Global, output: Output, flags: &Publish) -> anyhow::Result<()> {
    let account = session::account(global).await?;
    let units = Units::of(account.chain()).await?;
    let policy = match (flags.sole_prover, &flags.proving_price) {
        (Some(prover), Some(price)) => ProverPolicy::Sole {
            prover,
            price: units.parse(price)?,
        },
        _ => ProverPolicy::Open,
    };
    let files = ModelFiles::beside(&flags.model);
    let mut registration = registration(
        &files,
        flags.card_uri.clone(),
        units.parse(&flags.fee)?,
        policy,
    )?;
    if let Some(modes) = &flags.modes {
        keep_modes(&mut registration, modes)?;
    }
    let (id, receipt) = register(&account, &files, &registration).await?;
    let circuits = registration.circuits.iter();
    let circuits: String = circuits
        .map(|variant| format!("\n  circuit     {} ({})", variant.circuit, mode_of(variant)))
        .collect();
    output.result(
        &json!({ "model": id, "commitment": registration.commitment,
                 "circuits": registration.circuits.iter().map(|variant| variant.circuit).collect::<Vec<_>>(),
                 "card_hash": registration.card_hash, "tx": receipt.hash, "gas": receipt.gas_used }),
        &format!(
            "registered {id}\n  commitment  {}{circuits}\n  signed card {}\n  served by   workers with {}",
            registration.commitment,
            files.signed_card_path().display(),
            listings::path_beside(&files.model).display()
        ),
    )
}

/// Shows a registered model.
pub async fn show(global: &Global, output: Output, id: ModelId) -> anyhow::Result<()> {
    let chain = session::connect(global).await?;
    let units = Units::of(&chain).await?;
    let model = chain.model(id).await?;
    let registration = &model.registration;
    let mut lines = format!(
        "{id}\n  provider    {}\n  weights     {}\n  commitment  {}\n  card        {}\n  fee         {}",
        model.provider,
        if registration.weights_private {
            "private"
        } else {
            "public"
        },
        registration.commitment,
        registration.card_uri,
        units.show(registration.fee),
    );
    let first = first_if_other(&chain, id, &model).await?;
    if let Some(first) = first {
        let provider = chain.model(first).await?.provider;
        lines += &format!("\n  LATER LISTING: {first} of {provider} had this commitment first");
    }
    let mut circuits = Vec::new();
    for variant in &registration.circuits {
        let attested = chain.is_attested(variant.circuit).await?;
        let word = if attested { "attested" } else { "NOT ATTESTED" };
        let mode = mode_of(variant);
        lines += &format!("\n  circuit     {} ({mode}, {word})", variant.circuit);
        circuits.push(
            json!({ "circuit": variant.circuit, "kind": variant.kind, "mode": mode.name(),
                    "attested": attested }),
        );
    }
    let policy = match registration.policy {
        ProverPolicy::Open => json!("open"),
        ProverPolicy::Sole { prover, price } => {
            lines += &format!("\n  prover      only {prover}, at {}", units.show(price));
            json!({ "sole_prover": prover, "proving_price": price })
        }
    };
    if model.deprecated {
        lines += "\n  deprecated: takes no new requests";
    }
    output.result(
        &json!({ "model": id, "provider": model.provider, "deprecated": model.deprecated,
                 "commitment": registration.commitment, "weights_private": registration.weights_private,
                 "card_uri": registration.card_uri, "card_hash": registration.card_hash,
                 "fee": registration.fee, "policy": policy, "circuits": circuits, "copy_of": first }),
        &lines,
    )
}

/// Changes what requests to come pay; those that were made keep what they saw.
pub async fn prices(global: &Global, output: Output, flags: &Prices) -> anyhow::Result<()> {
    let account = session::account(global).await?;
    let units = Units::of(account.chain()).await?;
    let registration = account.chain().model(flags.id).await?.registration;
    let fee = match &flags.fee {
        Some(fee) => units.parse(fee)?,
        None => registration.fee,
    };
    let proving_price = match (registration.policy, &flags.proving_price) {
        (ProverPolicy::Sole { .. }, Some(price)) => units.parse(price)?,
        (ProverPolicy::Sole { price, .. }, None) => price,
        (ProverPolicy::Open, None) => Amount::ZERO,
        (ProverPolicy::Open, Some(_)) => bail!(
            "model {} is open to every prover: bids are its proving price",
            flags.id
        ),
    };
    let receipt = account.set_prices(flags.id, fee, proving_price).await?;
    let mut lines = format!("{}\n  fee         {}", flags.id, units.show(fee));
    if proving_price != Amount::ZERO {
        lines += &format!("\n  proving     {}", units.show(proving_price));
    }
    output.result(
        &json!({ "model": flags.id, "fee": fee, "proving_price": proving_price,
                 "tx": receipt.hash, "gas": receipt.gas_used }),
        &lines,
    )
}

/// Retires a model: it takes no new requests.
pub async fn deprecate(global: &Global, output: Output, id: ModelId) -> anyhow::Result<()> {
    let account = session::account(global).await?;
    let receipt = account.deprecate_model(id).await?;
    output.result(
        &json!({ "model": id, "deprecated": true, "tx": receipt.hash, "gas": receipt.gas_used }),
        &format!("deprecated {id}: it takes no new requests"),
    )
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use crate::args::Cli;

    #[test]
    fn repricing_takes_one_price_or_both() {
        let id = format!("0x{}", "1".repeat(64));
        let parses = |flags: &[&str]| {
            let words = ["assay", "model", "prices", &id];
            Cli::try_parse_from(words.iter().chain(flags)).is_ok()
        };
        assert!(parses(&["--fee", "1"]));
        assert!(parses(&["--proving-price", "1"]));
        assert!(parses(&["--fee", "1", "--proving-price", "1"]));
        assert!(!parses(&[]));
    }
}
