//! What the card of a private model shows: every leaf of its JSON, each with the reason why it is there, and that another
//! training on the same samples changes nothing but the few that say so.

use std::collections::BTreeMap;

use assay_model::card::{CardTexts, FileDigest, MeasuredAccuracy, MeasuredLoss, Sources};
use assay_model::testing::onnx::{bytes, floats, int, model, node, noise};
use assay_model::testing::{arb_architecture, arb_model_of};
use assay_model::{
    AccuracyReport, FloatModel, LossReport, ModelCard, QuantizedModel, accuracy::TargetReport,
    quantize,
};
use assay_statement::{Digest, Header, Privacy};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::Value;

use crate::fixtures::{calibration, example};
use crate::trees::{random_trees, tree_samples};

/// What a leaf depends on, of a model whose input shares its mapping with no other value (SECURITY.md says when it does).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    /// The operators of the graph and their sizes, or the provider's words and choices.
    Structure,
    /// The calibration samples besides.
    Samples,
    /// Trained numbers besides: how large they make results.
    Training,
}

use Of::{Samples, Structure, Training};

/// Every leaf that a card may have, by its path without indices, what it depends on, and why it is there.
const SHOWN: &[(&str, Of, &str)] = &[
    ("version", Structure, "how to read the card"),
    ("name", Structure, "the provider's words"),
    ("description", Structure, "the provider's words"),
    ("license", Structure, "the provider's words"),
    ("architecture.format", Structure, "the integers' rules"),
    (
        "architecture.output",
        Structure,
        "which value is the result",
    ),
    ("architecture.input.lane", Structure, "what the model takes"),
    ("architecture.input.shape[]", Structure, "what it takes"),
    ("architecture.nodes[].inputs[]", Structure, "the graph"),
    ("architecture.nodes[].tensor.lane", Structure, "widths"),
    ("architecture.nodes[].tensor.shape[]", Structure, "sizes"),
    ("architecture.nodes[].op.op", Structure, "the operator"),
    ("architecture.nodes[].op.inputs", Structure, "a size"),
    ("architecture.nodes[].op.outputs", Structure, "a size"),
    ("architecture.nodes[].op.groups", Structure, "an attribute"),
    ("architecture.nodes[].op.relu", Structure, "an operator"),
    ("architecture.nodes[].op.subtract", Structure, "an operator"),
    (
        "architecture.nodes[].op.wide",
        Structure,
        "it has a mapping",
    ),
    ("architecture.nodes[].op.relation", Structure, "an operator"),
    ("architecture.nodes[].op.axis", Structure, "an attribute"),
    ("architecture.nodes[].op.indices[]", Structure, "places"),
    ("architecture.nodes[].op.shape[]", Structure, "a size"),
    (
        "architecture.nodes[].op.permutation[]",
        Structure,
        "an order",
    ),
    ("architecture.nodes[].op.before[]", Structure, "a size"),
    ("architecture.nodes[].op.after[]", Structure, "a size"),
    ("architecture.nodes[].op.starts[]", Structure, "places"),
    ("architecture.nodes[].op.sizes[]", Structure, "a size"),
    ("architecture.nodes[].op.steps[]", Structure, "places"),
    ("architecture.nodes[].op.inner", Structure, "a size"),
    ("architecture.nodes[].op.width", Structure, "a size"),
    ("architecture.nodes[].op.symbols", Structure, "a size"),
    ("architecture.nodes[].op.runs[][]", Structure, "a mask"),
    (
        "architecture.nodes[].op.window.kernel[]",
        Structure,
        "a size",
    ),
    (
        "architecture.nodes[].op.window.strides[]",
        Structure,
        "steps",
    ),
    (
        "architecture.nodes[].op.window.dilations[]",
        Structure,
        "steps",
    ),
    (
        "architecture.nodes[].op.window.pads_before[]",
        Structure,
        "size",
    ),
    (
        "architecture.nodes[].op.window.pads_after[]",
        Structure,
        "size",
    ),
    ("architecture.nodes[].op.trees", Structure, "a size"),
    ("architecture.nodes[].op.depth", Structure, "a size"),
    ("architecture.nodes[].op.features", Structure, "a size"),
    ("architecture.nodes[].op.scores", Structure, "a size"),
    ("architecture.nodes[].op.leaf_scores", Structure, "a size"),
    (
        "architecture.nodes[].op.result",
        Structure,
        "class or numbers",
    ),
    ("input_shape[]", Structure, "that of the architecture"),
    ("output_shape[]", Structure, "that of the architecture"),
    (
        "output.class.classes",
        Structure,
        "that of the architecture",
    ),
    ("output.lanes.lanes", Structure, "that of the architecture"),
    (
        "scales.input.scale.mantissa",
        Samples,
        "to make input lanes",
    ),
    ("scales.input.scale.shift", Samples, "to make input lanes"),
    ("scales.input.zero_point", Samples, "to make input lanes"),
    ("scales.output.scale.mantissa", Training, "to read results"),
    ("scales.output.scale.shift", Training, "to read results"),
    ("scales.output.zero_point", Training, "to read results"),
    ("features[].scale.mantissa", Samples, "to make input lanes"),
    ("features[].scale.shift", Samples, "to make input lanes"),
    ("features[].zero_point", Samples, "to make input lanes"),
    ("parameters", Structure, "the number of the weights"),
    ("accuracy.data", Structure, "which data the claim is about"),
    ("accuracy.report.samples", Structure, "the size of the data"),
    ("accuracy.report.float_correct", Training, "a claim"),
    ("accuracy.report.integer_correct", Training, "a claim"),
    ("accuracy.report.agreeing", Training, "a claim"),
    ("loss.data", Structure, "which data the claim is about"),
    ("loss.report.samples", Structure, "the size of the data"),
    ("loss.report.mean_thousandths", Training, "a claim"),
    ("loss.report.max_thousandths", Training, "a claim"),
    ("loss.report.targets.float_thousandths", Training, "a claim"),
    (
        "loss.report.targets.integer_thousandths",
        Training,
        "a claim",
    ),
    ("circuits[].header.version", Structure, "how to read it"),
    ("circuits[].header.kind", Structure, "what it proves"),
    (
        "circuits[].header.input",
        Structure,
        "what the circuit hides",
    ),
    ("circuits[].header.weights", Structure, "what it hides"),
    ("circuits[].header.output", Structure, "what it hides"),
    (
        "circuits[].circuit",
        Structure,
        "the same for every training",
    ),
];

