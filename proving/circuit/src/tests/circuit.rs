//! Whole circuits: every shape gives what the evaluator gives, and jobs that do not fit are refused.

use assay_model::quant::ops::{Concat, Conv, LayerNorm, Matmul, Pad, Resize, Softmax, Transpose};
use assay_model::testing::{arb_model_and_input, arb_tree_model_and_input};
use assay_model::{Architecture, NodeData, OpSpec, Part, QuantizedModel, Window};
use assay_statement::{Header, Kind, Lane, Privacy, Statement};
use plonky2::field::types::Field;
use proptest::prelude::*;

use super::models::*;
use crate::check::Rows;
use crate::commitment::{input_commitment, model_commitment, output_commitment, output_salt};
use crate::{CircuitError, F, ModelCircuit, Salt};

/// Shapes that reach every branch of the layout: ragged and whole rows, odd and even outputs, one lane, more
/// than 21 output lanes.
fn shapes() -> Vec<Architecture> {
    [
        (&[1, 1][..], false),
        (&[7, 2], true),
        (&[14, 3, 2], true),
        (&[15, 4], false),
        (&[6, 9, 25], false),
        (&[29, 7, 5, 11], true),
        (&[70, 1, 12], true),
    ]
    .into_iter()
    .map(|(widths, argmax)| mlp(widths, argmax))
    .collect()
}

pub fn holds(circuit: &ModelCircuit, case: &Case) {
    let witness = circuit.witness(&case.job()).unwrap();
    let public = witness.public_words.map(F::from_canonical_u64);
    Rows::of(&circuit.data)
        .check(&witness.wires, &public)
        .unwrap();
}

#[test]
fn witness_is_the_evaluator_for_every_shape_and_privacy() {
    for architecture in shapes() {
        for header in [ALL_PUBLIC, PRIVATE_WEIGHTS, ALL_PRIVATE] {
            let circuit = ModelCircuit::build(&architecture, header).unwrap();
            for seed in 0..4 {
                holds(&circuit, &Case::new(&architecture, header, seed));
            }
        }
    }
}

/// Every operator, and every way a product and a pooling are laid out.
fn graphs() -> Vec<Architecture> {
    let mut all = vec![
        tiny_cnn(),
        // Dense over rows: supplied, requantized with shared and with own multipliers, and direct.
        rows_mlp(9, &[15, 6, 2], true),
        rows_mlp(2, &[40, 30], false),
        rows_mlp(2, &[2, 1], false),
    ];
    let conv = |shape: &[usize], channels: [usize; 3], window: Window| {
        let mut builder = Builder::new(shape);
        let [inputs, outputs, groups] = channels;
        builder.conv(inputs, outputs, groups, window);
        builder.architecture
    };
    let window = Window::new;
    all.extend([
        // One dimension; strides, dilations, uneven padding, groups, depthwise.
        conv(&[1, 2, 17], [2, 3, 1], window(&[4]).with_pads(&[2], &[1])),
        conv(
            &[1, 3, 9, 12],
            [3, 4, 1],
            window(&[3, 2]).with_strides(&[2, 3]),
        ),
        conv(
            &[1, 2, 11, 13],
            [2, 4, 1],
            window(&[3, 3]).with_dilations(&[2, 3]),
        ),
        conv(
            &[1, 2, 8, 9],
            [2, 3, 1],
            window(&[3, 4])
                .with_strides(&[2, 1])
                .with_pads(&[1, 0], &[2, 3]),
        ),
        conv(&[1, 6, 7, 7], [6, 10, 2], window(&[3, 3])),
        conv(
            &[1, 5, 9, 9],
            [5, 5, 5],
            window(&[3, 3]).with_pads(&[1, 1], &[1, 1]),
        ),
        conv(&[1, 4, 6, 6], [4, 9, 1], window(&[1, 1])),
        // So few positions that dot products are cheaper.
        conv(&[1, 2, 3, 3], [2, 2, 1], window(&[3, 3])),
    ]);
    for pool in [
        halves(),
        window(&[3, 3]).with_strides(&[2, 2]),
        window(&[3, 3])
            .with_strides(&[2, 2])
            .with_pads(&[1, 1], &[1, 1]),
        window(&[2, 2]).with_strides(&[3, 3]),
        window(&[1, 1]),
        window(&[8, 8]),
    ] {
        let mut builder = Builder::new(&[1, 2, 10, 10]);
        builder.conv(2, 3, 1, window(&[3, 3]));
        builder.pool(pool.clone());
        all.push(builder.architecture);
        // Of lanes, and of sums that a second node reads too.
        let mut builder = Builder::new(&[1, 2, 10, 10]);
        builder.pool(pool);
        all.push(builder.architecture);
    }
    let mut twice = Builder::new(&[1, 2, 10, 10]).architecture;
    let op = Conv {
        inputs: 2,
        outputs: 3,
        groups: 1,
        window: window(&[3, 3]),
        relu: false,
    };
    let conv = twice.push(OpSpec::Conv(op), &[0]).unwrap();
    let pool = assay_model::quant::ops::MaxPool {
        window: window(&[1, 1]),
    };
    let pool = twice.push(OpSpec::MaxPool(pool), &[conv]).unwrap();
    twice
        .push(OpSpec::Concat(Concat { axis: 2 }), &[conv, pool])
        .unwrap();
    all.push(twice);
    all.push(movement());
    all.push(residual());
    all.push(wide_sums());
    all.push(attention());
    all.push(choices());
    all.push(symbols());
    all.extend(forests());
    all.push(transformer());
    all.extend(wide_rows());
    all.push(windowed_scores());
    all
}

