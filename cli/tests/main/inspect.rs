//! `assay model inspect`: the cost manifest, for people and programs.

use std::process::Command;

use assay_prover::KernelPath;

use crate::scene::model_in;

fn inspect(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_assay"))
        .args(["model", "inspect"])
        .args(arguments)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn manifest_has_rows_time_and_memory() {
    let folder = tempfile::tempdir().unwrap();
    let files = model_in(folder.path());
    let path = files.model.to_str().unwrap();

    let json: serde_json::Value = serde_json::from_str(&inspect(&[path, "--json"])).unwrap();
    assert_eq!(json["parameters"], 44_530);
    let cost = &json["cost"];
    assert_eq!(cost["multiply_adds"], 784 * 56 + 56 * 10);
    assert_eq!(cost["activations"], 56 + 10);
    assert_eq!(cost["log_rows"], 12);
    let rows = cost["rows_by_purpose"].as_object().unwrap();
    let total: u64 = rows.values().map(|rows| rows.as_u64().unwrap()).sum();
    assert_eq!(cost["rows_used"], total);
    assert!(rows["weights"].as_u64().unwrap() > 1_000);
    for figures in ["stages_ms", "stages_bytes"] {
        for stage in ["witness", "prove", "shape", "outer", "groth16"] {
            let figure = &cost["estimate"][figures][stage];
            assert!(figure.as_u64().unwrap() > 0, "{figures} {stage}");
        }
    }
    let here = KernelPath::current().name();
    assert_eq!(cost["estimate"]["kernels"], here);
    let card = files.read_card().unwrap();
    assert_eq!(json["circuit"], card.circuits[0].circuit.to_string());

    let text = inspect(&[path]);
    for part in [
        "44530", "2^12", "dense #0", "hashing", "groth16", "seconds", here,
    ] {
        assert!(text.contains(part), "expected {part:?} in: {text}");
    }
}
