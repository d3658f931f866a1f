//! `assay prover` and `assay bid`: what a prover does by hand.

use std::path::PathBuf;

use anyhow::bail;
use assay_client::age_file::{load_identity, recipient};
use assay_market::{Address, RequestId};
use clap::{Args, Subcommand};
use serde_json::json;

use crate::args::Global;
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
                 "collateral": view.collateral, "tx": receipt.hash, "gas": receipt.gas_used }),
        &format!(
            "bid {} in round {}; {} are locked as collateral",
            units.show(price),
            view.round,
            units.show(view.collateral)
        ),
    )
}
