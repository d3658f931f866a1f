//! One sale: from the request to the payment, with everything that was seen on the way.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use assay_chain::alloy::primitives::TxHash;
use assay_chain::{EventBody, Outcome};
use assay_market::{Amount, Event, RequestId, Status};
use assay_prover::model_format::Output;
use assay_prover::{ProofFile, Seal, StageTimes, VerifyingKey};
use serde::Serialize;

use super::cast::{Cast, Offered};
use crate::commands::request::{self, Ask};
use crate::commands::watch;
use crate::files;
use crate::units::Units;

/// How often chain and logs are looked at.
const POLL: Duration = Duration::from_millis(500);

/// A sale ends in minutes; one that does not is stuck.
const PATIENCE: Duration = Duration::from_secs(1_200);

/// A bid, as the chain saw it.
#[derive(Clone, Debug, Serialize)]
pub struct SeenBid {
    /// Who bid.
    pub prover: String,
    /// How much.
    pub price: Amount,
    /// Whose bid it beat.
    pub outbid: Option<String>,
}

/// A sale that goes on.
#[derive(Debug)]
pub struct Sale {
    request: RequestId,
    model: &'static str,
    label: u8,
    /// What the evaluator says: what the proof has to say.
    expected: u64,
    bids: Vec<SeenBid>,
    fulfilled: Option<(String, u32, Amount, TxHash)>,
}

/// A sale that is over.
#[derive(Clone, Debug)]
pub struct Sold {
    /// The request.
    pub request: RequestId,
    /// The model.
    pub model: &'static str,
    /// All bids in order.
    pub bids: Vec<SeenBid>,
    /// Who won.
    pub winner: String,
    /// The winner's bid.
    pub price: Amount,
    /// What the winner was paid, by the chain's event.
    pub paid: Amount,
    /// What was proved.
    pub prediction: u64,
    /// What the evaluator says.
    pub expected: u64,
    /// What the picture shows.
    pub label: u8,
    /// The fulfilling transaction.
    pub tx: TxHash,
    /// Gas of the whole transaction.
    pub gas_fulfill: u64,
    /// Gas inside the verifier.
    pub gas_verify: u64,
    /// The worker's own measurements.
    pub stages: StageTimes,
    /// The worker's peak of memory until then.
    pub peak_rss_bytes: u64,
    /// Bytes of the proof.
    pub proof_bytes: usize,
}

impl Sale {
    /// Makes the request.
    pub async fn open(
        cast: &Cast,
        offered: &Offered,
        ask: Ask,
        label: u8,
        say: &dyn Fn(&str),
    ) -> anyhow::Result<Self> {
        let Output::Class(expected) = offered.model.evaluate(ask.input.lanes())? else {
            bail!("{} is no classifier", offered.name);
        };
        let (request, _) = request::make(&cast.requester.account, &ask).await?;
        say(&format!("{}: requested {}", short(request), offered.name));
        Ok(Self {
            request,
            model: offered.name,
            label,
            expected: expected.into(),
            bids: Vec::new(),
            fulfilled: None,
        })
    }

    fn record(&mut self, cast: &Cast, event: &Event, transaction: TxHash) {
        match event {
            Event::BidPlaced {
                prover,
                price,
                outbid,
                ..
            } => self.bids.push(SeenBid {
                prover: cast.name(*prover),
                price: *price,
                outbid: outbid.map(|outbid| cast.name(outbid)),
            }),
            Event::Fulfilled {
                prover,
                round,
                price,
                ..
            } => {
                self.fulfilled = Some((cast.name(*prover), *round, *price, transaction));
            }
            _ => {}
        }
    }

