//! The demo: three models, three workers, six inferences, every token accounted for.
//!
//! Nothing here is staged: the same programs, contracts and files as everywhere else, and the report holds what
//! was read from the chain and from the workers' own records.

mod cast;
mod report;
mod sale;

use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, bail};
use assay_market::{Amount, Seconds};
use assay_prover::{VerifyingKey, WrapperFacts, solidity_verifier};

use self::cast::{Cast, Choice};
use self::report::{Balances, Report};
use self::sale::{Sale, Sold};
use crate::args::Global;
use crate::commands::request::Ask;
use crate::commands::setup;
use crate::files;
use crate::input::Input;
use crate::output::Output;
use crate::root;
use crate::samples::Samples;
use crate::units::Units;

/// Gas that the verifier may use in a fulfillment, and the whole transaction.
const MAX_GAS_VERIFY: u64 = 250_000;
const MAX_GAS_FULFILL: u64 = 400_000;

/// The requester's price limit: well above what any worker asks, so that competition sets the price.
pub(crate) const MAX_PRICE: Amount = Amount(3_000_000);
/// What the provider gets for each inference.
pub(crate) const FEE: Amount = Amount(100_000);
/// What the sole prover of the private model asks.
pub(crate) const PRIVATE_PRICE: Amount = Amount(2_000_000);

const BIDDING_WINDOW: Seconds = Seconds(10);
const PROVING_WINDOW: Seconds = Seconds(900);
const LIFETIME: Seconds = Seconds(3_600);

/// Runs the demo and writes `OUT/report.json`.
pub async fn run(global: &Global, output: Output, out: &Path) -> anyhow::Result<()> {
    let began = Instant::now();
    let say = |text: &str| {
        // Standard output belongs to the report when it is JSON.
        if output.is_json() {
            eprintln!("[{:>4} s] {text}", began.elapsed().as_secs());
        } else {
            println!("[{:>4} s] {text}", began.elapsed().as_secs());
        }
    };
    let out = std::path::absolute(out)?;
    let run = out.join("run");
    if run.exists() {
        fs::remove_dir_all(&run).with_context(|| run.display().to_string())?;
    }
    fs::create_dir_all(&run)?;

    let (vk, facts, cache) = {
        let global = global.clone();
        tokio::task::spawn_blocking(move || keys(&global)).await??
    };
    let mut cast = Cast::assemble(&run, &cache, &say).await?;
    let units = Units::of(&cast.market.chain).await?;
    let before = Balances::read(&cast).await?;

    let digits = Samples::read(&root::find()?.join("examples/mnist/digits.bin"))?;
    let mut sold: Vec<Sold> = Vec::new();
    // Two at once for a public model: a worker that is busy with one leaves the other to its competitor. Then one
    // after the other for the private model, one more for the public one, and one for the convolutional network.
    for (index, batch) in [
        vec![(Choice::Perceptron, 3), (Choice::Perceptron, 141)],
        vec![(Choice::Private, 592)],
        vec![(Choice::Private, 653), (Choice::Perceptron, 589)],
        vec![(Choice::Convolutional, 589)],
    ]
    .into_iter()
    .enumerate()
    {
        say(&format!("sale {}: {} inferences", index + 1, batch.len()));
        let mut sales = Vec::new();
        for (choice, digit) in batch {
            let sample = digits.get(digit)?;
            let offered = cast.offered(choice);
            let input = Input::of_model(&offered.model, &sample.to_floats());
            let ask = Ask {
                model: offered.id,
                input,
                first_ceiling: None,
                ceiling_step: None,
                max_price: offered.sole_price.unwrap_or(MAX_PRICE),
                instant_price: offered.sole_price.unwrap_or(Amount::ZERO),
                max_fee: FEE,
                bidding_window: BIDDING_WINDOW,
                proving_window: PROVING_WINDOW,
                expires_in: LIFETIME,
            };
            sales.push(Sale::open(&cast, offered, ask, sample.label, &say).await?);
        }
        sale::watch(&mut cast, &mut sales, &units, &say).await?;
        for sale in sales {
            sold.push(sale.close(&cast, &vk, &out).await?);
        }
    }

    let after = Balances::read(&cast).await?;
    let conserved = cast.market.conserved(&cast.addresses()).await?;
    let report = Report::new(&sold, &facts, conserved);
    let json = serde_json::to_string_pretty(&report)?;
    files::write(
        &out.join("report.json"),
        format!("{json}\n").as_bytes(),
        false,
    )?;
    let text = report::tables(&sold, &before, &after, &report, &units);
    output.result(&report, &text)?;
    say(&format!("report in {}", out.join("report.json").display()));
    judge(&sold, &after, &report)
}

/// Loads the proving keys, or makes them, and sees that the committed verifier belongs to them.
fn keys(global: &Global) -> anyhow::Result<(VerifyingKey, WrapperFacts, std::path::PathBuf)> {
    let (wrapper, cache) = setup::load(global)?;
    let vk = wrapper.verifying_key().clone();
    let committed = root::find()?.join("contracts/src/generated/Groth16Verifier.sol");
    let source = fs::read_to_string(&committed).with_context(|| committed.display().to_string())?;
    if source != solidity_verifier(&vk) {
        bail!(
            "{} is for other keys: run `make bless`",
            committed.display()
        );
    }
    Ok((vk, wrapper.facts(&cache), cache))
}

/// Ends with an error when something that must hold does not.
fn judge(sold: &[Sold], after: &Balances, report: &Report) -> anyhow::Result<()> {
    for sale in sold {
        if sale.prediction != sale.expected {
            bail!(
                "request {}: proved {}, the model says {}",
                sale.request,
                sale.prediction,
                sale.expected
            );
        }
        if sale.gas_verify > MAX_GAS_VERIFY || sale.gas_fulfill > MAX_GAS_FULFILL {
            bail!(
                "request {}: {} gas to verify, {} to fulfill",
                sale.request,
                sale.gas_verify,
                sale.gas_fulfill
            );
        }
        if sale.paid != sale.price {
            bail!(
                "request {}: paid {}, the bid was {}",
                sale.request,
                sale.paid,
                sale.price
            );
        }
    }
    let mut winners: Vec<&str> = sold.iter().map(|sale| sale.winner.as_str()).collect();
    winners.sort_unstable();
    winners.dedup();
    if winners.len() < 2 {
        bail!("only {winners:?} won: there was no competition");
    }
    if !sold
        .iter()
        .any(|sale| sale.bids.iter().any(|bid| bid.outbid.is_some()))
    {
        bail!("nobody was outbid: there was no competition");
    }
    if let Some(stuck) = after.rows.iter().find(|row| row.locked != Amount::ZERO) {
        bail!("{} still has {} locked", stuck.name, stuck.locked);
    }
    if !report.conserved {
        bail!("tokens are missing or too many");
    }
    Ok(())
}
