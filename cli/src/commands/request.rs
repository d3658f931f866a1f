//! `assay request`: buy an inference, watch it, take it back.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail};
use assay_chain::{Account, Chain, EventBody, RequestView};
use assay_market::params::MAX_INLINE_BYTES;
use assay_market::{
    Amount, Delivery, Event, Kind, ModelId, Offer, RequestId, Seconds, Status, Terms, Timestamp,
    Word,
};
use assay_prover::Salt;
use assay_statement::{Digest, Header, Lane};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::args::Global;
use crate::commands::circuit;
use crate::commands::private::{self, OpenResult, Private, Sealed};
use crate::dataset::DataSet;
use crate::files;
use crate::input::Input;
use crate::opening::{Commitment, Opening, Side, Values};
use crate::output::Output;
use crate::session;
use crate::units::Units;

/// How often a watched request is looked at.
const WATCH_POLL: Duration = Duration::from_secs(1);

/// How often a node is asked for the event of a fulfilled request.
const EVENT_POLLS: usize = 10;

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
                watch_until_end(&chain, &units, output, request).await?;
            }
            show(&chain, &units, output, request).await
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
        watch_until_end(account.chain(), &units, output, request).await?;
        return show(account.chain(), &units, output, request).await;
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

/// Prints what happens to a request until it ends.
async fn watch_until_end(
    chain: &Chain,
    units: &Units,
    output: Output,
    request: RequestId,
) -> anyhow::Result<()> {
    let mut next = chain.deployment().block;
    loop {
        let head = chain.latest().await?;
        for event in chain.market_events(next, head.number).await? {
            let EventBody::Market { request: of, event } = event.body else {
                continue;
            };
            if of == request && !output.is_json() {
                println!("  {}", tell(&event, units));
            }
        }
        next = head.number + 1;
        let view = chain
            .request(request)
            .await?
            .context("there is no such request")?;
        if matches!(
            view.status,
            Status::Fulfilled | Status::Cancelled | Status::Expired
        ) {
            return Ok(());
        }
        tokio::time::sleep(WATCH_POLL).await;
    }
}

/// Says in one line what an event means.
pub fn tell(event: &Event, units: &Units) -> String {
    match event {
        Event::Requested { terms, .. } => {
            format!(
                "requested, for at most {}",
                units.show(terms.offer.max_price)
            )
        }
        Event::BidPlaced {
            prover,
            price,
            outbid,
            ..
        } => match outbid {
            Some(outbid) => format!("bid {} by {prover}, beats {outbid}", units.show(*price)),
            None => format!("bid {} by {prover}", units.show(*price)),
        },
        Event::Assigned { prover, price, .. } => {
            format!("assigned to {prover} for {}", units.show(*price))
        }
        Event::Fulfilled {
            prover,
            price,
            refund,
            ..
        } => format!(
            "fulfilled by {prover}: paid {}, {} are free again",
            units.show(*price),
            units.show(*refund)
        ),
        Event::Defaulted {
            prover,
            burned,
            reward,
            ..
        } => format!(
            "{prover} defaulted: {} burned, {} to whoever said so",
            units.show(*burned),
            units.show(*reward)
        ),
        Event::RoundOpened { round, .. } => format!("round {round} is open"),
        Event::Cancelled { refund } => format!("cancelled: {} are free again", units.show(*refund)),
        Event::Expired { refund } => format!("expired: {} are free again", units.show(*refund)),
    }
}

async fn show(
    chain: &Chain,
    units: &Units,
    output: Output,
    request: RequestId,
) -> anyhow::Result<()> {
    let Some(view) = chain.request(request).await? else {
        bail!("there is no request {request}");
    };
    let mut lines = format!(
        "{request}\n  status   {} (round {})\n  model    {}\n  limit    {}",
        view.status.as_str(),
        view.round,
        view.model_id,
        units.show(view.max_price)
    );
    if let Some(best) = view.best {
        lines += &format!(
            "\n  prover   {} for {}",
            best.prover,
            units.show(best.price)
        );
    }
    let mut value = describe(&view);
    if view.status == Status::Fulfilled {
        let (delivery, transaction) = delivery(chain, request).await?;
        let private = Header::from_word(view.header.into())?.output.is_private();
        let delivered = if private {
            None
        } else {
            delivered_output(&delivery)
        };
        lines += &format!("\n  result   {:?}\n  proof    {transaction}", view.result);
        match &delivered {
            Some((_, lanes)) => lines += &format!("\n  output   {lanes:?}"),
            None if private => lines += "\n  output   private: `assay request open` decrypts it",
            None => lines += "\n  output   NOT DELIVERED: the bytes do not open the commitment",
        }
        value["output_private"] = json!(private);
        value["output_blob"] = json!(delivery.output_blob);
        value["tx"] = json!(transaction);
        value["output"] = json!(delivered.map(|(_, lanes)| lanes));
    }
    output.result(&value, &lines)
}

fn describe(view: &RequestView) -> Value {
    json!({
        "status": view.status.as_str(), "round": view.round, "requester": view.requester,
        "model": view.model_id, "max_price": view.max_price, "fee": view.fee,
        "collateral": view.collateral, "expires_at": view.expires_at,
        "prover": view.best.map(|best| best.prover), "price": view.best.map(|best| best.price),
        "proving_deadline": view.proving_deadline, "result": view.result,
        "output_digest": view.output_digest,
    })
}

/// Finds what was delivered for a fulfilled request, and the transaction.
pub async fn delivery(chain: &Chain, request: RequestId) -> anyhow::Result<(Delivery, Word)> {
    let view = chain.request(request).await?;
    let view = view.with_context(|| format!("there is no request {request}"))?;
    if view.status != Status::Fulfilled {
        bail!("{request} is {}, not fulfilled", view.status.as_str());
    }
    for _ in 0..EVENT_POLLS {
        if let Some(found) = delivered(chain, request).await? {
            return Ok(found);
        }
        // A node may know a state before it finds the events that led there.
        tokio::time::sleep(WATCH_POLL).await;
    }
    bail!("{request} is fulfilled, but the node does not find the event that says so")
}

async fn delivered(chain: &Chain, request: RequestId) -> anyhow::Result<Option<(Delivery, Word)>> {
    let head = chain.latest().await?;
    for event in chain
        .market_events(chain.deployment().block, head.number)
        .await?
    {
        if let EventBody::Market {
            request: of,
            event: Event::Fulfilled { delivery, .. },
        } = event.body
            && of == request
        {
            return Ok(Some((*delivery, event.position.transaction)));
        }
    }
    Ok(None)
}

/// Returns the lanes of a public output if the delivered bytes open the proved commitment. The bytes are the
/// prover's claim, the commitment is proved.
pub fn delivered_output(delivery: &Delivery) -> Option<(Lane, Vec<i64>)> {
    let commitment = Commitment {
        side: Side::Output,
        digest: Digest::from_bytes32(&delivery.output_digest.0).ok()?,
        private: Some(false),
        context: None,
    };
    match commitment.open(&Values::Bytes(delivery.output.clone()), Salt::ZERO) {
        Ok(Opening::Lanes { lane, lanes }) => Some((lane, lanes)),
        _ => None,
    }
}
