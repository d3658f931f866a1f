//! Dependencies between our crates point strictly down the layers of ARCHITECTURE.md, and a crate does not link
//! what it must not know. Both are the design; a new arrow is a decision, not an accident.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// Crate and layer. A crate may depend on crates of lower layers only.
const LAYERS: &[(&str, u8)] = &[
    ("assay-kernels", 0),
    ("assay-statement", 0),
    ("assay-model", 1),
    ("assay-plonk", 1),
    ("assay-circuit", 2),
    ("assay-fuzz", 2),
    ("assay-wrap", 3),
    ("assay-market", 3),
    ("assay-migrations", 3),
    ("assay-prover", 4),
    ("assay-store", 4),
    ("assay-chain", 4),
    ("assay-client", 4),
    ("assay-prover-worker", 5),
    ("assay-cli", 5),
    ("assay-api", 5),
    ("assay-tidy", 6),
];

/// A crate, and the crates it must not link, directly or through others.
const MUST_NOT_KNOW: &[(&str, &[&str])] = &[
    (
        "assay-statement",
        &[
            "plonky2",
            "ark-ff",
            "ark-groth16",
            "assay-model",
            "assay-market",
        ],
    ),
    ("assay-kernels", &["plonky2", "ark-groth16"]),
    ("assay-model", &["plonky2", "ark-ff"]),
    ("assay-plonk", &["assay-statement", "ark-groth16"]),
    ("assay-circuit", &["tokio", "ark-groth16"]),
    (
        "assay-wrap",
        &["assay-model", "assay-circuit", "tract-onnx"],
    ),
    (
        "assay-prover",
        &["tokio", "sea-orm", "alloy", "actix-web", "reqwest"],
    ),
    (
        "assay-market",
        &[
            "assay-store",
            "assay-chain",
            "actix-web",
            "sea-orm",
            "alloy",
            "tokio",
        ],
    ),
    (
        "assay-api",
        &[
            "assay-prover",
            "assay-circuit",
            "assay-model",
            "assay-wrap",
            "plonky2",
        ],
    ),
    (
        "assay-client",
        &["plonky2", "ark-groth16", "actix-web", "sea-orm"],
    ),
    (
        "assay-prover-worker",
        &["assay-store", "assay-migrations", "actix-web"],
    ),
    (
        "assay-migrations",
        &["assay-market", "assay-store", "assay-statement"],
    ),
];

/// Normal dependencies (name to names) of every package that a build of the workspace links.
fn normal_dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked"])
        .current_dir(assay_tidy::root())
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "cargo metadata --locked failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo prints JSON");
    let name_of: BTreeMap<&str, &str> = metadata["packages"]
        .as_array()
        .expect("packages")
        .iter()
        .map(|package| {
            (
                package["id"].as_str().expect("id"),
                package["name"].as_str().expect("name"),
            )
        })
        .collect();
    let mut graph: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for node in metadata["resolve"]["nodes"].as_array().expect("nodes") {
        let from = name_of[node["id"].as_str().expect("id")];
        let entry = graph.entry(from.to_owned()).or_default();
        for dependency in node["deps"].as_array().expect("deps") {
            let normal = dependency["dep_kinds"]
                .as_array()
                .expect("kinds")
                .iter()
                .any(|kind| kind["kind"].is_null());
            if normal {
                entry.insert(name_of[dependency["pkg"].as_str().expect("pkg")].to_owned());
            }
        }
    }
    graph
}

fn reachable(graph: &BTreeMap<String, BTreeSet<String>>, from: &str) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let mut open = vec![from.to_owned()];
    while let Some(name) = open.pop() {
        for next in graph.get(&name).into_iter().flatten() {
            if seen.insert(next.clone()) {
                open.push(next.clone());
            }
        }
    }
    seen
}

#[test]
fn arrows_point_strictly_down() {
    let graph = normal_dependencies();
    let layer: BTreeMap<&str, u8> = LAYERS.iter().copied().collect();
    for (name, dependencies) in graph.iter().filter(|(name, _)| name.starts_with("assay-")) {
        let from = layer
            .get(name.as_str())
            .unwrap_or_else(|| panic!("{name} has no layer: add it to LAYERS and ARCHITECTURE.md"));
        for dependency in dependencies
            .iter()
            .filter(|name| name.starts_with("assay-"))
        {
            assert!(
                layer[dependency.as_str()] < *from,
                "{name} (layer {from}) depends on {dependency}, which is not below it"
            );
        }
    }
}

#[test]
fn crates_do_not_link_what_they_must_not_know() {
    let graph = normal_dependencies();
    for (name, forbidden) in MUST_NOT_KNOW {
        assert!(graph.contains_key(*name), "{name} is not in the workspace");
        let linked = reachable(&graph, name);
        for other in *forbidden {
            assert!(
                !linked.contains(*other),
                "{name} links {other}, which it must not know"
            );
        }
    }
}
