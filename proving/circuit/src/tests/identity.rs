//! What a circuit is: the same everywhere, the same for every training, pinned, and of known size.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

use plonky2::field::types::{Field, PrimeField64};
use plonky2::hash::hash_types::HashOut;
use plonky2::hash::poseidon::PoseidonHash;
use plonky2::plonk::config::Hasher;
use plonky2::plonk::vars::EvaluationVarsBaseBatch;

use assay_model::{Architecture, OpSpec};
use assay_plonk::run_recorded;

use super::bend::{CUSTOM, kind};
use super::models::*;
use super::networks::architectures;
use crate::circuit::GATES_VERSION;
use crate::commitment::digest_of;
use crate::gates::CircuitGates;
use crate::{F, ModelCircuit, Purpose};

/// Identity of a built circuit: Plonky2's digest and the cap over constants and permutation.
fn identity(circuit: &ModelCircuit) -> (String, Vec<u64>) {
    let verifier = &circuit.data.verifier_only;
    let cap = verifier
        .constants_sigmas_cap
        .0
        .iter()
        .flat_map(|hash| hash.elements);
    (
        digest_of(verifier.circuit_digest).to_string(),
        cap.map(|limb| limb.to_canonical_u64()).collect(),
    )
}

#[test]
fn build_does_not_depend_on_threads() {
    let architecture = mlp(&[29, 7, 5], true);
    let build = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| identity(&ModelCircuit::build(&architecture, ALL_PRIVATE).unwrap()))
    };
    let first = build(1);
    assert_eq!(first, build(2));
    assert_eq!(first, build(7));
}

#[test]
fn two_trainings_prove_under_one_circuit() {
    for architecture in [mlp(&[14, 3, 2], true), tiny_cnn()] {
        let circuit = ModelCircuit::build(&architecture, PRIVATE_WEIGHTS).unwrap();
        let again = ModelCircuit::build(&architecture, PRIVATE_WEIGHTS).unwrap();
        assert_eq!(identity(&circuit), identity(&again));
        for seed in [1, 2] {
            let proof = circuit
                .prove(&Case::new(&architecture, PRIVATE_WEIGHTS, seed).job())
                .unwrap();
            again.verify(proof).unwrap();
        }
    }
}

#[test]
fn architecture_and_header_change_the_identity() {
    let relu = mlp(&[14, 3, 3, 2], true);
    let mut no_relu = relu.clone();
    if let OpSpec::Dense(dense) = &mut no_relu.nodes[0].op {
        dense.relu = false;
    }
    let circuits = [
        (&relu, ALL_PUBLIC),
        (&relu, PRIVATE_WEIGHTS),
        (&relu, ALL_PRIVATE),
        (&no_relu, ALL_PUBLIC),
        (&mlp(&[14, 3, 4, 2], true), ALL_PUBLIC),
        (&mlp(&[14, 3, 3, 2], false), ALL_PUBLIC),
    ];
    let mut digests = circuits.map(|(architecture, header)| {
        identity(&ModelCircuit::build(architecture, header).unwrap()).0
    });
    digests.sort_unstable();
    assert!(digests.windows(2).all(|pair| pair[0] != pair[1]));
}

#[test]
fn tiny_circuits_are_pinned() {
    let mut text = String::new();
    for (name, architecture) in architectures() {
        for header in [ALL_PUBLIC, PRIVATE_WEIGHTS, ALL_PRIVATE] {
            let circuit = ModelCircuit::build(&architecture, header).unwrap();
            let (word, digest) = (header.to_word(), identity(&circuit).0);
            writeln!(text, "{name}: header={word:#x} {digest}").unwrap();
        }
    }
    is_pinned("tiny_circuits", &text);
}

/// Compares a text with the pin of the gates' version.
fn is_pinned(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("pins")
        .join(format!("{name}_v{GATES_VERSION}.txt"));
    if std::env::var_os("BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
    }
    let pinned = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        pinned == text,
        "{name} changed: a change of meaning needs another version; got\n{text}"
    );
}