/// Returns the leaves of a JSON value by path, and by path without indices.
fn leaves(value: &Value) -> BTreeMap<String, (String, Value)> {
    fn walk(value: &Value, path: &str, kind: &str, leaves: &mut BTreeMap<String, (String, Value)>) {
        match value {
            Value::Object(fields) => fields.iter().for_each(|(name, field)| {
                let at = |path: &str| match path {
                    "" => name.clone(),
                    path => format!("{path}.{name}"),
                };
                walk(field, &at(path), &at(kind), leaves);
            }),
            Value::Array(elements) => elements.iter().enumerate().for_each(|(index, element)| {
                walk(
                    element,
                    &format!("{path}[{index}]"),
                    &format!("{kind}[]"),
                    leaves,
                );
            }),
            leaf => {
                leaves.insert(path.to_owned(), (kind.to_owned(), leaf.clone()));
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(value, "", "", &mut found);
    found
}

fn shown(kind: &str) -> Option<(Of, &'static str)> {
    let entry = SHOWN.iter().find(|(path, ..)| *path == kind)?;
    Some((entry.1, entry.2))
}

fn texts() -> CardTexts {
    CardTexts {
        name: "private".into(),
        description: String::new(),
        license: "none".into(),
    }
}

/// The card of a model with private weights, with everything that `assay quantize` can write on it.
fn card(model: &QuantizedModel) -> ModelCard {
    let mut card = ModelCard::new(texts(), model, None).unwrap();
    let header = Header::inference(Privacy::Public, Privacy::Private, Privacy::Public);
    card.set_circuit(header, Digest::ZERO);
    card
}

fn json(card: &ModelCard) -> Value {
    serde_json::from_slice(&card.to_json()).unwrap()
}

/// Prints each leaf with its reason; refuses one that has none.
fn every_leaf_has_a_reason(card: &ModelCard) {
    for (path, (kind, value)) in leaves(&json(card)) {
        let (of, reason) = shown(&kind).unwrap_or_else(|| panic!("{path} is {value}, and why?"));
        println!("{path} = {value}: {reason} ({of:?})");
    }
}

fn tree_model(seed: u64) -> QuantizedModel {
    let float = FloatModel::load(&random_trees(seed)).unwrap();
    quantize(&float, &tree_samples()).unwrap()
}

#[test]
fn every_number_on_a_private_card_has_a_reason() {
    let digits = FloatModel::load(&example("mlp-56.onnx")).unwrap();
    let digits = quantize(&digits, &calibration()).unwrap();
    let data = FileDigest([7; 32]);
    let mut classifier = card(&digits);
    let report = AccuracyReport::default();
    classifier.accuracy = Some(MeasuredAccuracy { data, report });
    every_leaf_has_a_reason(&classifier);

    let mut regressor = card(&tree_model(1));
    let targets = Some(TargetReport::default());
    let report = LossReport {
        targets,
        ..LossReport::default()
    };
    regressor.loss = Some(MeasuredLoss { data, report });
    every_leaf_has_a_reason(&regressor);
}

#[test]
fn every_number_of_every_operator_has_a_reason() {
    let mut runner = TestRunner::deterministic();
    let models = arb_architecture().prop_flat_map(arb_model_of);
    let mut seen = BTreeMap::new();
    for _ in 0..400 {
        let model = models.new_tree(&mut runner).unwrap().current();
        for (path, (kind, value)) in leaves(&json(&card(&model))) {
            let known = shown(&kind);
            let (_, reason) = known.unwrap_or_else(|| panic!("{path} is {value}, and why?"));
            seen.insert(kind, reason);
        }
    }
    assert!(seen.len() > 40, "{seen:?}");
}

/// Returns the kinds of leaves in which two cards differ.
fn differences(first: &ModelCard, second: &ModelCard) -> Vec<String> {
    let [first, second] = [first, second].map(|card| leaves(&json(card)));
    assert!(
        first.keys().eq(second.keys()),
        "the cards have other leaves"
    );
    let pairs = first.iter().zip(&second);
    let different = pairs.filter(|((_, one), (_, other))| one != other);
    different.map(|((_, (kind, _)), _)| kind.clone()).collect()
}

/// Returns the kinds of leaves in which the cards of trainings differ, none of which depends on less than training.
fn trained_leaves(trainings: &[QuantizedModel]) -> Vec<String> {
    let models: Vec<_> = trainings.iter().map(QuantizedModel::data).collect();
    assert!(models.windows(2).all(|pair| pair[0] != pair[1]));
    let cards: Vec<ModelCard> = trainings.iter().map(card).collect();
    let pairs = cards.windows(2);
    let different: Vec<String> = pairs
        .flat_map(|pair| differences(&pair[0], &pair[1]))
        .collect();
    for kind in &different {
        assert_eq!(shown(kind).unwrap().0, Training, "{kind}");
    }
    different
}

/// Dense layers with random weights on samples that are always the same.
fn dense(seed: u64, class: bool) -> QuantizedModel {
    let samples: Vec<Vec<f32>> = noise(5, 240).chunks(6).map(<[f32]>::to_vec).collect();
    let weights = |name: &str, dims: &[i64], seed: u64| {
        let count = dims.iter().product::<i64>() as usize;
        floats(name, dims, &noise(seed, count))
    };
    let scores = if class { "s" } else { "y" };
    let mut nodes = vec![
        node("MatMul", &["x", "a"], "b"),
        node("Relu", &["b"], "c"),
        node("MatMul", &["c", "d"], scores),
    ];
    if class {
        nodes.push(int(node("ArgMax", &["s"], "y"), "axis", 1));
    }
    let tensors = vec![
        weights("a", &[6, 5], seed),
        weights("d", &[5, 3], seed + 100),
    ];
    let float = FloatModel::load(&bytes(&model(&[1, 6], nodes, tensors))).unwrap();
    quantize(&float, &samples).unwrap()
}

#[test]
fn cards_of_two_trainings_differ_in_the_scale_of_results_only() {
    let numbers = trained_leaves(&[1, 2, 3].map(|seed| dense(seed, false)));
    assert!(!numbers.is_empty(), "results of other sizes are other");
    trained_leaves(&[1, 2, 3, 4].map(tree_model));
    // A class has no scale, so nothing is left.
    let classes = trained_leaves(&[1, 2, 3].map(|seed| dense(seed, true)));
    assert_eq!(classes, [""; 0]);
}

#[test]
fn files_of_private_weights_are_not_named() {
    let model = tree_model(1);
    let digest = FileDigest([7; 32]);
    let sources = Some(Sources {
        float_model: digest,
        calibration: digest,
    });
    let mut card = ModelCard::new(texts(), &model, sources).unwrap();
    let with = |weights| Header::inference(Privacy::Private, weights, Privacy::Private);
    card.set_circuit(with(Privacy::Public), Digest::ZERO);
    assert_eq!(ModelCard::from_json(&card.to_json()).unwrap(), card);
    let mut made_private = card.clone();
    made_private.set_circuit(with(Privacy::Private), Digest::ZERO);
    assert_eq!(made_private.sources, None);
    made_private.sources = sources;
    let error = ModelCard::from_json(&made_private.to_json()).unwrap_err();
    let expected = "it names the files of a model with private weights";
    assert!(error.to_string().contains(expected), "{error}");
}

#[test]
fn security_page_lists_what_a_card_shows() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../SECURITY.md");
    let page = std::fs::read_to_string(path).unwrap();
    let (_, section) = page.split_once("## What a card shows").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    for (path, ..) in SHOWN {
        // The parts of the scales apart, everything else by the first name of its path.
        let name = match path.split_once('.') {
            Some(("scales", rest)) => format!("scales.{}", rest.split('.').next().unwrap()),
            _ => path.split(['.', '[']).next().unwrap().to_owned(),
        };
        assert!(section.contains(&format!("`{name}`")), "{name} is missing");
    }
}
