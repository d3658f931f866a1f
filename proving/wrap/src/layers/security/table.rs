//! The tables of ARCHITECTURE.md, from the parameters.

use std::fmt::Write as _;

use plonky2::plonk::circuit_data::CircuitConfig;

use super::super::{hash, params};
use super::LayerSecurity;

/// What the second table asks for of what is proven, in bits.
const PROVEN_GOAL: f64 = 80.0;
/// More queries than any layer needs for it.
const MAX_QUERIES: usize = 200;

/// A layer at one of its sizes.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) config: CircuitConfig,
    pub(super) degree_bits: usize,
    pub(super) challenge_bits: Option<usize>,
}

impl Row {
    pub(super) fn security(&self) -> LayerSecurity {
        LayerSecurity::new(&self.config, self.degree_bits, self.challenge_bits)
    }

    /// Returns the least number of queries with which so many bits are proven, all else equal.
    pub(super) fn queries_for(&self, proven: f64) -> Option<usize> {
        let mut config = self.config.clone();
        (1..=MAX_QUERIES).find(|&queries| {
            config.fri_config.num_query_rounds = queries;
            LayerSecurity::new(&config, self.degree_bits, self.challenge_bits).fri_proven >= proven
        })
    }
}

/// Every layer at the sizes that it has, or may have.
pub(super) fn rows() -> Vec<Row> {
    let row = |name, config: fn() -> CircuitConfig, degree_bits| Row {
        name,
        config: config(),
        degree_bits,
        challenge_bits: None,
    };
    vec![
        row("model", params::model, 13),
        row("model", params::model, 17),
        row(
            "model, largest taken",
            params::model,
            params::MAX_MODEL_DEGREE_BITS,
        ),
        row("shrink", params::shrink, 13),
        row("shrink", params::shrink, 14),
        row("L1", params::canonical, params::DEGREE_BITS),
        Row {
            challenge_bits: Some(hash::CHALLENGE_BITS),
            ..row("L2", params::outer, params::DEGREE_BITS)
        },
    ]
}

/// Returns the tables of ARCHITECTURE.md in Markdown: what each term of each layer is worth in bits, rounded down; and
/// the queries that 80 proven bits would take.
#[must_use]
pub fn security_tables() -> [String; 2] {
    [terms(), cost_of_proven_bits()]
}

fn terms() -> String {
    let mut text = String::from(
        "| layer | rows | FRI queries + grinding | folding | permutation, lookups | α | ζ | FRI, proven |\n\
         |---|---|---|---|---|---|---|---|\n",
    );
    for row in rows() {
        let security = row.security();
        let whole = [
            security.fri_folding,
            security.permutation.min(security.lookups),
            security.combination,
            security.evaluation,
        ]
        .map(|bits| format!("{}", bits.floor()));
        let _ = writeln!(
            text,
            "| {} | 2^{} | {} | {} | {} |",
            row.name,
            row.degree_bits,
            tenths(security.fri_queries),
            whole.join(" | "),
            tenths(security.fri_proven),
        );
    }
    text
}

fn cost_of_proven_bits() -> String {
    let mut text = String::from(
        "| layer | rows | queries | for 80 proven bits | times |\n|---|---|---|---|---|\n",
    );
    for row in rows() {
        let queries = row.config.fri_config.num_query_rounds;
        let (needed, times) = match row.queries_for(PROVEN_GOAL) {
            Some(needed) => (
                needed.to_string(),
                format!("{:.2}", needed as f64 / queries as f64),
            ),
            None => ("out of reach".to_owned(), "–".to_owned()),
        };
        let _ = writeln!(
            text,
            "| {} | 2^{} | {queries} | {needed} | {times} |",
            row.name, row.degree_bits
        );
    }
    text
}

/// One decimal, rounded down.
fn tenths(bits: f64) -> String {
    format!("{:.1}", (bits * 10.0).floor() / 10.0)
}
