//! What a model becomes depends on its structure alone: any training of a graph gives one architecture, hence one circuit.

use std::collections::BTreeSet;

use assay_model::graph::ops::operators;
use assay_model::testing::trainings::{Case, TRAININGS, Training, cases};
use assay_model::{Activations, Architecture, FloatModel, QuantizeOptions, quantize_with};

use crate::fixtures::bytes;

/// Returns the architecture of a training, or why it is refused.
fn architecture(
    case: &Case,
    training: Training,
    activations: Activations,
) -> Result<Architecture, String> {
    let float = FloatModel::load(&bytes(&case.model(training)));
    let float = float.map_err(|error| error.to_string())?;
    let options = QuantizeOptions {
        activations,
        ..QuantizeOptions::default()
    };
    let model = quantize_with(&float, &Case::samples(&float), options);
    Ok(model
        .map_err(|error| error.to_string())?
        .architecture()
        .clone())
}

/// Returns what the trainings of a case differ in, and refusals that the case does not expect.
fn differences(case: &Case, activations: Activations) -> Vec<String> {
    let mut first: Option<Architecture> = None;
    let mut wrong = Vec::new();
    for training in TRAININGS {
        let refusal = case.refused.iter().find(|(of, _)| *of == training);
        let said = match (architecture(case, training, activations), refusal) {
            (Ok(got), None) => match &first {
                Some(first) if first.canonical_bytes() != got.canonical_bytes() => {
                    format!("{:?}, not {:?}", ops(&got), ops(first))
                }
                _ => {
                    first.get_or_insert(got);
                    continue;
                }
            },
            // A refusal says which node it is about.
            (Err(got), Some((_, expected))) if got.contains(expected) && got.contains("node `") => {
                continue;
            }
            (got, expected) => format!("{:?}, expected {expected:?}", got.map(|got| got.output())),
        };
        wrong.push(format!("{}, {training:?}: {said}", case.name));
    }
    wrong
}

fn ops(architecture: &Architecture) -> Vec<&'static str> {
    let nodes = architecture.nodes.iter();
    nodes.map(|node| node.op.name()).collect()
}

#[test]
fn all_trainings_of_a_graph_have_one_architecture() {
    let cases = cases();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let parts = cases.chunks(cases.len().div_ceil(threads));
        let part = |part: &[Case]| -> Vec<String> {
            let both = |case| {
                [Activations::Int8, Activations::Int16].map(|lanes| differences(case, lanes))
            };
            part.iter().flat_map(both).flatten().collect()
        };
        let running: Vec<_> = parts
            .map(|cases| scope.spawn(move || part(cases)))
            .collect();
        running
            .into_iter()
            .flat_map(|part| part.join().unwrap())
            .collect()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_operator_has_a_case() {
    let mut cased = BTreeSet::new();
    for case in cases() {
        for node in case.model(Training::Random(1)).graph.unwrap().node {
            cased.insert(match node.domain.as_str() {
                "" => node.op_type,
                domain => format!("{domain}.{}", node.op_type),
            });
        }
    }
    let known: BTreeSet<String> = operators().chain(["Constant"]).map(str::to_owned).collect();
    assert_eq!(cased, known);
}

#[test]
fn trainings_find_zeros_and_numbers_of_both_signs() {
    let random = |seed| Training::Random(seed).values("w", 16);
    assert_ne!(random(1), random(2));
    for seed in 1..=3 {
        let numbers = random(seed);
        assert!(numbers.contains(&0.0), "{numbers:?}");
        assert!(numbers.iter().any(|&value| value < 0.0), "{numbers:?}");
        assert!(numbers.iter().any(|&value| value > 0.0), "{numbers:?}");
    }
}