/// The digest of a circuit does not cover what its gates compute, so a change of that is seen here: by the constraints
/// at one arbitrary row of each gate that the circuits of the tests have.
#[test]
fn gates_compute_what_is_pinned() {
    let mut digests = BTreeMap::new();
    for (_, architecture) in architectures() {
        let circuit = ModelCircuit::build(&architecture, ALL_PUBLIC).unwrap();
        for gate in &circuit.data.common.gates {
            let id = gate.0.id();
            if !CUSTOM.contains(&kind(&id)) {
                continue;
            }
            let mut random = Random(51);
            let mut row = |count| {
                let word = |_| F::from_noncanonical_u64(random.word());
                (0..count).map(word).collect::<Vec<_>>()
            };
            let (wires, constants) = (row(gate.0.num_wires()), row(gate.0.num_constants()));
            let hash = HashOut::ZERO;
            let vars = EvaluationVarsBaseBatch::new(1, &constants, &wires, &hash);
            let values = gate.0.eval_unfiltered_base_batch(vars);
            // What the prover runs instead computes the same.
            for path in assay_kernels::Path::available() {
                let recorded = run_recorded(path, &CircuitGates, gate, &constants, &wires, hash);
                assert_eq!(recorded.unwrap(), values, "{id} on {path}");
            }
            digests.insert(id, digest_of(PoseidonHash::hash_no_pad(&values)));
        }
    }
    let kinds = digests.keys().map(|id| kind(id)).collect::<BTreeSet<_>>();
    assert!(kinds.into_iter().eq(CUSTOM));
    let line = |(id, digest): (String, _)| format!("{id}: {digest}\n");
    is_pinned("gates", &digests.into_iter().map(line).collect::<String>());
}

/// Log2 of the rows, rows by purpose, and all rows used.
fn size(architecture: &Architecture) -> (usize, [usize; 6], usize) {
    let circuit = ModelCircuit::build(architecture, PRIVATE_WEIGHTS).unwrap();
    let cost = circuit.cost();
    let rows = [
        Purpose::Pack,
        Purpose::Hashing,
        Purpose::Weights,
        Purpose::Products,
        Purpose::Activations,
        Purpose::Other,
    ];
    (
        cost.log_rows,
        rows.map(|purpose| cost.of(purpose)),
        cost.used(),
    )
}

// Pack, hashing, weights, products, activations, other.
#[test]
fn mnist_circuits_have_the_pinned_size() {
    let mlp = |hidden| size(&mlp(&[784, hidden, 10], true));
    // 0.056 rows a weight for all of it.
    assert_eq!(mlp(56), (12, [44, 828, 1588, 0, 24, 14], 2498));
    assert_eq!(mlp(128), (13, [61, 1868, 3634, 0, 48, 14], 5625));
}

#[test]
fn lenet_has_the_pinned_size() {
    let lenet = lenet();
    assert_eq!(lenet.parameters(), 61_706);
    assert_eq!(lenet.multiply_adds(), 416_520);
    let (log_rows, rows, used) = size(&lenet);
    assert_eq!((log_rows, used), (13, 5380));
    assert_eq!(rows, [136, 1198, 2248, 718, 1064, 16]);
    let [pack, hashing, weights, products, activations, _] = rows;
    // Everything that weights and biases cost, and everything that activations cost.
    let count = 6 * 28 * 28 + 16 * 10 * 10 + 120 + 84 + 10;
    assert!((pack + hashing + weights) * 100 < 61_706 * 6);
    assert!((products + activations) * 100 < count * 28);
}

#[test]
fn mnist_inference_proves() {
    for architecture in [mlp(&[784, 56, 10], true), lenet()] {
        let circuit = ModelCircuit::build(&architecture, PRIVATE_WEIGHTS).unwrap();
        let case = Case::new(&architecture, PRIVATE_WEIGHTS, 1);
        let proof = circuit.prove(&case.job()).unwrap();
        circuit.verify(proof).unwrap();
    }
}
