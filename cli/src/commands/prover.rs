//! `assay prover` and `assay bid`: what a prover does by hand.

use std::path::{Path, PathBuf};

use anyhow::bail;
use assay_chain::Chain;
use assay_client::age_file::{load_identity, recipient};
use assay_client::{Listing, listings};
use assay_market::{Address, ModelId, RequestId};
use clap::{Args, Subcommand};
use serde_json::json;

use crate::args::Global;
use crate::commands::listing;
use crate::files::ModelFiles;
use crate::output::Output;
use crate::session;
use crate::units::Units;

/// A prover's record.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write this account's prover record
    Register {
        /// The age recipient (age1...) that files for this prover are encrypted to
        #[arg(long)]
        age_recipient: String,
        /// Where this prover serves blobs
        #[arg(long, default_value = "")]
        endpoint: String,
    },
    /// Show the age recipient that belongs to a key file, to register or to give to requesters
    Recipient {
        /// The owner-only key file: a worker's is age.key in its data folder
        identity: PathBuf,
    },
    /// Tell workers to serve a listing: checks it against a model file and notes it beside that file
    Serve {
        /// The model's id in the registry
        listing: ModelId,
        /// The .assay file, in the worker's folder of models
        #[arg(long)]
        model: PathBuf,
        /// Serve it although another listing had its commitment first
        #[arg(long)]
        later_listing: bool,
    },
    /// Tell workers not to serve a listing any more
    Unserve {
        /// The model's id in the registry
        listing: ModelId,
        /// The .assay file
        #[arg(long)]
        model: PathBuf,
    },
    /// Take this account's record back
    Remove,
    /// Show a prover's record
    Show {
        /// The prover
        prover: Address,
    },
}

/// Bid on a request by hand. A bid binds: whoever wins and does not prove in time loses the collateral.
#[derive(Debug, Args)]
pub struct Bid {
    /// The request
    request: RequestId,
    /// The price, in whole tokens
    price: String,
}

/// Runs `assay prover`.
pub async fn run(global: &Global, output: Output, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Register {
            age_recipient,
            endpoint,
        } => {
            recipient(&age_recipient)?;
            let account = session::account(global).await?;
            let receipt = account.register_prover(&age_recipient, &endpoint).await?;
            output.result(
                &json!({ "prover": account.address(), "tx": receipt.hash, "gas": receipt.gas_used }),
                &format!("registered {}", account.address()),
            )
        }
        Command::Recipient { identity } => {
            let recipient = load_identity(&identity)?.to_public().to_string();
            output.result(&json!({ "recipient": recipient }), &recipient)
        }
        Command::Serve {
            listing,
            model,
            later_listing,
        } => {
            let chain = session::connect(global).await?;
            let listed = serve(&chain, listing, &model, later_listing).await?;
            output.result(
                &json!({ "listing": listing, "provider": listed.provider, "model": model }),
                &format!(
                    "{} serves {listing} of {}",
                    model.display(),
                    listed.provider
                ),
            )
        }
        Command::Unserve { listing, model } => {
            listings::remove(&model, listing)?;
            output.result(
                &json!({ "listing": listing, "model": model }),
                &format!("{} does not serve {listing}", model.display()),
            )
        }
        Command::Remove => {
            let account = session::account(global).await?;
            let receipt = account.remove_prover().await?;
            output.result(
                &json!({ "prover": account.address(), "tx": receipt.hash, "gas": receipt.gas_used }),
                &format!("removed the record of {}", account.address()),
            )
        }
        Command::Show { prover } => {
            let chain = session::connect(global).await?;
            let Some(record) = chain.prover(prover).await? else {
                bail!("{prover} has no prover record");
            };
            output.result(
                &json!({ "prover": prover, "ageRecipient": record.age_recipient,
                         "blobEndpoint": record.blob_endpoint, "updatedAt": record.updated_at }),
                &format!(
                    "{prover}\n  age recipient  {}\n  endpoint       {}",
                    record.age_recipient, record.blob_endpoint
                ),
            )
        }
    }
}

/// Notes a listing beside a model file, if the file holds what the listing commits to.
pub async fn serve(
    chain: &Chain,
    id: ModelId,
    model: &Path,
    later_listing: bool,
) -> anyhow::Result<Listing> {
    let registered = chain.model(id).await?;
    let files = ModelFiles::beside(model);
    let held = listing::commitment_word(&files.read_model()?, files.read_salt()?)?;
    let committed = registered.registration.commitment;
    if held != committed {
        bail!("listing {id} commits to {committed}, the file to {held}");
    }
    if let Some(first) = listing::first_if_other(chain, id, &registered).await?
        && !later_listing
    {
        bail!(
            "listing {id} of {} is a later one of a commitment that {first} had first: a copy with prices and a policy of \
             its own, perhaps. --later-listing serves it all the same",
            registered.provider
        );
    }
    let deployment = chain.deployment();
    let served = Listing {
        chain_id: deployment.chain_id,
        registry: Address(deployment.model_registry.into_array()),
        model: id,
        provider: registered.provider,
    };
    listings::add(model, served)?;
    Ok(served)
}

/// Runs `assay bid`.
pub async fn bid(global: &Global, output: Output, bid: &Bid) -> anyhow::Result<()> {
    let account = session::account(global).await?;
    let units = Units::of(account.chain()).await?;
    let price = units.parse(&bid.price)?;
    let Some(view) = account.chain().request(bid.request).await? else {
        bail!("there is no request {}", bid.request);
    };
    let receipt = account.bid(bid.request, view.round, price).await?;
    output.result(
        &json!({ "request": bid.request, "round": view.round, "price": price,
                 "collateral": view.made.snapshot.collateral, "tx": receipt.hash, "gas": receipt.gas_used }),
        &format!(
            "bid {} in round {}; {} are locked as collateral",
            units.show(price),
            view.round,
            units.show(view.made.snapshot.collateral)
        ),
    )
}
