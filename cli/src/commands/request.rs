//! `assay request`: buy an inference, watch it, take it back.

use std::path::PathBuf;

use anyhow::{Context, bail};
use assay_chain::{Account, Chain};
use assay_market::params::MAX_INLINE_BYTES;
use assay_market::{Amount, Kind, ModelId, Offer, RequestId, Seconds, Terms, Timestamp, Word};
use assay_prover::Salt;
use assay_statement::Lane;
use clap::{Args, Subcommand};
use serde_json::json;

use crate::args::Global;
use crate::commands::private::{self, OpenResult, Private, Sealed};
use crate::commands::{circuit, watch};
use crate::dataset::DataSet;
use crate::files;
use crate::input::Input;
use crate::output::Output;
use crate::session;
use crate::units::Units;

/// Buy and watch inferences.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Ask for an inference; price limit and fee are locked until it ends
    Infer(Box<Infer>),
    /// Decrypt the private output of a fulfilled request, and check that it is what was proved
    Open(OpenResult),
    /// Show a request
    Status {
        /// The request
        request: RequestId,
        /// Wait until it ends
        #[arg(long)]
        watch: bool,
    },
    /// Withdraw a request that nobody bid on
    Cancel {
        /// The request
        request: RequestId,
    },
    /// Declare the default of a prover that missed its deadline
    Default {
        /// The request
        request: RequestId,
    },
    /// End a request whose time is over, and free its money
    Close {
        /// The request
        request: RequestId,
    },
}

/// Flags of `assay request infer`.
#[derive(Debug, Args)]
pub struct Infer {
    /// The model to ask
    #[arg(long)]
    model: ModelId,
    /// A file with the input's lanes: one byte each, or two for a model of int16 lanes, which --card tells
    #[arg(long, conflicts_with = "samples", required_unless_present = "samples")]
    input: Option<PathBuf>,
    /// A file of samples, pictures or windows (.bin) or a table (.csv); --card maps them to lanes
    #[arg(long, alias = "digits", requires = "card")]
    samples: Option<PathBuf>,
    /// Which sample
    #[arg(long, default_value_t = 0)]
    index: usize,
    /// The model's card
    #[arg(long)]
    card: Option<PathBuf>,
    /// The most to pay for the proof, in whole tokens
    #[arg(long)]
    max_price: String,
    /// A bid at or under this is taken at once, in whole tokens; the sole prover's price needs it equal to the limit
    #[arg(long, default_value = "0")]
    instant_price: String,
    /// The most to pay the provider, in whole tokens
    #[arg(long, default_value = "0")]
    max_fee: String,
    /// Seconds of bidding
    #[arg(long, default_value_t = 10)]
    bidding_window: u64,
    /// Seconds of proving
    #[arg(long, default_value_t = 600)]
    proving_window: u64,
    /// Seconds after which the request ends, whatever its state
    #[arg(long, default_value_t = 3_600)]
    expires_in: u64,
    /// Wait until it ends
    #[arg(long)]
    watch: bool,
    /// What is private
    #[command(flatten)]
    private: Private,
}

/// What to ask for and what to pay, ready to be made into terms.
/// It has no `Debug`: its input may be private.
#[derive(Clone)]
pub struct Ask {
    /// The model.
    pub model: ModelId,
    /// The input.
    pub input: Input,
    /// Price limit.
    pub max_price: Amount,
    /// A bid at or under it is taken at once.
    pub instant_price: Amount,
    /// The most that the provider gets.
    pub max_fee: Amount,
    /// Length of a bidding window.
    pub bidding_window: Seconds,
    /// Time to prove.
    pub proving_window: Seconds,
    /// Lifetime from now.
    pub expires_in: Seconds,
}

/// Runs the command.
pub async fn run(global: &Global, output: Output, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Infer(flags) => infer(global, output, &flags).await,
        Command::Open(flags) => private::open(global, output, &flags).await,
        Command::Status { request, watch } => {
            let chain = session::connect(global).await?;
            let units = Units::of(&chain).await?;
            if watch {
                watch::until_end(&chain, &units, output, request).await?;
            }
            watch::show(&chain, &units, output, request).await
        }
        Command::Cancel { request } => {
            let account = session::account(global).await?;
            let receipt = account.cancel(request).await?;
            output.result(
                &json!({ "request": request, "tx": receipt.hash, "gas": receipt.gas_used }),
                &format!("cancelled {request}; its money is free again"),
            )
        }
        Command::Default { request } => {
            let account = session::account(global).await?;
            let receipt = account.declare_default(request).await?;
            output.result(
                &json!({ "request": request, "tx": receipt.hash, "gas": receipt.gas_used }),
                &format!("declared the default of {request}"),
            )
        }
        Command::Close { request } => {
            let account = session::account(global).await?;
            let receipt = account.close(request).await?;
            output.result(
                &json!({ "request": request, "tx": receipt.hash, "gas": receipt.gas_used }),
                &format!("closed {request}; its money is free again"),
            )
        }
    }
}