/// Every kind of movement between two products.
fn movement() -> Architecture {
    let mut builder = Builder::new(&[1, 2, 3, 4]);
    let permutation = vec![0, 3, 1, 2];
    builder.push(OpSpec::Transpose(Transpose { permutation }));
    builder.push(OpSpec::Pad(Pad {
        before: vec![0, 0, 1, 0],
        after: vec![0, 0, 0, 2],
    }));
    builder.push(OpSpec::Resize(Resize {
        axis: 3,
        indices: vec![0, 0, 4, 2, 1],
    }));
    builder.conv(4, 3, 1, Window::new(&[2, 2]));
    builder.reshape(&[4, 6]);
    builder.dense(6, 2, false);
    builder.architecture
}

/// Scores of two batches of 40 positions, of which shares count the next to last ones: several blocks of rows.
fn windowed_scores() -> Architecture {
    let mut builder = Builder::new(&[2, 40, 3]);
    let permutation = vec![0, 2, 1];
    builder.push(OpSpec::Transpose(Transpose { permutation }));
    let scores = OpSpec::Matmul(Matmul { inner: 3 });
    builder.architecture.push(scores, &[0, 1]).unwrap();
    let runs = (0..40_usize).map(|row| [row.saturating_sub(4), row + 1]);
    let runs = runs.collect();
    builder.push(OpSpec::Softmax(Softmax { runs }));
    let mixed = OpSpec::Matmul(Matmul { inner: 40 });
    builder.architecture.push(mixed, &[3, 0]).unwrap();
    builder.architecture
}

#[test]
fn sums_that_nobody_reads_are_hardly_supplied() {
    let circuit = ModelCircuit::build(&windowed_scores(), ALL_PUBLIC).unwrap();
    // Blocks of 16, 16 and 8 rows read 16, 20 and 12 columns; 190 lanes of each batch count.
    let scores = 16 * 16 + 16 * 20 + 8 * 12;
    let softmax = 2 * 190 + 256 + 2 * 2 * 40;
    let supplied = 2 * (scores + 40 * 3) + softmax;
    assert_eq!(circuit.supplied().len(), supplied);
}

/// Softmaxes and normalizations of rows of one lane, of as many as a gate takes, of one more, and of several rows of
/// gates.
fn wide_rows() -> Vec<Architecture> {
    let mut all = Vec::new();
    for width in [1, 4, 5, 7, 8, 76, 77, 160] {
        let mut builder = Builder::new(&[2, width]);
        builder.push(OpSpec::LayerNorm(LayerNorm { width }));
        builder.push(OpSpec::Softmax(Softmax { runs: vec![] }));
        all.push(builder.architecture);
    }
    all
}

#[test]
fn witness_is_the_evaluator_for_every_graph() {
    for architecture in graphs() {
        let circuit = ModelCircuit::build(&architecture, ALL_PRIVATE).unwrap();
        for seed in 0..3 {
            holds(&circuit, &Case::new(&architecture, ALL_PRIVATE, seed));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.max(300)))]

    #[test]
    fn witness_is_the_evaluator_for_random_graphs((model, input) in arb_model_and_input()) {
        let circuit = ModelCircuit::build(model.architecture(), ALL_PUBLIC).unwrap();
        holds(&circuit, &Case::of(model, input));
    }

    #[test]
    fn witness_is_the_evaluator_for_random_trees((model, input) in arb_tree_model_and_input()) {
        let circuit = ModelCircuit::build(model.architecture(), ALL_PUBLIC).unwrap();
        holds(&circuit, &Case::of(model, input));
    }
}

