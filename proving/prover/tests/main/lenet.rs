use assay_circuit::ModelCircuit;
use assay_model::quant::ops::{ArgMax, Conv, Dense, MaxPool, Reshape};
use assay_model::{Architecture, OpSpec, TensorSpec, Window};
use assay_prover::{Calibration, CostManifest, KernelPath, ModelProver, Size};
use assay_wrap::layers::Shaper;
use plonky2::plonk::circuit_data::VerifierCircuitData;

use crate::models::{PRIVATE_WEIGHTS, classifier, input, job, model};

/// LeNet-5 on 28x28, with max-pooling: 61,706 parameters.
fn lenet() -> Architecture {
    let mut architecture = Architecture::new(TensorSpec::int8(&[1, 1, 28, 28]));
    let conv = |inputs, outputs, window| {
        OpSpec::Conv(Conv {
            inputs,
            outputs,
            groups: 1,
            window,
            relu: true,
        })
    };
    let dense = |inputs, outputs, relu| {
        OpSpec::Dense(Dense {
            inputs,
            outputs,
            relu,
        })
    };
    let window = || Window::new(&[5, 5]);
    let pool = || {
        let window = Window::new(&[2, 2]).with_strides(&[2, 2]);
        OpSpec::MaxPool(MaxPool { window })
    };
    for op in [
        conv(1, 6, window().with_pads(&[2, 2], &[2, 2])),
        pool(),
        conv(6, 16, window()),
        pool(),
        OpSpec::Reshape(Reshape {
            shape: vec![1, 400],
        }),
        dense(400, 120, true),
        dense(120, 84, true),
        dense(84, 10, false),
        OpSpec::ArgMax(ArgMax {}),
    ] {
        let last = architecture.output;
        architecture.push(op, &[last]).unwrap();
    }
    architecture
}

/// Whatever a model circuit is made of, its proofs come to the shape that the fixed layer takes.
#[test]
fn convolutional_network_shrinks_to_the_canonical_shape() {
    let architecture = lenet();
    let (model, input) = (model(&architecture), input(&architecture));
    let circuit = ModelCircuit::build(&architecture, PRIVATE_WEIGHTS).unwrap();
    let proof = circuit
        .prove(&job(&model, &input, PRIVATE_WEIGHTS, 3))
        .unwrap();

    let shaper = Shaper::for_circuit(&circuit.data.common, &circuit.data.verifier_only).unwrap();
    let shaped = shaper.shape(&proof, &mut |_| ()).unwrap();
    assert_eq!(shaper.shrink_steps(), 1);
    let verifier = VerifierCircuitData {
        verifier_only: shaped.verifier,
        common: shaper.canonical_common().clone(),
    };
    verifier.verify(shaped.proof).unwrap();

    let small = ModelCircuit::build(&classifier(&[7, 2]), PRIVATE_WEIGHTS).unwrap();
    let small = Shaper::for_circuit(&small.data.common, &small.data.verifier_only).unwrap();
    assert!(shaper.canonical_common() == small.canonical_common());
}

#[test]
fn manifest_counts_every_row_once_and_says_what_a_weight_costs() {
    let prover = ModelProver::new(&lenet(), PRIVATE_WEIGHTS).unwrap();
    let manifest = CostManifest::new(&prover, &Calibration::reference(KernelPath::Portable));
    assert_eq!(manifest.parameters, 61_706);
    assert_eq!(manifest.multiply_adds, 416_520);
    assert_eq!(
        manifest.activations,
        6 * 28 * 28 + 16 * 10 * 10 + 120 + 84 + 10
    );
    assert_eq!(manifest.log_rows, 13);
    let (rows, shrink_steps) = (1 << 13, 1);
    assert_eq!(prover.size(), Size { rows, shrink_steps });

    let nodes = manifest.rows_by_node.iter();
    let by_node: usize = nodes.map(|node| node.rows.values().sum::<usize>()).sum();
    let by_purpose: usize = manifest.rows_by_purpose.values().sum();
    assert_eq!(
        [by_node, by_purpose],
        [manifest.rows_used; 2],
        "every row has one place"
    );
    assert!(manifest.rows_per_weight.unwrap() <= 0.08);
    assert!(manifest.rows_per_activation.unwrap() <= 0.35);
    assert_eq!(
        manifest.estimate,
        prover.estimate(&Calibration::reference(KernelPath::Portable))
    );
}
