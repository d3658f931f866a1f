//! What becomes of a request: its events until it ends, and what was delivered.

use std::time::Duration;

use anyhow::{Context, bail};
use assay_chain::{Chain, EventBody, Fulfilled, RequestView};
use assay_market::{Amount, Delivery, Event, RequestId, Status};
use assay_prover::Salt;
use assay_statement::{Digest, Header, Lane};
use serde_json::{Value, json};

use crate::opening::{Commitment, Opening, Side, Values};
use crate::output::Output;
use crate::units::Units;

/// How often a watched request is looked at.
const WATCH_POLL: Duration = Duration::from_secs(1);

/// How often a node is asked for the event of a fulfilled request.
const EVENT_POLLS: usize = 10;

/// Prints what happens to a request until it ends.
pub async fn until_end(
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
        if view.is_over() {
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
            late_fee,
            bounty,
            refund,
            ..
        } => {
            let mut line = format!("fulfilled by {prover}: paid {}", units.show(*price));
            if *late_fee != Amount::ZERO {
                line += &format!(" less {} for being late", units.show(*late_fee));
            }
            if *bounty != Amount::ZERO {
                line += &format!(" and a bounty of {}", units.show(*bounty));
            }
            line + &format!(", {} are free again", units.show(*refund))
        }
        Event::Defaulted {
            prover,
            burned,
            bounty,
            reward,
            ..
        } => format!(
            "{prover} defaulted: {} burned, {} wait for whoever fulfills, {} to whoever said so",
            units.show(*burned),
            units.show(*bounty),
            units.show(*reward)
        ),
        Event::RoundOpened { round, .. } => format!("round {round} is open"),
        Event::Cancelled { refund, .. } => {
            format!("cancelled: {} are free again", units.show(*refund))
        }
        Event::Expired { refund, .. } => format!("expired: {} are free again", units.show(*refund)),
        Event::Voided { refund, .. } => format!(
            "void, its verifier is broken: {} are free again",
            units.show(*refund)
        ),
        Event::CallbackMade {
            consumer,
            succeeded,
        } => {
            let how = if *succeeded { "took" } else { "did not take" };
            format!("{consumer} {how} the callback")
        }
    }
}

/// Prints a request and, if it is fulfilled, what was delivered.
pub async fn show(
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
        view.made.terms.model_id,
        units.show(view.made.terms.offer.max_price)
    );
    if view.paused {
        lines += "\n  paused   the market's clock stands still; every deadline waits with it";
    }
    if let (None, Some(highest)) = (view.best, view.highest_bid) {
        lines += &format!("\n  ceiling  {} now", units.show(highest));
    }
    if view.bounty != Amount::ZERO {
        lines += &format!(
            "\n  bounty   {} for whoever fulfills",
            units.show(view.bounty)
        );
    }
    if let Some(best) = view.best {
        lines += &format!(
            "\n  prover   {} for {}",
            best.prover,
            units.show(best.price)
        );
    }
    let mut value = describe(&view);
    if view.status == Status::Fulfilled {
        let Fulfilled {
            prover,
            price,
            delivery,
            transaction,
            ..
        } = fulfilled(chain, request).await?;
        lines += &format!("\n  prover   {prover} for {}", units.show(price));
        value["prover"] = json!(prover);
        value["price"] = json!(price);
        value["output_digest"] = json!(delivery.output_digest);
        let header = view.made.snapshot.header;
        let private = Header::from_word(header.into())?.output.is_private();
        let delivered = if private {
            None
        } else {
            delivered_output(&delivery)
        };
        lines += &format!(
            "\n  result   {:?}\n  proof    {transaction}",
            delivery.result
        );
        match &delivered {
            Some((_, lanes)) => lines += &format!("\n  output   {lanes:?}"),
            None if private => lines += "\n  output   private: `assay request open` decrypts it",
            None => lines += "\n  output   NOT DELIVERED: the bytes do not open the commitment",
        }
        value["output_private"] = json!(private);
        value["output_hash"] = json!(delivery.output_hash);
        value["tx"] = json!(transaction);
        value["output"] = json!(delivered.map(|(_, lanes)| lanes));
    }
    output.result(&value, &lines)
}

fn describe(view: &RequestView) -> Value {
    let (terms, snapshot) = (&view.made.terms, &view.made.snapshot);
    json!({
        "status": view.status.as_str(), "round": view.round, "requester": view.made.requester,
        "model": terms.model_id, "max_price": terms.offer.max_price, "fee": snapshot.fee,
        "collateral": snapshot.collateral, "expires_at": terms.offer.expires_at,
        "prover": view.best.map(|best| best.prover), "price": view.best.map(|best| best.price),
        "bidding_deadline": view.best.map(|best| best.bidding_deadline),
        "proving_deadline": view.proving_deadline, "highest_bid": view.highest_bid,
        "bounty": view.bounty, "paused": view.paused, "clock": view.clock, "result": view.result,
    })
}

/// Finds how a request was fulfilled.
pub async fn fulfilled(chain: &Chain, request: RequestId) -> anyhow::Result<Fulfilled> {
    let view = chain.request(request).await?;
    let view = view.with_context(|| format!("there is no request {request}"))?;
    if view.status != Status::Fulfilled {
        bail!("{request} is {}, not fulfilled", view.status.as_str());
    }
    for _ in 0..EVENT_POLLS {
        if let Some(found) = chain.fulfilled(request).await? {
            return Ok(found);
        }
        // A node may know a state before it finds the events that led there.
        tokio::time::sleep(WATCH_POLL).await;
    }
    bail!("{request} is fulfilled, but the node does not find the event that says so")
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