#[test]
fn witness_is_the_evaluator_at_the_extremes() {
    for architecture in [
        residual(),
        attention(),
        transformer(),
        mlp(&[15, 4, 3], true),
        rows_mlp(9, &[15, 4], false),
        tiny_cnn(),
    ] {
        holds_at_the_extremes(&architecture);
    }
}

fn holds_at_the_extremes(architecture: &Architecture) {
    let circuit = ModelCircuit::build(architecture, ALL_PUBLIC).unwrap();
    for (weight, input, bias, multiplier, zero) in [
        (-128, -128, (1 << 27) - 1, (1 << 24) - 1, 127),
        (-128, 127, -(1 << 27), (1 << 24) - 1, -128),
        (127, -128, -(1 << 27), (1 << 24) - 1, 127),
        (127, 127, (1 << 27) - 1, 1, -128),
        (-128, 127, 0, 0, -1),
        (0, 0, -1, 1 << 23, 0),
        (0, 0, 1, 1 << 23, 0),
    ] {
        let mut case = Case::new(architecture, ALL_PUBLIC, 0);
        let data = (0..architecture.nodes.len()).map(|index| {
            let part = |section: &assay_model::SectionSpec| {
                let value = match section.part {
                    Part::Weights => weight,
                    Part::Bias => bias.clamp(section.min, section.max),
                    Part::Multipliers => multiplier,
                    Part::ColumnScales => 255 * weight,
                    Part::Exponentials | Part::Epsilon if zero < 0 => section.min,
                    Part::Exponentials | Part::Epsilon => section.max,
                    _ => zero,
                };
                (section.part, vec![value; section.len])
            };
            NodeData::new(
                architecture
                    .sections_of(index)
                    .iter()
                    .map(part)
                    .collect::<Vec<_>>(),
            )
        });
        let data = data.collect();
        case.model = QuantizedModel::new(architecture.clone(), *case.model.scales(), data).unwrap();
        case.input = vec![input; case.input.len()];
        holds(&circuit, &case);
    }
}

#[test]
fn private_output_shows_nothing_and_is_salted_by_secret_and_context() {
    let architecture = mlp(&[14, 3, 2], true);
    let circuit = ModelCircuit::build(&architecture, ALL_PRIVATE).unwrap();
    let case = Case::new(&architecture, ALL_PRIVATE, 3);
    let job = case.job();
    let words = circuit.witness_only(&job).unwrap();
    let statement = Statement::from_model_words(job.context, &words).unwrap();
    assert_eq!(statement.result, [0; 3]);
    let output = case.model.evaluate(&case.input).unwrap();
    let salt = output_salt(job.output_secret, job.context);
    assert_eq!(statement.output, output_commitment(&output, salt).unwrap());
    assert_ne!(
        statement.output,
        output_commitment(&output, Salt::ZERO).unwrap()
    );
    assert_ne!(
        statement.input,
        input_commitment(Lane::Int8, &case.input, Salt::ZERO).unwrap()
    );
    assert_ne!(
        statement.model,
        model_commitment(&case.model, Salt::ZERO).unwrap()
    );
}

#[test]
fn public_output_shows_class_or_lanes() {
    let case = Case::new(&mlp(&[14, 3, 2], true), ALL_PUBLIC, 3);
    let words = case.job().public_words(ALL_PUBLIC).unwrap();
    let (lane, values) = case.model.evaluate(&case.input).unwrap().lanes();
    assert_eq!(
        (lane, &words[13..16]),
        (Lane::Int32, &[values[0].cast_unsigned(), 0, 0][..])
    );

    let case = Case::new(&mlp(&[6, 9, 25], false), ALL_PUBLIC, 3);
    let words = case.job().public_words(ALL_PUBLIC).unwrap();
    let (lane, values) = case.model.evaluate(&case.input).unwrap().lanes();
    assert_eq!(words[13..16], lane.pack(&values).unwrap()[..3]);
}

