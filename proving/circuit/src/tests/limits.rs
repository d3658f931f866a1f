//! What an architecture may cost whoever rebuilds its circuit.

use assay_model::quant::ops::{
    ArgMax, Conv, LayerNorm, Matmul, MaxPool, Mul, Reshape, Slice, Softmax, Sum, Table,
};
use assay_model::{Architecture, OpSpec, TensorSpec, Window};
use plonky2::gates::noop::NoopGate;

use super::models::*;
use crate::circuit::builder;
use crate::gates::Normalize;
use crate::layout::{Layout, MAX_GATE_KINDS};
use crate::{CircuitError, MAX_LOG_ROWS, ModelCircuit};

const MAX_ROWS: usize = 1 << MAX_LOG_ROWS;

fn refused(architecture: &Architecture) -> Option<usize> {
    architecture.validate().unwrap();
    match ModelCircuit::verifier_data(architecture, ALL_PUBLIC) {
        Err(CircuitError::TooLarge { limit, node }) => {
            assert_eq!(limit, MAX_LOG_ROWS);
            node
        }
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("the circuit was built"),
    }
}

fn one(shape: &[usize], op: OpSpec) -> Architecture {
    let mut architecture = Architecture::new(TensorSpec::int8(shape));
    architecture.push(op, &[0]).unwrap();
    architecture
}

#[test]
fn verifier_data_is_that_of_the_whole_circuit() {
    let architectures = [mlp(&[29, 7, 5], true), tiny_cnn(), transformer(), symbols()];
    for architecture in architectures.into_iter().chain(forests()) {
        for header in [ALL_PUBLIC, ALL_PRIVATE] {
            let circuit = ModelCircuit::build(&architecture, header).unwrap();
            let data = ModelCircuit::verifier_data(&architecture, header).unwrap();
            assert_eq!(data.verifier_only, circuit.data.verifier_only);
            assert_eq!(data.common, circuit.data.common);
        }
    }
}

#[test]
fn a_layout_has_room_up_to_the_limit_and_starts_over_beyond() {
    let mut layout = Layout::new(builder());
    // Public inputs take four rows, and constants that all layouts have 32.
    for _ in 0..MAX_ROWS - 36 {
        layout.builder.add_gate(NoopGate, vec![]);
    }
    layout.check_room().unwrap();
    layout.constant(7);
    let error = layout.check_room().unwrap_err().to_string();
    assert_eq!(
        error,
        "too many rows: more than the limit of 2^17, reached at the commitments"
    );
    layout.make_room(36);
    assert_eq!(layout.builder.num_gates(), MAX_ROWS - 36);
    layout.make_room(37);
    assert_eq!(layout.builder.num_gates(), 0);
    assert!(
        layout.check_room().is_err(),
        "a layout that is full stays so"
    );
}

#[test]
fn kinds_of_gates_are_limited() {
    let mut layout = Layout::new(builder());
    for width in 1..=MAX_GATE_KINDS {
        layout.place(Normalize::new(width), &[]);
    }
    layout.place(Normalize::new(1), &[]);
    layout.check_room().unwrap();
    layout.place(Normalize::new(MAX_GATE_KINDS + 1), &[]);
    let error = layout.check_room().unwrap_err().to_string();
    let expected = "too many kinds of gates: more than the limit of 64, reached at the commitments";
    assert_eq!(error, expected);

    // Each width of a normalization has gates of its own.
    let mut norms = Architecture::new(TensorSpec::int8(&[1, 100]));
    let mut last = 0;
    for width in (1..=100).rev() {
        let norm = OpSpec::LayerNorm(LayerNorm { width });
        last = norms.push(norm, &[last]).unwrap();
        if width > 1 {
            let slice = OpSpec::Slice(Slice {
                starts: vec![0, 0],
                sizes: vec![1, width - 1],
                steps: vec![1, 1],
            });
            last = norms.push(slice, &[last]).unwrap();
        }
    }
    norms.validate().unwrap();
    let refused = ModelCircuit::verifier_data(&norms, ALL_PUBLIC);
    assert!(matches!(refused, Err(CircuitError::TooManyGates { .. })));
}

/// A kernel with as many taps as there may be, each of a residue of its own.
#[test]
fn windows_far_apart_are_laid_out_in_time_that_grows_with_them() {
    let taps = 1 << 16;
    let mut far = Architecture::new(TensorSpec::int8(&[1, 1, 4 * taps]));
    let window = Window::new(&[taps]).with_strides(&[taps]);
    let conv = Conv {
        inputs: 1,
        outputs: 4,
        groups: 1,
        window,
        relu: false,
    };
    far.push(OpSpec::Conv(conv), &[0]).unwrap();
    ModelCircuit::verifier_data(&far, ALL_PUBLIC).unwrap();
}

/// Of each kind of work one that is valid and too large.
#[test]
fn architectures_of_too_many_rows_are_refused_at_their_node() {
    let lanes = [1 << 18];
    let mut muls = Architecture::new(TensorSpec::int8(&lanes));
    for id in 0..8 {
        muls.push(OpSpec::Mul(Mul {}), &[id, id]).unwrap();
    }
    assert!(refused(&muls) < Some(7), "stops between nodes");
    let window = Window::new(&[16]);
    let pool = OpSpec::MaxPool(MaxPool {
        window: window.clone(),
    });
    assert_eq!(refused(&one(&[1, 1, 1 << 18], pool)), Some(0));
    let window = Window::new(&[11]);
    assert_eq!(
        refused(&one(&[1, 1, 1 << 18], OpSpec::Sum(Sum { window }))),
        Some(0)
    );
    let norm = OpSpec::LayerNorm(LayerNorm { width: 1 });
    assert_eq!(refused(&one(&[1 << 18, 1], norm)), Some(0));
    let softmax = OpSpec::Softmax(Softmax { runs: Vec::new() });
    assert_eq!(refused(&one(&[1 << 18, 1], softmax)), Some(0));
    // Constants take rows when the circuit is built.
    assert_eq!(refused(&one(&lanes, OpSpec::ArgMax(ArgMax {}))), None);
    // Transcripts and lookups come behind all nodes.
    let mut tables = Architecture::new(TensorSpec::int8(&lanes));
    for id in 0..6 {
        tables.push(OpSpec::Table(Table {}), &[id]).unwrap();
    }
    refused(&tables);
    // Committed data come before.
    assert_eq!(refused(&mlp(&[2000, 2000], false)), Some(0));
    refused(&mlp(&[1 << 8, 1 << 14], false));
}

/// Supplied products place their rows last, one after the other.
#[test]
fn products_of_too_many_rows_are_refused() {
    let mut architecture = Architecture::new(TensorSpec::int8(&[1, 1 << 15]));
    let mut last = None;
    let reshape = |shape: [usize; 2]| {
        OpSpec::Reshape(Reshape {
            shape: shape.to_vec(),
        })
    };
    let column = architecture.push(reshape([1 << 15, 1]), &[0]).unwrap();
    for _ in 0..48 {
        let op = OpSpec::Matmul(Matmul { inner: 1 << 15 });
        let product = architecture.push(op, &[0, column]).unwrap();
        let sum = |last| architecture.push(OpSpec::Mul(Mul {}), &[last, product]);
        last = Some(last.map_or(Ok(product), sum).unwrap());
    }
    assert!(refused(&architecture).is_some());
}
