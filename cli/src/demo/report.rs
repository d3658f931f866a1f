//! What the demo leaves behind: a table for people, the same as JSON.

use assay_market::Amount;
use assay_prover::{StageTimes, WrapperFacts};
use serde::Serialize;

use super::cast::Cast;
use super::sale::{SeenBid, Sold};
use crate::output::table;
use crate::units::Units;

/// `report.json`.
#[derive(Debug, Serialize)]
pub struct Report {
    requests: Vec<Line>,
    r1cs_constraints: usize,
    groth16_public_inputs: usize,
    proof_bytes: usize,
    pk_bytes: u64,
    peak_rss_bytes: u64,
    /// Whether every token is accounted for.
    pub conserved: bool,
}

#[derive(Debug, Serialize)]
struct Line {
    model: &'static str,
    bids: Vec<SeenBid>,
    winner: String,
    price: Amount,
    prediction: u64,
    label: u8,
    tx: String,
    gas_fulfill: u64,
    gas_verify: u64,
    stages_ms: StageTimes,
}

impl Report {
    /// Puts the report together.
    pub fn new(sold: &[Sold], facts: &WrapperFacts, conserved: bool) -> Self {
        let line = |sale: &Sold| Line {
            model: sale.model,
            bids: sale.bids.clone(),
            winner: sale.winner.clone(),
            price: sale.price,
            prediction: sale.prediction,
            label: sale.label,
            tx: sale.tx.to_string(),
            gas_fulfill: sale.gas_fulfill,
            gas_verify: sale.gas_verify,
            stages_ms: sale.stages,
        };
        Self {
            requests: sold.iter().map(line).collect(),
            r1cs_constraints: facts.r1cs_constraints,
            groth16_public_inputs: facts.groth16_public_inputs,
            proof_bytes: sold.iter().map(|sale| sale.proof_bytes).max().unwrap_or(0),
            pk_bytes: facts.pk_bytes,
            peak_rss_bytes: sold
                .iter()
                .map(|sale| sale.peak_rss_bytes)
                .max()
                .unwrap_or(0),
            conserved,
        }
    }
}

/// Everybody's balance at one moment.
#[derive(Debug)]
pub struct Balances {
    /// One row for each.
    pub rows: Vec<Balance>,
}

/// One balance.
#[derive(Debug)]
pub struct Balance {
    /// Whose.
    pub name: String,
    /// What is free.
    pub free: Amount,
    /// What is locked.
    pub locked: Amount,
}

impl Balances {
    /// Reads everybody's balance, the sink's last.
    pub async fn read(cast: &Cast) -> anyhow::Result<Self> {
        let chain = &cast.market.chain;
        let mut accounts: Vec<_> = cast
            .everyone
            .iter()
            .map(|actor| (actor.name.clone(), actor.address()))
            .collect();
        accounts.push(("burned".into(), chain.sink().await?));
        let mut rows = Vec::new();
        for (name, address) in accounts {
            let balance = chain.balance(address).await?;
            rows.push(Balance {
                name,
                free: balance.free,
                locked: balance.locked,
            });
        }
        Ok(Self { rows })
    }
}

/// Returns the tables at the end of the demo.
pub fn tables(
    sold: &[Sold],
    before: &Balances,
    after: &Balances,
    report: &Report,
    units: &Units,
) -> String {
    let cells = |cells: &[&str]| {
        cells
            .iter()
            .map(|&cell| cell.to_owned())
            .collect::<Vec<_>>()
    };
    let mut sales = vec![cells(&[
        "request",
        "model",
        "bids",
        "winner",
        "paid",
        "proved",
        "label",
        "gas",
        "of it verify",
    ])];
    let mut times = vec![cells(&[
        "request",
        "witness s",
        "prove s",
        "shape s",
        "outer s",
        "groth16 s",
        "total s",
    ])];
    for sale in sold {
        let request: String = sale.request.to_string().chars().take(10).collect();
        let bids: Vec<String> = sale
            .bids
            .iter()
            .map(|bid| {
                format!(
                    "{} {}",
                    bid.prover.trim_start_matches("worker-"),
                    units.plain(bid.price)
                )
            })
            .collect();
        sales.push(vec![
            request.clone(),
            sale.model.to_owned(),
            bids.join(" → "),
            sale.winner.clone(),
            units.plain(sale.paid),
            sale.prediction.to_string(),
            sale.label.to_string(),
            sale.gas_fulfill.to_string(),
            sale.gas_verify.to_string(),
        ]);
        let stages = sale.stages;
        let mut row = vec![request];
        row.extend(
            [
                stages.witness,
                stages.prove,
                stages.shape,
                stages.outer,
                stages.groth16,
                stages.total(),
            ]
            .map(|milliseconds| format!("{:.1}", milliseconds as f64 / 1_000.0)),
        );
        times.push(row);
    }
    let mut balances = vec![cells(&["balance", "before", "after", "locked"])];
    for (before, after) in before.rows.iter().zip(&after.rows) {
        balances.push(vec![
            after.name.clone(),
            units.plain(before.free),
            units.plain(after.free),
            units.plain(after.locked),
        ]);
    }
    format!(
        "\n{}\n{}\n{}\nproof {} bytes, {} public inputs, {} constraints, keys {} MB, memory {} MB\n{}\n",
        table(&sales),
        table(&times),
        table(&balances),
        report.proof_bytes,
        report.groth16_public_inputs,
        report.r1cs_constraints,
        report.pk_bytes / 1_000_000,
        report.peak_rss_bytes / 1_000_000,
        if report.conserved {
            "every token is accounted for"
        } else {
            "TOKENS ARE NOT CONSERVED"
        },
    )
}
