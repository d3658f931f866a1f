//! The rows of the comparison: one for each model, system, and way to treat the weights.

use serde::Serialize;

use super::Machine;
use super::examples::Example;
use super::ours::Report;

/// Medians of what a system took for a model. What is not known, for a stage failed or does not exist, is absent.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Row {
    /// The example.
    pub model: String,
    /// Who proves.
    pub system: &'static str,
    /// Its version.
    pub version: String,
    /// Trained parameters.
    pub params: u64,
    /// Multiply-adds of an inference.
    pub macs: u64,
    /// `private`: not shown; `committed`: not shown, and bound to a commitment.
    pub weights: String,
    /// What comes once for each model.
    pub setup_s: Option<f64>,
    /// The proof that the model ran.
    pub prove_s: Option<f64>,
    /// The whole way to what a contract verifies.
    pub onchain_s: Option<f64>,
    /// Verifying what a contract verifies.
    pub verify_s: Option<f64>,
    /// Most memory held, in all stages.
    pub peak_rss_bytes: Option<u64>,
    /// Most memory held by the proof that the model ran.
    pub prove_peak_rss_bytes: Option<u64>,
    /// What a contract verifies, without public values.
    pub proof_bytes: Option<u64>,
    /// What a contract takes to verify it, where there is a contract.
    pub verify_gas: Option<u64>,
    /// Rows of the circuit that are not padding.
    pub rows: Option<u64>,
    /// Log2 of its rows.
    pub log_rows: Option<u64>,
    /// Proofs that the medians are of.
    pub runs: usize,
    /// What ended the measurement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Cores and processor.
    pub machine: String,
    /// The day.
    pub date: String,
}

impl Row {
    /// Returns the row of our own proofs.
    pub fn ours(example: &Example, report: &Report, verify_gas: u64, when: &Machine) -> Self {
        let seconds = |milliseconds: u64| Some(milliseconds as f64 / 1_000.0);
        let stages = &report.stages_ms;
        let bytes = &report.stages_peak_bytes;
        Self {
            model: example.name.to_owned(),
            system: "assay",
            version: env!("CARGO_PKG_VERSION").to_owned(),
            params: report.parameters as u64,
            macs: report.multiply_adds as u64,
            weights: "committed".to_owned(),
            setup_s: seconds(report.setup_ms),
            prove_s: seconds(stages.witness + stages.prove),
            onchain_s: report.seal.and_then(|_| seconds(report.total_ms)),
            verify_s: report.seal.map(|seal| seal.verify_us as f64 / 1_000_000.0),
            peak_rss_bytes: Some(report.peak_rss_bytes),
            prove_peak_rss_bytes: Some(bytes.witness.max(bytes.prove)),
            proof_bytes: report.seal.map(|seal| seal.bytes as u64),
            verify_gas: report.seal.map(|_| verify_gas),
            rows: Some(report.rows as u64),
            log_rows: Some(u64::from(report.size.rows.ilog2())),
            runs: report.runs,
            error: None,
            machine: when.machine.clone(),
            date: when.date.clone(),
        }
    }
}

/// Returns the middle value, zero of none.
pub fn median(mut values: Vec<u64>) -> u64 {
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or(0)
}