async fn infer(global: &Global, output: Output, flags: &Infer) -> anyhow::Result<()> {
    let account = session::account(global).await?;
    let units = Units::of(account.chain()).await?;
    check_circuit(account.chain(), flags).await?;
    let input = read_input(flags)?;
    let ask = Ask {
        model: flags.model,
        input,
        max_price: units.parse(&flags.max_price)?,
        instant_price: units.parse(&flags.instant_price)?,
        max_fee: units.parse(&flags.max_fee)?,
        bidding_window: Seconds(flags.bidding_window),
        proving_window: Seconds(flags.proving_window),
        expires_in: Seconds(flags.expires_in),
    };
    let sealed = flags.private.seal(&account, ask.model, &ask.input).await?;
    let (request, receipt) = match &sealed {
        Some(sealed) => make_private(&account, &ask, sealed).await?,
        None => make(&account, &ask).await?,
    };
    if flags.watch {
        if !output.is_json() {
            println!("requested {request}");
        }
        watch::until_end(account.chain(), &units, output, request).await?;
        return watch::show(account.chain(), &units, output, request).await;
    }
    output.result(
        &json!({ "request": request, "tx": receipt.hash, "gas": receipt.gas_used }),
        &format!("requested {request}"),
    )
}

/// Refuses to buy from a circuit that nobody vouches for, or that is not what the card describes: its proofs would
/// say nothing about the model.
async fn check_circuit(chain: &Chain, flags: &Infer) -> anyhow::Result<()> {
    let model = chain.model(flags.model).await?;
    let mode = flags.private.mode();
    let (input, output) = (mode.private_input, mode.private_output);
    let circuit = model.registration.circuit(Kind::Inference, input, output);
    let Some(circuit) = circuit else {
        bail!(
            "model {} offers no inference in mode {mode}: `assay model show` lists its modes",
            flags.model
        );
    };
    if !chain.is_attested(circuit).await? {
        bail!(
            "circuit {circuit} of model {} is attested by nobody: it could claim anything",
            flags.model
        );
    }
    if let Some(card) = &flags.card {
        circuit::check(&files::read_card(card)?, Some((chain, flags.model))).await?;
    }
    Ok(())
}

fn read_input(flags: &Infer) -> anyhow::Result<Input> {
    let card = flags.card.as_ref().map(|path| files::read_card(path));
    let card = card.transpose()?;
    if let Some(path) = &flags.input {
        let lane = card.map_or(Lane::Int8, |card| card.architecture.input.lane);
        let input = Input::from_bytes(lane, &files::read_large(path)?);
        return input.with_context(|| path.display().to_string());
    }
    let (Some(path), Some(card)) = (&flags.samples, card) else {
        bail!("no input: give --input, or --samples with --card");
    };
    let samples = DataSet::read(path, &card.architecture)?.records;
    let sample = samples.get(flags.index);
    let sample = sample.with_context(|| {
        let count = samples.len();
        format!(
            "there is no sample {}: expected less than {count}",
            flags.index
        )
    })?;
    Ok(Input::of_card(&card, &sample.input))
}

/// Makes a public request, whose input travels inline.
pub async fn make(
    account: &Account,
    ask: &Ask,
) -> anyhow::Result<(RequestId, assay_chain::Receipt)> {
    let chain = account.chain();
    let inline_input = ask.input.to_bytes()?;
    if inline_input.len() > MAX_INLINE_BYTES {
        bail!(
            "an inline input has at most {MAX_INLINE_BYTES} bytes, got {}",
            inline_input.len()
        );
    }
    let terms = Terms {
        input_digest: Word(ask.input.commitment(Salt::ZERO)?.to_bytes32()),
        inline_input,
        ..terms(chain, ask).await?
    };
    send(account, &terms).await
}

/// Makes a request whose input is in an envelope.
pub async fn make_private(
    account: &Account,
    ask: &Ask,
    sealed: &Sealed,
) -> anyhow::Result<(RequestId, assay_chain::Receipt)> {
    let terms = Terms {
        input_private: sealed.mode.private_input,
        output_private: sealed.mode.private_output,
        input_digest: sealed.input_digest,
        input_blob: sealed.blob,
        ..terms(account.chain(), ask).await?
    };
    send(account, &terms).await
}

/// Returns the terms of a public request, without its input.
async fn terms(chain: &Chain, ask: &Ask) -> anyhow::Result<Terms> {
    let now = Timestamp(chain.latest().await?.timestamp);
    Ok(Terms {
        model_id: ask.model,
        kind: Kind::Inference,
        input_private: false,
        output_private: false,
        input_digest: Word::ZERO,
        input_blob: Word::ZERO,
        inline_input: Vec::new(),
        verifier_id: chain.verifier_id().await?,
        offer: Offer {
            max_price: ask.max_price,
            instant_price: ask.instant_price,
            max_fee: ask.max_fee,
            bidding_window: ask.bidding_window,
            proving_window: ask.proving_window,
            expires_at: now.after(ask.expires_in),
        },
    })
}

async fn send(
    account: &Account,
    terms: &Terms,
) -> anyhow::Result<(RequestId, assay_chain::Receipt)> {
    // Equal requests of one requester differ by their nonce; a random one needs no memory.
    let nonce = u64::from_be_bytes(files::entropy()?);
    Ok(account.request(terms, nonce).await?)
}
