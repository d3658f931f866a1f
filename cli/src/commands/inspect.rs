//! `assay model inspect`: what a model file holds and what its proofs cost.

use anyhow::Context;
use assay_prover::model_format::QuantizedModel;
use assay_prover::{Calibration, CostManifest, ModelProver, NodeRows, Purpose};
use assay_statement::{Header, Privacy};
use serde_json::json;

use crate::files::ModelFiles;
use crate::output::{Output, table};

/// The columns of rows, in the order of the way through a model.
const PURPOSES: [(Purpose, &str); 7] = [
    (Purpose::Pack, "pack"),
    (Purpose::Hashing, "hashing"),
    (Purpose::Weights, "weights"),
    (Purpose::Products, "products"),
    (Purpose::Activations, "activations"),
    (Purpose::Tables, "tables"),
    (Purpose::Other, "other"),
];

/// Shows a model file and the cost manifest of its circuit on this machine.
pub fn run(output: Output, files: &ModelFiles) -> anyhow::Result<()> {
    let model = files.read_model()?;
    let private = files.salt_path().exists();
    let weights = if private {
        Privacy::Private
    } else {
        Privacy::Public
    };
    let header = Header::inference(Privacy::Public, weights, Privacy::Public);
    let prover = ModelProver::new(model.architecture(), header).context("building the circuit")?;
    let cost = CostManifest::new(&prover, &Calibration::measure());
    let lines = format!(
        "{}\n{}\n{}\n{}",
        files.model.display(),
        head(&model, &prover, &cost, private),
        rows(&cost),
        stages(&cost)
    );
    output.result(
        &json!({ "architecture": model.architecture(), "scales": model.scales(),
                 "parameters": cost.parameters, "private": private,
                 "circuit": prover.circuit_id(), "cost": cost }),
        &lines,
    )
}

fn head(
    model: &QuantizedModel,
    prover: &ModelProver,
    cost: &CostManifest,
    private: bool,
) -> String {
    let per = |ratio: Option<f64>| ratio.map_or("-".to_owned(), |ratio| format!("{ratio:.3}"));
    let lines = [
        ("input", format!("{:?}", model.architecture().input.shape)),
        ("parameters", cost.parameters.to_string()),
        ("multiply-adds", cost.multiply_adds.to_string()),
        ("activations", cost.activations.to_string()),
        (
            "weights",
            (if private { "private" } else { "public" }).to_owned(),
        ),
        ("circuit", prover.circuit_id().to_string()),
        ("rows", format!("{} of 2^{}", cost.rows_used, cost.log_rows)),
        ("rows a weight", per(cost.rows_per_weight)),
        ("rows an activation", per(cost.rows_per_activation)),
        ("shrink steps", cost.shrink_steps.to_string()),
        (
            "kernels",
            format!("{} (this machine)", cost.estimate.kernels),
        ),
    ];
    let line = |(name, value): &(&str, String)| format!("  {name:<18}  {value}\n");
    lines.iter().map(line).collect()
}

/// Rows by node and purpose, without purposes that no row has.
fn rows(cost: &CostManifest) -> String {
    let present = |(purpose, _): &&(Purpose, &str)| cost.rows_by_purpose.contains_key(purpose);
    let columns: Vec<_> = PURPOSES.iter().filter(present).collect();
    let mut heads: Vec<String> = ["node", "shape"].map(str::to_owned).to_vec();
    heads.extend(columns.iter().map(|(_, name)| (*name).to_owned()));
    heads.push("rows".to_owned());
    let line = |node: &NodeRows| {
        let name = match (node.node, node.op) {
            (Some(index), Some(op)) => format!("{op} #{index}"),
            _ => "circuit".to_owned(),
        };
        let shape = node.shape.as_ref();
        let mut cells = vec![name, shape.map_or_else(String::new, |s| format!("{s:?}"))];
        let count = |(purpose, _): &&(Purpose, &str)| {
            let rows = node.rows.get(purpose);
            rows.map_or_else(String::new, usize::to_string)
        };
        cells.extend(columns.iter().map(count));
        cells.push(node.rows.values().sum::<usize>().to_string());
        cells
    };
    let mut lines = vec![heads];
    lines.extend(cost.rows_by_node.iter().map(line));
    table(&lines)
}

/// Time and memory of each stage.
fn stages(cost: &CostManifest) -> String {
    let estimate = &cost.estimate;
    let seconds = |milliseconds: u64| format!("{:.1}", milliseconds as f64 / 1_000.0);
    let megabytes = |bytes: u64| (bytes / 1_000_000).to_string();
    let mut lines = vec![["stage", "seconds", "MB"].map(str::to_owned).to_vec()];
    let times = estimate.stages_ms.each();
    for ((stage, &time), (_, &bytes)) in times.into_iter().zip(estimate.stages_bytes.each()) {
        lines.push(vec![stage.to_string(), seconds(time), megabytes(bytes)]);
    }
    let total = seconds(estimate.stages_ms.total());
    lines.push(vec![
        "all".to_owned(),
        total,
        megabytes(estimate.peak_bytes()),
    ]);
    table(&lines)
}
