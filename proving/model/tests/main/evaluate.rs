//! The evaluator against the definition, written as plainly as it can be.

use assay_model::quant::limits::{ACCUMULATOR_LIMIT, SHIFT, accumulator_bound};
use assay_model::testing::{arb_input, arb_model, arb_model_and_input};
use assay_model::{LayerSpec, LayerTrace, ModelError, Output, QuantizedModel};
use proptest::prelude::*;

/// Computes a model in unbounded integers and exact fractions, layer by layer from its committed data alone.
fn definition(model: &QuantizedModel, input: &[i8]) -> Output {
    let sections = model.committed_data();
    let mut sections = sections.iter().map(|section| section.values.as_slice());
    let mut lanes: Vec<i128> = input.iter().map(|&lane| lane.into()).collect();
    for layer in &model.architecture().layers {
        match *layer {
            LayerSpec::Dense {
                inputs,
                outputs,
                relu,
            } => {
                let [weights, bias, multipliers, zero] =
                    std::array::from_fn(|_| sections.next().unwrap());
                let zero = i128::from(zero[0]);
                let mut next = Vec::new();
                for j in 0..outputs {
                    let mut sum = i128::from(bias[j]);
                    for i in 0..inputs {
                        sum += i128::from(weights[j * inputs + i]) * lanes[i];
                    }
                    let product = sum * i128::from(multipliers[j]);
                    let one = 1_i128 << SHIFT;
                    let nearest = product.signum() * ((product.abs() + one / 2) / one);
                    let low = if relu { zero } else { -128 };
                    next.push((nearest + zero).min(127).max(low));
                }
                lanes = next;
            }
            LayerSpec::ArgMax { .. } => {
                let max = lanes.iter().max().unwrap();
                return Output::Class(
                    u32::try_from(lanes.iter().position(|lane| lane == max).unwrap()).unwrap(),
                );
            }
        }
    }
    Output::Lanes(
        lanes
            .into_iter()
            .map(|lane| i8::try_from(lane).unwrap())
            .collect(),
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn evaluator_is_the_definition((model, input) in arb_model_and_input()) {
        prop_assert_eq!(model.evaluate(&input).unwrap(), definition(&model, &input));
    }

    #[test]
    fn trace_is_consistent_and_within_the_bounds((model, input) in arb_model_and_input()) {
        let trace = model.trace(&input).unwrap();
        prop_assert_eq!(trace.layers.len(), model.architecture().layers.len());
        let mut lanes = input;
        for (spec, layer) in model.architecture().layers.iter().zip(&trace.layers) {
            match layer {
                LayerTrace::Dense(dense) => {
                    let bound = accumulator_bound(spec.inputs());
                    prop_assert!(bound < ACCUMULATOR_LIMIT as u128);
                    for (accumulator, lane) in dense.accumulators.iter().zip(&dense.requantized) {
                        prop_assert!(u128::from(accumulator.unsigned_abs()) <= bound);
                        prop_assert_eq!(lane.negative, *accumulator < 0);
                        prop_assert!(lane.quotient.unsigned_abs() <= accumulator.unsigned_abs());
                    }
                    lanes = dense.output.clone();
                }
                LayerTrace::ArgMax(argmax) => {
                    prop_assert_eq!(lanes[argmax.index], argmax.max);
                    prop_assert!(lanes.iter().all(|&lane| lane <= argmax.max));
                    prop_assert!(lanes[..argmax.index].iter().all(|&lane| lane < argmax.max));
                }
            }
        }
    }

    #[test]
    fn wrong_input_length_is_refused(model in arb_model(), got in 0_usize..20) {
        let expected = model.architecture().inputs;
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
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    let mut runner = TestRunner::deterministic();
    let (mut argmax, mut lanes, mut saturated, mut ties, mut clamped) = (0, 0, 0, 0, 0);
    for _ in 0..300 {
        let model = arb_model().new_tree(&mut runner).unwrap().current();
        let input = arb_input(&model).new_tree(&mut runner).unwrap().current();
        let trace = model.trace(&input).unwrap();
        match trace.output {
            Output::Class(_) => argmax += 1,
            Output::Lanes(_) => lanes += 1,
        }
        for (spec, layer) in model.architecture().layers.iter().zip(&trace.layers) {
            if let (LayerTrace::Dense(dense), LayerSpec::Dense { relu, .. }) = (layer, spec) {
                for lane in &dense.requantized {
                    saturated += usize::from(lane.value == i8::MAX && lane.quotient > 127);
                    ties += usize::from(lane.negative && lane.remainder == (1 << SHIFT) - 1);
                    clamped += usize::from(*relu && lane.quotient < 0);
                }
            }
        }
    }
    for count in [argmax, lanes, saturated, ties, clamped] {
        assert!(
            count >= 10,
            "{:?}",
            [argmax, lanes, saturated, ties, clamped]
        );
    }
}

#[test]
fn shapes_beyond_the_limits_are_refused() {
    use assay_model::Architecture;
    use assay_model::quant::limits::{
        FORMAT, MAX_DENSE_INPUTS, MAX_DENSE_OUTPUTS, MAX_LAYERS, MAX_WEIGHTS,
    };

    let dense = |inputs, outputs| LayerSpec::Dense {
        inputs,
        outputs,
        relu: false,
    };
    let check = |inputs, layers: Vec<LayerSpec>, expected: &str| {
        let message = Architecture {
            format: FORMAT,
            inputs,
            layers,
        }
        .validate()
        .unwrap_err()
        .to_string();
        assert!(message.contains(expected), "{message}");
    };
    check(1, vec![], "no layers");
    check(0, vec![dense(0, 1)], "no layer inputs");
    check(1, vec![dense(1, 0)], "no layer outputs");
    check(
        2,
        vec![dense(3, 1)],
        "layer 0 takes 3 lanes, but 2 reach it",
    );
    check(
        2,
        vec![dense(2, 3), dense(2, 1)],
        "layer 1 takes 2 lanes, but 3 reach it",
    );
    check(1, vec![dense(1, 1); MAX_LAYERS + 1], "too many layers");
    check(
        MAX_DENSE_INPUTS + 1,
        vec![dense(MAX_DENSE_INPUTS + 1, 1)],
        "too many layer inputs",
    );
    check(
        1,
        vec![dense(1, MAX_DENSE_OUTPUTS + 1)],
        "too many layer outputs",
    );
    check(
        MAX_DENSE_INPUTS,
        vec![dense(MAX_DENSE_INPUTS, MAX_WEIGHTS / MAX_DENSE_INPUTS + 1)],
        "too many weights",
    );
    check(
        usize::MAX,
        vec![dense(usize::MAX, usize::MAX)],
        "too many weights",
    );
    check(
        2,
        vec![LayerSpec::ArgMax { inputs: 2 }, dense(2, 1)],
        "can only be the last layer",
    );
    let other = Architecture {
        format: 2,
        inputs: 1,
        layers: vec![dense(1, 1)],
    };
    assert_eq!(
        other.validate(),
        Err(ModelError::UnknownFormat {
            expected: 1,
            got: 2
        })
    );
}

#[test]
fn committed_data_that_does_not_fit_is_refused() {
    use assay_model::{Architecture, Part, Quantization, Scale, Scales, SectionSpec};

    let architecture = Architecture {
        format: 1,
        inputs: 1,
        layers: vec![LayerSpec::Dense {
            inputs: 1,
            outputs: 1,
            relu: false,
        }],
    };
    let end = Quantization {
        scale: Scale {
            mantissa: 1 << 31,
            shift: 31,
        },
        zero_point: 0,
    };
    let scales = Scales {
        input: end,
        output: end,
    };
    let check = |values: fn(&SectionSpec) -> Vec<i64>, expected: &str| {
        let message = QuantizedModel::from_committed(architecture.clone(), scales, values)
            .unwrap_err()
            .to_string();
        assert!(message.contains(expected), "{message}");
    };
    check(
        |section| vec![0; usize::from(section.part != Part::Weights)],
        "0 weights, expected 1",
    );
    check(
        |section| vec![0; 1 + usize::from(section.part == Part::OutputZeroPoint)],
        "2 output zero points, expected 1",
    );
    check(
        |section| {
            vec![if section.part == Part::Weights {
                128
            } else {
                0
            }]
        },
        "128 among its weights",
    );
    check(
        |section| {
            vec![if section.part == Part::Multipliers {
                -1
            } else {
                0
            }]
        },
        "-1 among its multipliers",
    );
    check(
        |section| {
            vec![if section.part == Part::Bias {
                i64::MAX
            } else {
                0
            }]
        },
        "among its bias",
    );
}
