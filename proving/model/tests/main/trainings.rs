//! What a model becomes depends on its structure alone: any training of a graph gives one architecture, hence one circuit.

use std::collections::BTreeSet;

use assay_model::graph::ops::operators;
use assay_model::testing::trainings::{Case, TRAININGS, Training, cases};
use assay_model::{
    Activations, Architecture, FloatModel, QuantizeOptions, quantize_reported, quantize_with,
};

use crate::fixtures::{bytes, floats, int_list, model, node};

/// Returns the architectures of a training, of int8 and of int16 lanes, or why it is refused.
fn architectures(case: &Case, training: Training) -> Result<[Architecture; 2], String> {
    let float = FloatModel::load(&bytes(&case.model(training)));
    let float = float.map_err(|error| error.to_string())?;
    let architecture = |activations| -> Result<Architecture, String> {
        let options = QuantizeOptions {
            activations,
            ..QuantizeOptions::default()
        };
        let model = quantize_with(&float, &Case::samples(&float), options);
        let model = model.map_err(|error| error.to_string())?;
        Ok(model.architecture().clone())
    };
    Ok([
        architecture(Activations::Int8)?,
        architecture(Activations::Int16)?,
    ])
}

/// Returns what the trainings of a case differ in, and refusals that the case does not expect.
fn differences(case: &Case) -> Vec<String> {
    let mut first: Option<[Architecture; 2]> = None;
    let mut wrong = Vec::new();
    for training in TRAININGS {
        let refusal = case.refused.iter().find(|(of, _)| *of == training);
        let said = match (architectures(case, training), refusal) {
            (Ok(got), None) => match &first {
                Some(first) if bytes_of(first) != bytes_of(&got) => {
                    format!("{:?}, not {:?}", ops(&got[0]), ops(&first[0]))
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
            (got, expected) => format!(
                "{:?}, expected {expected:?}",
                got.map(|[got, _]| got.output())
            ),
        };
        wrong.push(format!("{}, {training:?}: {said}", case.name));
    }
    wrong
}

fn bytes_of(architectures: &[Architecture; 2]) -> [Vec<u8>; 2] {
    architectures.each_ref().map(Architecture::canonical_bytes)
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
        let part = |part: &[Case]| -> Vec<String> { part.iter().flat_map(differences).collect() };
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

/// A function from 0 to 1 takes the sign of what is multiplied later: its lanes, and those of the opposite numbers, are as
/// good, and so the report says.
#[test]
fn values_that_take_a_sign_keep_their_ranges() {
    let nodes = vec![
        node("Sigmoid", &["x"], "a"),
        int_list(node("Transpose", &["a"], "t"), "perm", &[0, 2, 1]),
        node("MatMul", &["x", "t"], "p"),
        node("Mul", &["p", "factor"], "y"),
    ];
    for factor in [0.75, -0.75] {
        let constants = vec![floats("factor", &[], &[factor])];
        let file = bytes(&model(&[1, 3, 4], nodes.clone(), constants));
        let float = FloatModel::load(&file).unwrap();
        let samples = Case::samples(&float);
        let options = QuantizeOptions::default();
        let (_, report) = quantize_reported(&float, &samples, options).unwrap();
        assert_eq!(report.nodes.len(), 3);
        for node in report.nodes {
            assert!(node.signal_to_noise_db > Some(30.0), "{factor}: {node:?}");
        }
    }
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
