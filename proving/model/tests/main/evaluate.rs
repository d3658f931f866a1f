//! The evaluator against the definition, on random graphs.

use assay_model::quant::limits::{SHIFT, accumulator_limit};
use assay_model::quant::ops::layer_norm::LayerNormRow;
use assay_model::quant::ops::softmax::{self, SoftmaxRow};
use assay_model::quant::ops::{LayerNorm, OpSpec, Operand, Softmax};
use assay_model::testing::{arb_input, arb_model, arb_model_and_input};
use assay_model::{ModelError, NodeData, Output, Part, QuantizedModel, Rescale, requantize};
use assay_statement::Lane;
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
            let Some(bound) = architecture.accumulator_bound(node) else {
                prop_assert!(values.accumulators.is_empty());
                continue;
            };
            let limit = accumulator_limit(architecture.lanes_of(node).inputs);
            prop_assert!(bound < limit as u128);
            prop_assert!(bound < 1 << architecture.accumulator_bits(node).unwrap());
            prop_assert_eq!(values.accumulators.len(), values.lanes.len());
            for accumulator in &values.accumulators {
                prop_assert!(u128::from(accumulator.unsigned_abs()) <= bound);
            }
        }
    }

    #[test]
    fn hints_satisfy_their_equations_and_bounds((model, input) in arb_model_and_input()) {
        let trace = model.trace(&input).unwrap();
        let architecture = model.architecture();
        for ((index, node), data) in architecture.nodes.iter().enumerate().zip(model.data()) {
            let lanes = node.inputs.first().map_or(&[][..], |&id| trace.value(id));
            let y = trace.value(index + 1);
            let width = node.tensor.width();
            match &node.op {
                OpSpec::Softmax(softmax) => {
                    let operand = Operand { tensor: &node.tensor, lanes };
                    for (row, y) in softmax.rows(data, operand).iter().zip(y.chunks(width)) {
                        check_shares(row, width, &y[row.first..])?;
                    }
                }
                OpSpec::LayerNorm(norm) => {
                    let rows = norm.rows(data, lanes);
                    for ((row, x), y) in rows.iter().zip(lanes.chunks(width)).zip(y.chunks(width)) {
                        check_norm(row, data, x, y)?;
                    }
                }
                _ => {}
            }
        }
    }

    #[test]
    fn sources_are_what_movement_does((model, input) in arb_model_and_input()) {
        use assay_model::Source;

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

fn check_shares(row: &SoftmaxRow, width: usize, y: &[i32]) -> Result<(), TestCaseError> {
    let (sum, reciprocal) = (row.sum, row.reciprocal);
    prop_assert!(sum >= 1 << softmax::EXP_BITS);
    prop_assert!(sum as u128 <= Softmax::sum_bound(width));
    prop_assert_eq!(softmax::NUMERATOR, reciprocal * sum + row.remainder);
    prop_assert!((0..sum).contains(&row.remainder));
    prop_assert!((1..1 << softmax::EXP_BITS).contains(&reciprocal));
    for (index, &e) in row.exponentials.iter().enumerate() {
        let (share, rest) = (row.shares[index], row.share_remainders[index]);
        let rounded = e * reciprocal + (1 << (softmax::SHARE_SHIFT - 1));
        prop_assert_eq!(rounded, (share << softmax::SHARE_SHIFT) + rest);
        prop_assert!((0..1 << softmax::SHARE_SHIFT).contains(&rest));
        prop_assert!((0..256).contains(&share));
        prop_assert_eq!(i64::from(y[index]), share - 128);
    }
    Ok(())
}

fn check_norm(
    row: &LayerNormRow,
    data: &NodeData,
    x: &[i32],
    y: &[i32],
) -> Result<(), TestCaseError> {
    let (w, r) = (row.variance as u128, row.root as u128);
    prop_assert!(w <= LayerNorm::variance_bound(x.len()));
    prop_assert!(r <= LayerNorm::root_bound(x.len()));
    prop_assert!(r * w <= LayerNorm::root_times_variance_bound(x.len()));
    prop_assert!(r * r * w <= 1 << 48 && (r + 1) * (r + 1) * w > 1 << 48);
    for (index, &lane) in x.iter().enumerate() {
        let centered = x.len() as i64 * i64::from(lane) - row.sum;
        let scale = i64::from(data.part(Part::ColumnScales)[index]);
        let bias = i64::from(data.part(Part::Bias)[index]) << 17;
        let numerator = centered * (2 * row.root + 1) * scale + bias + (1 << 32);
        let bound = LayerNorm::numerator_bound(x.len());
        prop_assert!(u128::from(numerator.unsigned_abs()) <= bound);
        let (quotient, rest) = (row.quotients[index], row.remainders[index]);
        prop_assert_eq!(numerator, (quotient << 33) + rest);
        prop_assert!((0..1 << 33).contains(&rest));
        prop_assert_eq!(i64::from(y[index]), quotient.clamp(-128, 127));
    }
    Ok(())
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
                if i64::from(lane) == node.tensor.lane.max() {
                    seen("saturated");
                }
                if relu && accumulator < 0 {
                    seen("clamped");
                }
                let rescale = Rescale {
                    shift: SHIFT,
                    relu: false,
                    lane: Lane::Int8,
                };
                let half = requantize(accumulator, 1 << (SHIFT - 1), 0, rescale);
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
