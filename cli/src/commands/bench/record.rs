//! The files that a run writes.

use std::path::Path;

use assay_prover::{KernelPath, Measurement, Rates, WrapperFacts, probe};
use serde_json::{Value, json};

use super::Machine;
use super::ours::Report;
use super::rows::Row;
use crate::files;

/// What has been measured so far.
pub struct Record {
    /// Sizes of the wrap.
    pub facts: WrapperFacts,
    /// Reading keys and building the fixed layer, in milliseconds.
    pub key_load_ms: u128,
    /// Where and when.
    pub when: Machine,
    /// Our proofs, stage by stage.
    pub models: Vec<Report>,
    /// Our rows and those of others.
    pub rows: Vec<Row>,
}

impl Record {
    /// Returns our proofs stage by stage, and the rates that fit them.
    pub fn stages(&self) -> Value {
        let whole = self.models.iter().filter(|report| report.seal.is_some());
        let measurements: Vec<Measurement> = whole.map(Report::measurement).collect();
        json!({
            "r1cs_constraints": self.facts.r1cs_constraints,
            "groth16_public_inputs": self.facts.groth16_public_inputs,
            "pk_bytes": self.facts.pk_bytes,
            "key_load_ms": self.key_load_ms,
            "models": self.models,
            "kernels": KernelPath::current().name(),
            "probe_ms": probe().as_secs_f64() * 1000.0,
            "rates": Rates::fit(&measurements),
            "machine": self.when.machine,
            "date": self.when.date,
        })
    }

    /// Writes `wrap.json` and `latest.json` into a folder. A run by a forced path writes `wrap-PATH.json` only: the tables
    /// are of what a machine does by itself.
    pub fn write(&self, folder: &Path) -> anyhow::Result<()> {
        let rows = serde_json::to_value(&self.rows)?;
        let records = [
            (stages_file(), &self.stages()),
            ("latest.json".to_owned(), &rows),
        ];
        let written = if KernelPath::is_forced() { 1 } else { 2 };
        for (name, value) in &records[..written] {
            files::write(&folder.join(name), format!("{value:#}\n").as_bytes(), false)?;
        }
        Ok(())
    }
}

/// Returns the name of the file with the stages.
pub fn stages_file() -> String {
    if KernelPath::is_forced() {
        format!("wrap-{}.json", KernelPath::current())
    } else {
        "wrap.json".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::super::examples::EXAMPLES;
    use super::Report;

    /// The figures that README and bench/README.md quote are medians of no fewer proofs than they say.
    #[test]
    fn recorded_medians_are_of_five_proofs_of_every_example() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../bench/results/wrap.json");
        let bytes = std::fs::read(path).unwrap();
        let mut recorded: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        let reports: Vec<Report> = serde_json::from_value(recorded["models"].take()).unwrap();
        assert!(reports.iter().all(|report| report.runs >= 5));
        let measured = reports.iter().map(|report| report.model.as_str());
        assert!(measured.eq(EXAMPLES.iter().map(|example| example.name)));
    }
}
