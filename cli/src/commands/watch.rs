//! What becomes of a request: its events until it ends, and what was delivered.

use std::time::Duration;

use anyhow::{Context, bail};
use assay_chain::{Chain, EventBody, RequestView};
use assay_market::{Delivery, Event, RequestId, Status, Word};
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
