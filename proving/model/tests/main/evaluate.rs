//! The evaluator against the definition, on random graphs.

use assay_model::quant::limits::{ACCUMULATOR_LIMIT, SHIFT};
use assay_model::quant::ops::OpSpec;
use assay_model::testing::{arb_input, arb_model, arb_model_and_input};
use assay_model::{ModelError, Output, QuantizedModel, requantize};
use proptest::prelude::*;

use crate::definition::definition;

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn evaluator_is_the_definition((model, input) in arb_model_and_input()) {
        prop_assert_eq!(model.evaluate(&input).unwrap(), definition(&model, &input));
    }

    #[test]
    fn trace_is_consistent_and_within_the_bounds((model, input) in arb_model_and_input()) {
        let trace = model.trace(&input).unwrap();
        let architecture = model.architecture();
        prop_assert_eq!(trace.nodes.len(), architecture.nodes.len());
        for (node, values) in architecture.nodes.iter().zip(&trace.nodes) {
            prop_assert_eq!(values.lanes.len(), node.tensor.elements());
            let Some(bound) = node.accumulator_bound() else {
                prop_assert!(values.accumulators.is_empty());
                continue;
            };
            prop_assert!(bound < ACCUMULATOR_LIMIT as u128);
            prop_assert!(bound < 1 << node.accumulator_bits().unwrap());
            prop_assert_eq!(values.accumulators.len(), values.lanes.len());
            for accumulator in &values.accumulators {
                prop_assert!(u128::from(accumulator.unsigned_abs()) <= bound);
            }
        }
    }

    #[test]
    fn sources_are_what_movement_does((model, input) in arb_model_and_input()) {
        use assay_model::{Part, Source};

        let trace = model.trace(&input).unwrap();
        let architecture = model.architecture();
        for (index, node) in architecture.nodes.iter().enumerate() {
            let Some(sources) = node.op.sources(&architecture.inputs_of(node)) else {
                continue;
            };
            let lanes: Vec<i32> = sources
                .iter()
                .map(|source| match *source {
                    Source::Element { input, index } => trace.value(node.inputs[input])[index],
                    Source::Committed => model.data()[index].part(Part::InputZeroPoint)[0],
                })
                .collect();
            prop_assert_eq!(&lanes, trace.value(index + 1));
        }
    }

    #[test]
    fn wrong_input_length_is_refused(model in arb_model(), got in 0_usize..20) {
        let expected = model.architecture().inputs();
        let result = model.evaluate(&vec![0; got]);
        if got == expected {
            prop_assert!(result.is_ok());
        } else {
            prop_assert_eq!(result, Err(ModelError::WrongInputLength { expected, got }));
        }
    }

    #[test]
    fn committed_data_holds_the_whole_model(model in arb_model()) {
        let sections = model.committed_data();
        let specs: Vec<_> = sections.iter().map(|section| section.spec).collect();
        prop_assert_eq!(&specs, &model.architecture().sections());
        for section in &sections {
            prop_assert_eq!(section.values.len(), section.spec.len);
            prop_assert_eq!(section.spec.len % section.spec.row, 0);
            prop_assert!(section.spec.lane.pack(&section.values).is_ok());
        }
        let mut values = sections.into_iter().map(|section| section.values);
        let rebuilt = QuantizedModel::from_committed(
            model.architecture().clone(),
            *model.scales(),
            |_| values.next().unwrap(),
        );
        prop_assert_eq!(rebuilt.unwrap(), model);
    }
}

#[test]
fn strategies_reach_every_case() {
    use std::collections::BTreeMap;

    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    let mut runner = TestRunner::deterministic();
    let mut counts = BTreeMap::new();
    let mut seen = |what: &'static str| *counts.entry(what).or_insert(0) += 1;
    for _ in 0..800 {
        let model = arb_model().new_tree(&mut runner).unwrap().current();
        let input = arb_input(&model).new_tree(&mut runner).unwrap().current();
        let trace = model.trace(&input).unwrap();
        seen(match trace.output {
            Output::Class(_) => "class",
            Output::Lanes(_) => "lanes",
        });
        let architecture = model.architecture();
        for (index, node) in architecture.nodes.iter().enumerate() {
            seen(node.op.name());
            if architecture.readers(index + 1).count() > 1 {
                seen("read twice");
            }
            let relu = match &node.op {
                OpSpec::Dense(dense) => dense.relu,
                OpSpec::Conv(conv) => {
                    if conv.window.is_padded() {
                        seen("padded");
                    }
                    if conv.groups > 1 {
                        seen("groups");
                    }
                    conv.relu
                }
                _ => continue,
            };
            for (&accumulator, &lane) in trace.nodes[index]
                .accumulators
                .iter()
                .zip(trace.value(index + 1))
            {
                // With the largest multiplier below one: enough to know the sign and the ties of typical ones.
                let lane = i8::try_from(lane).unwrap();
                if lane == i8::MAX {
                    seen("saturated");
                }
                if relu && accumulator < 0 {
                    seen("clamped");
                }
                let half = requantize(accumulator, 1 << (SHIFT - 1), 0, false);
                if half.negative && half.remainder == (1 << SHIFT) - 1 {
                    seen("tie");
                }
            }
        }
    }
    println!("{counts:?}");
    assert_eq!(counts.len(), 26 + 8, "{counts:?}");
    assert!(counts.values().all(|&count| count >= 10), "{counts:?}");
}