    /// Gathers what there is to know about a fulfilled request, and checks the proof once more, off chain.
    pub async fn close(self, cast: &Cast, vk: &VerifyingKey, out: &Path) -> anyhow::Result<Sold> {
        let chain = &cast.market.chain;
        let (winner, round, paid, tx) = self.fulfilled.context("the request was not fulfilled")?;
        let found = watch::fulfilled(chain, self.request).await?;
        let delivery = &found.delivery;
        let (_, lanes) = watch::delivered_output(delivery)
            .context("the delivered output does not open its commitment")?;
        let prediction = lanes
            .first()
            .copied()
            .context("the delivered output is empty")?;
        let prediction = u64::try_from(prediction).context("a class is not negative")?;
        if delivery.result[0] != prediction {
            bail!(
                "the result word is {}, the output says {prediction}",
                delivery.result[0]
            );
        }
        let statement = chain
            .statement(self.request, found.round, found.prover, delivery)
            .await?;
        let proof = ProofFile::new(&statement, &Seal::from_bytes(&delivery.seal)?, vk);
        proof
            .verify(vk)
            .context("the proof on chain does not verify off chain")?;
        let file = out.join("proofs").join(format!("{}.json", self.request));
        files::write(&file, proof.to_json().as_bytes(), false)?;

        let Outcome::Succeeded(receipt) = chain.outcome(tx).await? else {
            bail!("the fulfilling transaction {tx} has no receipt");
        };
        let work = cast
            .workers
            .iter()
            .find(|worker| worker.flags.owner.name == winner)
            .and_then(|worker| worker.receipt(self.request, round))
            .with_context(|| format!("{winner} has no record of its work"))?;
        let stages = work.pointer("/work/stages_ms").cloned().unwrap_or_default();
        let price = self
            .bids
            .last()
            .map(|bid| bid.price)
            .context("nobody bid")?;
        Ok(Sold {
            request: self.request,
            model: self.model,
            price,
            bids: self.bids,
            winner,
            paid,
            prediction,
            expected: self.expected,
            label: self.label,
            tx,
            gas_fulfill: receipt.gas_used,
            gas_verify: chain.verifier_gas(tx).await?,
            stages: serde_json::from_value(stages).context("the worker's stage times")?,
            peak_rss_bytes: work
                .pointer("/work/peak_rss_bytes")
                .and_then(|v| v.as_u64())
                .unwrap_or(0),
            proof_bytes: delivery.seal.len(),
        })
    }
}

/// Follows sales until all are fulfilled and settled, telling what happens on the chain and in the workers.
pub async fn watch(
    cast: &mut Cast,
    sales: &mut [Sale],
    units: &Units,
    say: &dyn Fn(&str),
) -> anyhow::Result<()> {
    let began = Instant::now();
    let mut next = cast.market.chain.deployment().block;
    loop {
        let head = cast.market.chain.latest().await?;
        for event in cast.market.chain.market_events(next, head.number).await? {
            let EventBody::Market {
                request,
                event: body,
            } = &event.body
            else {
                continue;
            };
            let transaction = TxHash::from(event.position.transaction.0);
            let Some(sale) = sales.iter_mut().find(|sale| sale.request == *request) else {
                continue;
            };
            sale.record(cast, body, transaction);
            let mut line = watch::tell(body, units);
            for actor in &cast.everyone {
                line = line.replace(&actor.address().to_string(), &actor.name);
            }
            say(&format!("{}: {line}", short(*request)));
        }
        next = head.number + 1;
        tell_stages(cast, say);
        cast.market.check_alive()?;
        for worker in &mut cast.workers {
            worker.check_alive()?;
        }
        if sales.iter().all(|sale| is_settled(cast, sale)) {
            return Ok(());
        }
        for sale in sales.iter() {
            let view = cast.market.chain.request(sale.request).await?;
            if view.is_some_and(|view| view.is_over() && view.status != Status::Fulfilled) {
                bail!("request {} ended without a proof", sale.request);
            }
        }
        if began.elapsed() > PATIENCE {
            bail!("the sale is stuck; see the logs of the workers");
        }
        tokio::time::sleep(POLL).await;
    }
}

fn is_settled(cast: &Cast, sale: &Sale) -> bool {
    let Some((winner, round, ..)) = &sale.fulfilled else {
        return false;
    };
    cast.workers
        .iter()
        .filter(|worker| worker.flags.owner.name == *winner)
        .any(|worker| worker.receipt(sale.request, *round).is_some())
}

/// Shows which stage each worker has begun, from its own log.
fn tell_stages(cast: &mut Cast, say: &dyn Fn(&str)) {
    for worker in &mut cast.workers {
        for line in worker.new_lines() {
            if let Some((_, rest)) = line.split_once(" stage=")
                && line.contains(" begins ")
                && !rest.starts_with("load")
            {
                let stage = rest.split_whitespace().next().unwrap_or_default();
                say(&format!("  {}: {stage}", worker.flags.owner.name));
            }
        }
    }
}

/// The first digits of an id, enough to tell a handful apart.
fn short(request: RequestId) -> String {
    request.to_string().chars().take(10).collect()
}
