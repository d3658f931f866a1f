//! What it takes to rebuild the circuit of a card, or to refuse it: seconds and the most memory of this process.
//!
//! `cargo run --release -p assay-circuit --example rebuild -- CARD.json`

use std::time::Instant;

use assay_circuit::ModelCircuit;
use assay_model::ModelCard;
use assay_statement::{Header, Privacy};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for path in std::env::args().skip(1) {
        let json = std::fs::read(&path)?;
        let start = Instant::now();
        let said = match ModelCard::from_json(&json) {
            Err(error) => format!("refused: {error}"),
            Ok(card) => rebuild(&card),
        };
        let seconds = start.elapsed().as_secs_f64();
        println!("{path}: {said}, {seconds:.2} s, {}", peak());
    }
    Ok(())
}

fn rebuild(card: &ModelCard) -> String {
    let header = Header::inference(Privacy::Public, Privacy::Public, Privacy::Public);
    match ModelCircuit::verifier_data(card.architecture(), header) {
        Err(error) => format!("refused: {error}"),
        Ok(data) => format!("2^{} rows", data.common.degree_bits()),
    }
}

/// Returns the line of Linux's that says how much memory this process had at most.
fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    line.unwrap_or_default().replace('\t', " ")
}
