//! `assay request`: buy an inference, watch it, take it back.

use std::path::PathBuf;

use anyhow::{Context, bail};
use assay_chain::{Account, Chain};
use assay_client::envelope::blob_digest;
use assay_market::params::MAX_INLINE_BYTES;
use assay_market::{Amount, Kind, ModelId, Offer, RequestId, Seconds, Terms, Word};
use assay_prover::Salt;
use assay_statement::Lane;
use clap::{Args, Subcommand};
use serde_json::json;

use crate::args::Global;
use crate::commands::private::{self, OpenResult, Private, Sealed};
use crate::commands::{circuit, listing, watch};
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
    /// The most that a bid may ask in the first bidding window, in whole tokens; the limit when not given
    #[arg(long)]
    first_ceiling: Option<String>,
    /// By how much each window without a bid raises what a bid may ask, in whole tokens; a fifth of the way to the
    /// limit when not given
    #[arg(long, requires = "first_ceiling")]
    ceiling_step: Option<String>,
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
    /// Ask for a listing although another one had its commitment first
    #[arg(long)]
    later_listing: bool,
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
    /// The most that a bid may ask in the first window; the limit when not given.
    pub first_ceiling: Option<Amount>,
    /// By how much each empty window raises it; a fifth of the way to the limit when not given.
    pub ceiling_step: Option<Amount>,
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

fn parse_some(units: &Units, text: Option<&str>) -> anyhow::Result<Option<Amount>> {
    text.map(|text| units.parse(text)).transpose()
}

async fn infer(global: &Global, output: Output, flags: &Infer) -> anyhow::Result<()> {
    let account = session::account(global).await?;
    let units = Units::of(account.chain()).await?;
    check_circuit(account.chain(), flags).await?;
    let input = read_input(flags)?;
    let ask = Ask {
        model: flags.model,
        input,
        first_ceiling: parse_some(&units, flags.first_ceiling.as_deref())?,
        ceiling_step: parse_some(&units, flags.ceiling_step.as_deref())?,
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
    if let Some(first) = listing::first_if_other(chain, flags.model, &model).await?
        && !flags.later_listing
    {
        bail!(
            "model {} is a later listing of a commitment that {first} had first: whoever holds the model may not serve \
             it. --later-listing asks for it all the same",
            flags.model
        );
    }
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
    let (terms, inline_input) = public_terms(account.chain(), ask).await?;
    send(account, &terms, &inline_input).await
}

/// Returns the terms of a public request, and the bytes of its input.
pub async fn public_terms(chain: &Chain, ask: &Ask) -> anyhow::Result<(Terms, Vec<u8>)> {
    let inline_input = ask.input.to_bytes()?;
    if inline_input.len() > MAX_INLINE_BYTES {
        bail!(
            "an inline input has at most {MAX_INLINE_BYTES} bytes, got {}",
            inline_input.len()
        );
    }
    let terms = Terms {
        input_digest: Word(ask.input.commitment(Salt::ZERO)?.to_bytes32()),
        input_hash: blob_digest(&inline_input),
        ..terms(chain, ask).await?
    };
    Ok((terms, inline_input))
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
        input_hash: sealed.blob,
        ..terms(account.chain(), ask).await?
    };
    send(account, &terms, &[]).await
}

/// Returns the terms of a public request, without its input.
async fn terms(chain: &Chain, ask: &Ask) -> anyhow::Result<Terms> {
    let now = chain.market_time().await?.now;
    let (first_ceiling, ceiling_step) = ceilings(ask)?;
    Ok(Terms {
        model_id: ask.model,
        kind: Kind::Inference,
        input_private: false,
        output_private: false,
        input_digest: Word::ZERO,
        input_hash: Word::ZERO,
        verifier_id: chain.verifier_id().await?,
        offer: Offer {
            first_ceiling,
            ceiling_step,
            max_price: ask.max_price,
            instant_price: ask.instant_price,
            max_fee: ask.max_fee,
            bidding_window: ask.bidding_window,
            proving_window: ask.proving_window,
            expires_at: now.after(ask.expires_in),
        },
        callback_gas: 0,
    })
}

/// Windows in which an unnamed step leads from the first ceiling to the limit.
const CEILING_STEPS: u128 = 5;

/// Returns the first ceiling and the step: none if the limit holds from the start.
fn ceilings(ask: &Ask) -> anyhow::Result<(Amount, Amount)> {
    let first = ask.first_ceiling.unwrap_or(ask.max_price);
    let Some(rest) = ask.max_price.checked_sub(first) else {
        bail!("the first ceiling is above the price limit");
    };
    if ask.instant_price > first {
        bail!("the instant price is above the first ceiling");
    }
    if rest == Amount::ZERO {
        return Ok((first, Amount::ZERO));
    }
    let fifth = Amount(rest.0.div_ceil(CEILING_STEPS));
    Ok((first, ask.ceiling_step.unwrap_or(fifth)))
}

async fn send(
    account: &Account,
    terms: &Terms,
    inline_input: &[u8],
) -> anyhow::Result<(RequestId, assay_chain::Receipt)> {
    // Equal requests of one requester differ by their nonce; a random one needs no memory.
    let nonce = u64::from_be_bytes(files::entropy()?);
    match account.request(terms, nonce, inline_input).await {
        Err(error) if error.refusal_name() == Some("AllowanceExceeded") => Err(error).context(
            "the market may not lock this much of your balance: `assay vault consent` lets it",
        ),
        made => Ok(made?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ceilings_lead_from_the_first_one_to_the_limit() {
        let ask = |first: Option<u128>, step: Option<u128>, instant: u128| Ask {
            model: ModelId([1; 32]),
            input: Input::from_bytes(Lane::Int8, &[1]).unwrap(),
            first_ceiling: first.map(Amount),
            ceiling_step: step.map(Amount),
            max_price: Amount(100),
            instant_price: Amount(instant),
            max_fee: Amount(0),
            bidding_window: Seconds(10),
            proving_window: Seconds(100),
            expires_in: Seconds(1_000),
        };
        let check = |ask: Ask, expected: Option<(u128, u128)>| {
            let expected = expected.map(|(first, step)| (Amount(first), Amount(step)));
            assert_eq!(ceilings(&ask).ok(), expected);
        };
        check(ask(None, None, 100), Some((100, 0)));
        check(ask(Some(100), None, 0), Some((100, 0)));
        check(ask(Some(49), None, 49), Some((49, 11)));
        check(ask(Some(50), Some(7), 0), Some((50, 7)));
        check(ask(Some(101), None, 0), None);
        check(ask(Some(50), None, 51), None);
    }
}