#[test]
fn commitments_separate_length_salt_and_data() {
    let salt = Salt::new([1, 2, 3, 4]).unwrap();
    let commit = |lane, input: &[i16], salt| input_commitment(lane, input, salt).unwrap();
    let base = commit(Lane::Int8, &[1, 2, 3], salt);
    for other in [
        commit(Lane::Int8, &[1, 2, 3, -128], salt),
        commit(Lane::Int8, &[1, 2], salt),
        commit(Lane::Int8, &[1, 2, 4], salt),
        commit(Lane::Int16, &[1, 2, 3], salt),
        commit(Lane::Int8, &[1, 2, 3], Salt::ZERO),
    ] {
        assert_ne!(base, other);
    }
    assert!(input_commitment(Lane::Int8, &[1_i16, 128], salt).is_err());
}

#[test]
fn jobs_that_do_not_fit_are_refused() {
    let architecture = mlp(&[14, 3, 2], true);
    let circuit = ModelCircuit::build(&architecture, PRIVATE_WEIGHTS).unwrap();
    let case = Case::new(&architecture, PRIVATE_WEIGHTS, 1);
    let refusal = |job| circuit.witness_only(&job).unwrap_err().to_string();

    let other = Case::new(&mlp(&[14, 2, 2], true), PRIVATE_WEIGHTS, 1);
    assert_eq!(
        refusal(other.job()),
        CircuitError::OtherArchitecture.to_string()
    );

    let mut job = case.job();
    job.input_salt = Salt::new([1, 0, 0, 0]).unwrap();
    assert_eq!(refusal(job), "the input is public: its salt must be zero");
    let mut job = case.job();
    job.model_salt = Salt::ZERO;
    assert_eq!(
        refusal(job),
        "the model is private: its salt must not be zero"
    );
    let mut job = case.job();
    job.input = &[0; 3];
    assert!(matches!(
        circuit.witness_only(&job),
        Err(CircuitError::Model(_))
    ));
}

#[test]
fn circuits_that_cannot_be_are_refused() {
    let architecture = mlp(&[14, 3, 2], true);
    let header = Header {
        kind: Kind::Accuracy,
        ..ALL_PUBLIC
    };
    assert!(matches!(
        ModelCircuit::build(&architecture, header),
        Err(CircuitError::WrongKind { got: 2 })
    ));
    let broken = Architecture {
        nodes: Vec::new(),
        ..architecture
    };
    assert!(matches!(
        ModelCircuit::build(&broken, ALL_PUBLIC),
        Err(CircuitError::Model(_))
    ));
    let header = Header::inference(Privacy::Public, Privacy::Public, Privacy::Public);
    let huge = mlp(&[2000, 2000], false);
    assert!(matches!(
        ModelCircuit::build(&huge, header),
        Err(CircuitError::TooLarge {
            limit: 17,
            node: Some(0)
        })
    ));
}

/// No honest job comes to it, so the circuit's public words are exchanged.
#[test]
fn witness_that_is_not_the_evaluators_is_refused() {
    let architecture = mlp(&[7, 2], true);
    let case = Case::new(&architecture, ALL_PUBLIC, 1);
    let mut circuit = ModelCircuit::build(&architecture, ALL_PUBLIC).unwrap();
    circuit.witness_only(&case.job()).unwrap();
    for (one, other) in [(1, 5), (9, 2), (13, 12), (19, 16)] {
        circuit.data.prover_only.public_inputs.swap(one, other);
        let word = one.min(other);
        let refused = circuit.witness_only(&case.job());
        assert!(matches!(refused, Err(CircuitError::NotBitExact { word: got, .. }) if got == word));
        circuit.data.prover_only.public_inputs.swap(one, other);
    }
}

/// Scores that a softmax reads in part and a sum in full, and scores that are shown.
#[test]
fn scores_that_others_read_too_are_computed() {
    let mut builder = Builder::new(&[1, 5, 3]);
    let permutation = vec![0, 2, 1];
    builder.push(OpSpec::Transpose(Transpose { permutation }));
    let scores = OpSpec::Matmul(Matmul { inner: 3 });
    let scores = builder.architecture.push(scores, &[0, 1]).unwrap();
    let runs = (0..5).map(|row| [row, row + 1]).collect();
    let shares = OpSpec::Softmax(Softmax { runs });
    let shares = builder.architecture.push(shares, &[scores]).unwrap();
    let larger = OpSpec::Max(assay_model::quant::ops::Max {});
    builder
        .architecture
        .push(larger, &[shares, scores])
        .unwrap();
    for seed in 0..4 {
        let case = Case::new(&builder.architecture, ALL_PUBLIC, seed);
        let circuit = ModelCircuit::build(&builder.architecture, ALL_PUBLIC).unwrap();
        holds(&circuit, &case);
    }
}
