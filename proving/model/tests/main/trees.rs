//! Tree ensembles, from file to integers: the examples on their held-out rows, random trees, wrong files.

use assay_model::quant::ops::{OpSpec, TreeEnsemble, TreeResult};
use assay_model::testing::arb_tree_model_and_input;
use assay_model::{
    FloatModel, FloatOutput, ModelError, Output, OutputSpec, Part, QuantizeOptions, QuantizedModel,
    compare, import, quantize, quantize_reported,
};
use proptest::prelude::*;
use tract_onnx::pb::attribute_proto::AttributeType;
use tract_onnx::pb::{AttributeProto, ModelProto, NodeProto};

use crate::definition::definition;
use crate::fixtures::{bytes, int, int_list, model, node, noise, text, value};

/// Reads a file of the example.
fn example(name: &str) -> Vec<u8> {
    let path = format!("{}/../../examples/trees/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Reads a table: the measurements of each row, the class last.
fn table(name: &str) -> Vec<Vec<f32>> {
    let text = String::from_utf8(example(name)).unwrap();
    let row = |line: &str| line.split(',').map(|cell| cell.parse().unwrap()).collect();
    text.lines().skip(1).map(row).collect()
}

fn prefixes(rows: &[Vec<f32>], columns: usize) -> Vec<Vec<f32>> {
    rows.iter().map(|row| row[..columns].to_vec()).collect()
}

fn ensemble(model: &QuantizedModel) -> TreeEnsemble {
    match model.architecture().nodes.as_slice() {
        [node] => match node.op {
            OpSpec::TreeEnsemble(ensemble) => ensemble,
            _ => panic!("{node:?}"),
        },
        nodes => panic!("{nodes:?}"),
    }
}

/// Returns the file of two trees of one shape with random thresholds and leaves.
pub fn random_trees(seed: u64) -> Vec<u8> {
    let mut numbers = noise(seed, 4).into_iter();
    let mut node = regressor("BRANCH_LEQ");
    for attribute in &mut node.attribute {
        match attribute.name.as_str() {
            // Far beyond the samples every other time.
            "nodes_values" => attribute.floats[0] = 3.0 * numbers.next().unwrap(),
            "target_weights" => {
                let leaves = attribute.floats.iter_mut();
                leaves.for_each(|leaf| *leaf += numbers.next().unwrap());
            }
            _ => {}
        }
    }
    bytes(&case(node))
}

/// Returns samples for them.
pub fn tree_samples() -> Vec<Vec<f32>> {
    samples()
}

/// A regressor whose first tree compares the second feature with a threshold.
fn with_threshold(threshold: f32) -> FloatModel {
    let mut node = regressor("BRANCH_LEQ");
    let values = node.attribute.iter_mut().find(|a| a.name == "nodes_values");
    values.expect("trees have thresholds").floats[0] = threshold;
    FloatModel::load(&bytes(&case(node))).unwrap()
}

#[test]
fn thresholds_beyond_the_samples_and_of_constant_features_decide_right() {
    let check = |threshold: f32, known: [f32; 2], numbers: &[f32]| {
        let samples = known.map(|x| vec![0.0, x, 0.0]);
        let integer = quantize(&with_threshold(threshold), &samples).unwrap();
        for &x in numbers {
            let lanes = integer.input_lanes(&[0.0, x, 0.0]).into_iter();
            let lanes: Vec<i32> = lanes.map(i32::from).collect();
            let path = ensemble(&integer).path(&integer.data()[0], &lanes, 0);
            let above = path.steps[0].above;
            assert_eq!(above, x > threshold, "{x} and {threshold}");
        }
    };
    // Within the margin.
    check(1.25, [0.0, 1.0], &[-0.4, 0.0, 1.0, 1.2, 1.3, 1.4, 9.0]);
    check(-0.25, [0.0, 1.0], &[-9.0, -0.4, -0.3, -0.2, 0.0, 1.0]);
    // Beyond it every number with a lane of its own is on the right side.
    check(7.0, [0.0, 1.0], &[-9.0, -0.4, 0.0, 1.0, 1.4, 9.0]);
    check(-7.0, [0.0, 1.0], &[-9.0, -0.4, 0.0, 1.0, 1.4, 9.0]);
    check(f32::MAX, [0.0, 1.0], &[-9.0, 0.0, 1.0, 1.4]);
    // Features that no sample varies.
    check(0.5, [0.0, 0.0], &[-1.0, 0.0, 0.4, 0.6, 1.0, 5.0]);
    check(250.5, [250.0, 250.0], &[0.0, 250.0, 251.0, 400.0]);
}

#[test]
fn classifier_keeps_every_class_of_the_float_model() {
    let float = FloatModel::load(&example("classifier-100.onnx")).unwrap();
    let (known, held_out) = (table("calibration.csv"), table("held-out.csv"));
    let integer = quantize(&float, &prefixes(&known, 30)).unwrap();
    let expected = TreeEnsemble {
        trees: 100,
        depth: 3,
        features: 30,
        scores: 1,
        leaf_scores: 1,
        result: TreeResult::Sign,
    };
    assert_eq!(ensemble(&integer), expected);
    assert_eq!(
        integer.architecture().output(),
        OutputSpec::Class { classes: 2 }
    );
    for rows in [&known, &held_out] {
        let samples = rows.iter().map(|row| (&row[..30], row[30] as u32));
        let report = compare(&float, &integer, samples).unwrap();
        println!("{report:?}");
        assert_eq!(report.agreeing, report.samples);
        if rows.len() == 143 {
            // What onnxruntime and scikit-learn get right.
            assert_eq!(report.float_correct, 137);
        }
    }
}

#[test]
fn regressor_is_within_a_step_of_the_float_model() {
    let float = FloatModel::load(&example("regressor-100.onnx")).unwrap();
    let held_out = table("held-out.csv");
    let known = prefixes(&table("calibration.csv"), 20);
    let (integer, report) = quantize_reported(&float, &known, QuantizeOptions::default()).unwrap();
    let expected = TreeEnsemble {
        trees: 100,
        depth: 4,
        features: 20,
        scores: 1,
        leaf_scores: 1,
        result: TreeResult::Lanes,
    };
    assert_eq!(ensemble(&integer), expected);
    let scale = integer.scales().output;
    let (mut error, mut far) = (0.0, 0);
    for row in &held_out {
        let FloatOutput::Values(expected) = float.run(&row[..20]).unwrap() else {
            panic!("a regressor gives no class")
        };
        let Output::Lanes(lanes) = integer.evaluate(&integer.input_lanes(&row[..20])).unwrap()
        else {
            panic!("a regressor gives no class")
        };
        let got = scale.dequantize(lanes[0]);
        error += (got - f64::from(row[20])).abs() / held_out.len() as f64;
        far += usize::from((got - f64::from(expected[0])).abs() > 0.55 * scale.scale.to_f64());
    }
    println!("mean error {error}, {far} of {} off", held_out.len());
    // Rows that it was trained on: the error is that of rounding to a lane.
    let [node] = report.nodes.as_slice() else {
        panic!("{report:?}")
    };
    assert!(node.max <= 0.55 * scale.scale.to_f64(), "{node:?}");
    assert!(error < 0.56, "{error}, the float model's is 0.55");
    // A few held-out measurements share a lane with a threshold.
    assert!(far <= 4, "{far}");
}

#[test]
fn comparisons_of_calibration_rows_are_those_of_the_floats() {
    let float = FloatModel::load(&example("classifier-100.onnx")).unwrap();
    let known = prefixes(&table("calibration.csv"), 30);
    let integer = quantize(&float, &known).unwrap();
    let spec = ensemble(&integer);
    let trees = &float.graph().tree_ensemble().unwrap().trees;
    let mut compared = 0;
    for row in &known {
        let lanes = integer.input_lanes(row);
        let lanes: Vec<i32> = lanes.into_iter().map(i32::from).collect();
        for (index, tree) in trees.iter().enumerate() {
            let mut node = 0;
            for step in spec.path(&integer.data()[0], &lanes, index).steps {
                let assay_model::graph::ops::TreeNode::Branch {
                    feature,
                    threshold,
                    at_most,
                    above,
                } = tree.0[node]
                else {
                    break;
                };
                assert_eq!(step.feature, feature);
                assert_eq!(step.above, row[feature] > threshold);
                node = if step.above { above } else { at_most };
                compared += 1;
            }
        }
    }
    assert!(compared > 50_000, "{compared}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn evaluator_is_the_definition((model, input) in arb_tree_model_and_input()) {
        prop_assert_eq!(model.evaluate(&input).unwrap(), definition(&model, &input));
        prop_assert_eq!(&QuantizedModel::from_bytes(&model.to_bytes()).unwrap(), &model);
    }

    /// The equations of the module, each with one solution.
    #[test]
    fn hints_are_the_only_solution((model, input) in arb_tree_model_and_input()) {
        let lanes: Vec<i32> = input.iter().map(|&lane| lane.into()).collect();
        let OpSpec::TreeEnsemble(spec) = model.architecture().nodes[0].op else {
            panic!("the first node holds the trees")
        };
        let data = &model.data()[0];
        let trace = model.trace(&input).unwrap();
        let mut scores: Vec<i64> = data.part(Part::Bias).iter().map(|&base| base.into()).collect();
        for tree in 0..spec.trees {
            let path = spec.path(data, &lanes, tree);
            let mut node = 0;
            for step in &path.steps {
                prop_assert_eq!(step.node, node);
                let solutions: Vec<(bool, i32)> = [false, true]
                    .map(|above| match above {
                        true => (above, step.value - step.threshold - 1),
                        false => (above, step.threshold - step.value),
                    })
                    .into_iter()
                    .filter(|(_, distance)| (0..1 << 16).contains(distance))
                    .collect();
                prop_assert_eq!(solutions, vec![(step.above, step.distance)]);
                node = 2 * node + 1 + usize::from(step.above);
            }
            prop_assert_eq!(path.leaf, node - spec.inner_nodes());
            let leaf = (tree * spec.leaves() + path.leaf) * spec.leaf_scores;
            for number in 0..spec.leaf_scores {
                let score = if spec.leaf_scores == 1 { tree % spec.scores } else { number };
                scores[score] += i64::from(data.part(Part::Leaves)[leaf + number]);
            }
        }
        prop_assert_eq!(&scores, &trace.nodes[0].accumulators);
        let bound = model
            .architecture()
            .accumulator_bound(&model.architecture().nodes[0])
            .unwrap();
        prop_assert!(scores.iter().all(|score| u128::from(score.unsigned_abs()) <= bound));
    }
}

fn list(mut node: NodeProto, name: &str, floats: &[f32]) -> NodeProto {
    node.attribute.push(AttributeProto {
        name: name.into(),
        r#type: AttributeType::Floats as i32,
        floats: floats.to_vec(),
        ..Default::default()
    });
    node
}

fn texts(mut node: NodeProto, name: &str, texts: &[&str]) -> NodeProto {
    node.attribute.push(AttributeProto {
        name: name.into(),
        r#type: AttributeType::Strings as i32,
        strings: texts.iter().map(|text| text.as_bytes().to_vec()).collect(),
        ..Default::default()
    });
    node
}

const LEAF: &str = "LEAF";

/// Returns a node of two trees: one comparison with 0.5 and one leaf alone.
fn two_trees(op: &str, mode: &str) -> NodeProto {
    let trees = NodeProto {
        domain: "ai.onnx.ml".into(),
        ..node(op, &["x"], "y")
    };
    let trees = int_list(trees, "nodes_treeids", &[0, 0, 0, 1]);
    let trees = int_list(trees, "nodes_nodeids", &[0, 1, 2, 0]);
    let trees = int_list(trees, "nodes_featureids", &[1, 0, 0, 0]);
    let trees = int_list(trees, "nodes_truenodeids", &[1, 0, 0, 0]);
    let trees = int_list(trees, "nodes_falsenodeids", &[2, 0, 0, 0]);
    let trees = texts(trees, "nodes_modes", &[mode, LEAF, LEAF, LEAF]);
    list(trees, "nodes_values", &[0.5, 0.0, 0.0, 0.0])
}

/// Returns the leaves of both trees, each with a number for one score.
fn leaves(node: NodeProto, prefix: &str, scores: [i64; 3]) -> NodeProto {
    let node = int_list(node, &format!("{prefix}_treeids"), &[0, 0, 1]);
    let node = int_list(node, &format!("{prefix}_nodeids"), &[1, 2, 0]);
    let node = int_list(node, &format!("{prefix}_ids"), &scores);
    list(node, &format!("{prefix}_weights"), &[-1.0, 2.0, 0.25])
}

fn regressor(mode: &str) -> NodeProto {
    let node = int(two_trees("TreeEnsembleRegressor", mode), "n_targets", 2);
    leaves(node, "target", [0, 0, 1])
}

fn classifier(labels: &[i64], scores: [i64; 3]) -> NodeProto {
    let node = two_trees("TreeEnsembleClassifier", "BRANCH_LEQ");
    let node = int_list(node, "classlabels_int64s", labels);
    leaves(node, "class", scores)
}

fn case(node: NodeProto) -> ModelProto {
    model(&[1, 3], vec![node], vec![])
}

fn samples() -> Vec<Vec<f32>> {
    let mut samples: Vec<Vec<f32>> = noise(3, 90).chunks(3).map(<[f32]>::to_vec).collect();
    samples.push(vec![0.0, 0.5, 0.0]);
    samples
}

#[test]
fn every_mode_decides_as_written() {
    let check = |mode: &str, first: fn(f32) -> bool| {
        let float = FloatModel::load(&bytes(&case(regressor(mode)))).unwrap();
        let integer = quantize(&float, &samples()).unwrap();
        let scale = integer.scales().output;
        for sample in samples() {
            let expected = [if first(sample[1]) { -1.0 } else { 2.0 }, 0.25];
            assert_eq!(
                float.run(&sample).unwrap(),
                FloatOutput::Values(expected.to_vec())
            );
            let Output::Lanes(lanes) = integer.evaluate(&integer.input_lanes(&sample)).unwrap()
            else {
                panic!("a regressor gives no class")
            };
            for (lane, expected) in lanes.into_iter().zip(expected) {
                let off = (scale.dequantize(lane) - f64::from(expected)).abs();
                assert!(off <= scale.scale.to_f64(), "{mode}, {sample:?}: {off}");
            }
        }
    };
    check("BRANCH_LEQ", |x| x <= 0.5);
    check("BRANCH_LT", |x| x < 0.5);
    check("BRANCH_GT", |x| x > 0.5);
    check("BRANCH_GTE", |x| x >= 0.5);
}

#[test]
fn classes_are_those_of_the_scores() {
    let check = |node: NodeProto, expected: TreeResult, class: fn(f32) -> u32| {
        let float = FloatModel::load(&bytes(&case(node))).unwrap();
        let integer = quantize(&float, &samples()).unwrap();
        assert_eq!(ensemble(&integer).result, expected);
        for sample in samples() {
            assert_eq!(
                float.run(&sample).unwrap(),
                FloatOutput::Class(class(sample[1]))
            );
            let got = integer.evaluate(&integer.input_lanes(&sample)).unwrap();
            assert_eq!(got, Output::Class(class(sample[1])));
        }
    };
    let sign = |x| u32::from(x > 0.5);
    check(classifier(&[0, 1], [0, 0, 0]), TreeResult::Sign, sign);
    check(classifier(&[0, 1], [1, 1, 0]), TreeResult::ArgMax, sign);
    // One leaf for each score, -0.75 or 0.25 against 0 or 2.
    check(classifier(&[0, 1], [0, 1, 0]), TreeResult::ArgMax, |_| 1);
    check(classifier(&[0, 1, 2], [1, 1, 2]), TreeResult::ArgMax, |x| {
        if x > 0.5 { 1 } else { 2 }
    });
}

#[test]
fn label_alone_is_the_output_of_a_classifier() {
    let mut trees = classifier(&[0, 1], [0, 0, 0]);
    trees.output.push("p".into());
    let mut two = model(&[1, 3], vec![trees, node("ZipMap", &["p"], "z")], vec![]);
    two.graph.as_mut().unwrap().output.push(value("z", &[1, 2]));
    FloatModel::load(&bytes(&two)).unwrap();
}

#[test]
fn numbers_beyond_the_calibrated_range_are_decided_right() {
    let float = FloatModel::load(&bytes(&case(classifier(&[0, 1], [0, 0, 0])))).unwrap();
    let integer = quantize(&float, &[vec![0.0, 0.25, 0.0], vec![0.0, 0.5, 0.0]]).unwrap();
    let check = |x: f32, class| {
        let got = integer
            .evaluate(&integer.input_lanes(&[0.0, x, 0.0]))
            .unwrap();
        assert_eq!(got, Output::Class(class), "{x}");
    };
    for below in [f32::NEG_INFINITY, f32::MIN, -1.0, 0.2, 0.5] {
        check(below, 0);
    }
    for above in [0.51, 3.0, f32::MAX, f32::INFINITY, f32::NAN] {
        check(above, 1);
    }
}

#[test]
fn input_beyond_its_lanes_is_refused() {
    let float = FloatModel::load(&bytes(&case(regressor("BRANCH_LEQ")))).unwrap();
    let integer = quantize(&float, &samples()).unwrap();
    let error = integer.evaluate(&[0, 1 << 15, 0]).unwrap_err();
    let (index, min, max, got) = (1, -(1 << 15), (1 << 15) - 1, 1 << 15);
    let expected = ModelError::InputOutOfRange {
        index,
        min,
        max,
        got,
    };
    assert_eq!(error, expected);
}

#[test]
fn wrong_trees_are_refused() {
    let refused = |model: ModelProto, expected: &str| {
        let message = import(&bytes(&model)).unwrap_err().to_string();
        assert!(
            message.contains(expected),
            "`{message}` does not say `{expected}`"
        );
    };
    let bad = |node, expected| refused(case(node), expected);
    /// Gives an attribute another value.
    fn with(mut node: NodeProto, name: &str, set: fn(&mut AttributeProto)) -> NodeProto {
        let mut attributes = node.attribute.iter_mut();
        set(attributes.find(|attribute| attribute.name == name).unwrap());
        node
    }
    let good = || regressor("BRANCH_LEQ");
    bad(
        regressor("BRANCH_EQ"),
        "mode `BRANCH_EQ` of a node is not supported",
    );
    bad(
        with(good(), "nodes_truenodeids", |list| list.ints[0] = 0),
        "a tree is deeper than 12",
    );
    bad(
        with(good(), "nodes_truenodeids", |list| list.ints[0] = 9),
        "tree 0 has no node 9",
    );
    bad(
        with(good(), "nodes_nodeids", |list| list.ints[2] = 1),
        "tree 0 has two nodes 1",
    );
    bad(
        with(good(), "nodes_nodeids", |list| list.ints[3] = 4),
        "tree 1 does not start with node 0",
    );
    bad(
        with(good(), "nodes_featureids", |list| list.ints[0] = 3),
        "nodes_featureids holds 3, expected less than 3",
    );
    bad(
        with(good(), "nodes_values", |list| list.floats[0] = f32::NAN),
        "holds a float that is not finite",
    );
    bad(
        with(good(), "nodes_modes", |list| list.strings.truncate(3)),
        "the lists nodes_.. differ in length",
    );
    bad(
        with(good(), "target_ids", |list| list.ints[0] = 2),
        "target_ids holds 2, expected less than 2",
    );
    bad(
        with(good(), "target_weights", |list| list.floats.truncate(2)),
        "the lists target_.. differ in length",
    );
    bad(
        with(good(), "target_nodeids", |list| list.ints[0] = 0),
        "a weight is of a node that is no leaf",
    );
    bad(
        with(good(), "n_targets", |targets| targets.i = -1),
        "0 scores, expected 1 to 16384",
    );
    bad(
        list(good(), "base_values", &[1.0]),
        "1 base_values, expected 2",
    );
    bad(
        int_list(good(), "nodes_missing_value_tracks_true", &[1, 0, 0, 0]),
        "train without missing values",
    );
    bad(
        text(good(), "aggregate_function", "MAX"),
        "aggregate_function is not SUM or AVERAGE",
    );
    bad(
        text(good(), "post_transform", "LOGISTIC"),
        "post_transform is not NONE",
    );
    bad(
        classifier(&[1, 2], [0, 0, 0]),
        "its labels are not 0, 1, 2, ...",
    );
    bad(
        text(classifier(&[0, 1], [0, 0, 0]), "post_transform", "PROBIT"),
        "post_transform is not",
    );
    refused(
        model(&[1, 3, 2], vec![good()], vec![]),
        "expected [1, features]",
    );
    let mut before = good();
    before.input[0] = "s".into();
    refused(
        model(&[1, 3], vec![node("Sigmoid", &["x"], "s"), before], vec![]),
        "does not read the model's input",
    );
    let mut first = good();
    first.output[0] = "t".into();
    refused(
        model(&[1, 3], vec![first, node("Sigmoid", &["t"], "y")], vec![]),
        "must be the whole model",
    );
}

#[test]
fn every_bit_flip_is_refused_or_a_model() {
    for node in [regressor("BRANCH_LT"), classifier(&[0, 1], [0, 1, 0])] {
        let file = bytes(&case(node));
        for index in 0..file.len() {
            for bit in 0..8 {
                let mut bent = file.clone();
                bent[index] ^= 1 << bit;
                let Ok(float) = FloatModel::load(&bent) else {
                    continue;
                };
                let inputs = float.graph().inputs();
                if let Ok(model) = quantize(&float, &[vec![0.0; inputs], vec![1.0; inputs]]) {
                    model.evaluate(&vec![0; inputs]).unwrap();
                }
            }
        }
    }
}
