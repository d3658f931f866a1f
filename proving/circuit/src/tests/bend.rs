//! Every wire of a whole circuit is bent, and the constraint system refuses.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use plonky2::field::types::Field;
use plonky2::iop::generator::generate_partial_witness;
use plonky2::iop::target::Target;
use plonky2::plonk::prover::prove_with_partition_witness;
use plonky2::util::timing::TimingTree;

use assay_model::Architecture;

use super::models::*;
use super::networks::int16_networks;
use crate::check::{Grid, Rows, Violation};
use crate::commitment::model_commitment;
use crate::{C, D, F, ModelCircuit};

/// The kinds of custom gates: how their ids begin.
pub const CUSTOM: [&str; 16] = [
    "ArgMaxStep",
    "Horner",
    "InRange",
    "LogUp",
    "MaxPool",
    "Moments",
    "Normalize",
    "Pack",
    "Reciprocal",
    "Requantize",
    "Root",
    "Share",
    "Slide",
    "TreeNode",
    "WeightColumn",
    "WeightRow",
];

/// Ragged rows, an odd number of outputs, ReLU, no ReLU and ArgMax, everything private.
fn tiny() -> (ModelCircuit, Case) {
    circuit_of(&mlp(&[16, 5, 3], true))
}

fn circuit_of(architecture: &Architecture) -> (ModelCircuit, Case) {
    let circuit = ModelCircuit::build(architecture, ALL_PRIVATE).unwrap();
    let case = Case::new(architecture, ALL_PRIVATE, 7);
    (circuit, case)
}

/// A wire that nothing constrains must be one of these.
fn may_be_free(gate: &str, column: usize, used_wires: usize) -> bool {
    // Padding rows; the part of a row that its gate does not use.
    gate == "NoopGate" || column >= used_wires
}

/// Returns the kind of a gate, with which its id begins.
pub fn kind(id: &str) -> &str {
    id.split([' ', '(', '{']).next().unwrap_or_default()
}

/// Returns the wires of the operation that a column of Plonky2's arithmetic gates belongs to.
pub fn arithmetic_operation(kind: &str, column: usize) -> Option<std::ops::Range<usize>> {
    let width = match kind {
        "ArithmeticGate" => 4,
        "ArithmeticExtensionGate" => 8,
        "MulExtensionGate" => 6,
        _ => return None,
    };
    let start = column / width * width;
    Some(start..start + width)
}

/// Everything private; everything public; everything public without an ArgMax, so that the result is packed lanes.
#[test]
fn every_wire_of_a_circuit_is_constrained() {
    every_wire_is_constrained(tiny());
    for (widths, argmax) in [(&[7, 2][..], true), (&[6, 9, 25], false)] {
        let architecture = mlp(widths, argmax);
        let circuit = ModelCircuit::build(&architecture, ALL_PUBLIC).unwrap();
        every_wire_is_constrained((circuit, Case::new(&architecture, ALL_PUBLIC, 7)));
    }
}

#[test]
fn every_wire_of_a_circuit_with_supplied_sums_is_constrained() {
    let (circuit, case) = circuit_of(&tiny_cnn());
    assert_eq!(circuit.supplied().len(), 3 * 64 + 5 * 9);
    every_wire_is_constrained((circuit, case));
}

#[test]
fn every_wire_of_a_circuit_with_lookups_is_constrained() {
    let (circuit, case) = circuit_of(&residual());
    assert_eq!(circuit.supplied().len(), 2 * 5 * 6 + 256 + 2 + 256);
    every_wire_is_constrained((circuit, case));
}

#[test]
fn every_wire_of_a_circuit_with_products_of_values_is_constrained() {
    let (circuit, case) = circuit_of(&attention());
    assert_eq!(circuit.supplied().len(), 2 * 3 * 3 + 2 * 3 * 4);
    every_wire_is_constrained((circuit, case));
}

#[test]
fn every_wire_of_a_circuit_with_choices_is_constrained() {
    every_wire_is_constrained(circuit_of(&choices()));
}

#[test]
fn every_wire_of_a_circuit_with_wide_sums_is_constrained() {
    every_wire_is_constrained(circuit_of(&wide_sums()));
}

#[test]
fn every_wire_of_a_circuit_with_symbols_is_constrained() {
    let (circuit, case) = circuit_of(&symbols());
    assert_eq!(circuit.supplied().len(), 5 * 9 + 3);
    every_wire_is_constrained((circuit, case));
}

#[test]
fn every_wire_of_a_circuit_of_trees_is_constrained() {
    for (architecture, nodes) in forests().iter().zip([4 * 7, 3 * 3, 2, 6 * 3, 15, 3 * 3]) {
        let (circuit, case) = circuit_of(architecture);
        assert_eq!(circuit.supplied().len(), nodes + architecture.inputs());
        every_wire_is_constrained((circuit, case));
    }
}

#[test]
fn every_wire_of_a_circuit_with_shares_and_norms_is_constrained() {
    let (circuit, case) = circuit_of(&transformer());
    // Scores and mixes; for each softmax lanes that count, entries, largest lanes and quotients.
    let products = 5 * 5 + 5 * 9;
    let softmaxes = [1 + 2 + 2 + 4 + 3, 5 * 9].map(|lanes| lanes + 256 + 5 + 5);
    let supplied = products + softmaxes.iter().sum::<usize>();
    assert_eq!(circuit.supplied().len(), supplied);
    every_wire_is_constrained((circuit, case));
}

#[test]
fn every_wire_of_circuits_of_int16_lanes_is_constrained() {
    for (_, architecture) in int16_networks() {
        every_wire_is_constrained(circuit_of(&architecture));
    }
}

fn every_wire_is_constrained((circuit, case): (ModelCircuit, Case)) {
    let rows = Rows::of(&circuit.data);
    let witness = circuit.witness(&case.job()).unwrap();
    let public = witness.public_words.map(F::from_canonical_u64);
    rows.check(&witness.wires, &public).unwrap();

    let routed = circuit.data.common.config.num_routed_wires;
    let mut classes = HashMap::<usize, Vec<(usize, usize)>>::new();
    for (row, column) in rows.routed_wires() {
        classes
            .entry(rows.class(row, column))
            .or_default()
            .push((row, column));
    }
    let mut grid = witness.wires;
    let mut free = HashMap::<String, Vec<usize>>::new();
    for row in 0..circuit.data.common.degree() {
        let gate = rows.gate(row);
        for column in 0..circuit.data.common.config.num_wires {
            // A routed wire is bent together with all that it is connected to, as a prover would.
            let alone = vec![(row, column)];
            let cells = if column < routed {
                &classes[&rows.class(row, column)]
            } else {
                &alone
            };
            if cells[0] != (row, column) {
                continue;
            }
            let refused = [F::ONE, F::NEG_ONE, F::from_canonical_u64(0x1234_5678_9abc)]
                .map(|delta| bend_is_refused(&rows, &mut grid, &public, cells, delta));
            if refused != [true; 3] {
                let id = gate.0.id();
                let short = kind(&id).to_owned();
                // Room in a row of Plonky2's own that no operation took: nothing reads it.
                let used = gate.0.num_wires();
                let idle = || {
                    arithmetic_operation(&short, column).is_some_and(|wires| {
                        let mut classes = wires
                            .map(|wire| classes.get(&rows.class(row, wire)).map_or(0, Vec::len));
                        classes.all(|cells| cells == 1)
                    })
                };
                if !may_be_free(&short, column, used) && !idle() {
                    free.entry(short).or_default().push(column);
                }
            }
        }
    }
    assert!(free.is_empty(), "unconstrained wires by gate: {free:?}");
}

fn bend_is_refused(
    rows: &Rows,
    grid: &mut Grid,
    public: &[F],
    cells: &[(usize, usize)],
    delta: F,
) -> bool {
    for &(row, column) in cells {
        grid.set(row, column, grid.get(row, column) + delta);
    }
    let refused = cells
        .iter()
        .any(|&(row, _)| rows.check_row(grid, public, row).is_err());
    for &(row, column) in cells {
        grid.set(row, column, grid.get(row, column) - delta);
    }
    refused
}

/// Bends one target of a filled witness with all that is connected to it, and proves as a prover would that
/// skips our checks. Plonky2's prover notices most broken witnesses; what it proves must not verify.
fn bent_proof_is_refused(circuit: &ModelCircuit, case: &Case, target: Target) {
    let inputs = circuit.assign(&case.job()).unwrap();
    let (prover, common) = (&circuit.data.prover_only, &circuit.data.common);
    let mut witness = generate_partial_witness(inputs, prover, common).unwrap();
    let class = prover.representative_map[target.index(common.config.num_wires, common.degree())];
    let value = witness.values[class].expect("a filled target");
    witness.values[class] = Some(value + F::ONE);
    let proved = catch_unwind(AssertUnwindSafe(|| {
        prove_with_partition_witness::<F, C, D>(prover, common, witness, &mut TimingTree::default())
    }));
    if let Ok(Ok(proof)) = proved {
        assert!(
            circuit.data.verify(proof).is_err(),
            "a proof with a bent {target:?} verifies"
        );
    }
}

#[test]
fn bent_witnesses_give_no_proof_that_verifies() {
    bends_give_no_proof(tiny(), &["ArgMaxStep", "Pack", "Requantize", "WeightRow"]);
    bends_give_no_proof(
        circuit_of(&tiny_cnn()),
        &[
            "ArgMaxStep",
            "Horner",
            "MaxPool",
            "Pack",
            "Requantize",
            "Slide",
            "WeightColumn",
            "WeightRow",
        ],
    );
    bends_give_no_proof(
        circuit_of(&residual()),
        &["Horner", "LogUp", "Pack", "Requantize"],
    );
    bends_give_no_proof(
        circuit_of(&forests()[0]),
        &["LogUp", "Pack", "Requantize", "TreeNode"],
    );
    bends_give_no_proof(
        circuit_of(&forests()[3]),
        &["ArgMaxStep", "LogUp", "Pack", "TreeNode"],
    );
    bends_give_no_proof(
        circuit_of(&symbols()),
        &["LogUp", "Pack", "Requantize", "WeightRow"],
    );
    bends_give_no_proof(
        circuit_of(&transformer()),
        &[
            "Horner",
            "InRange",
            "LogUp",
            "Moments",
            "Normalize",
            "Pack",
            "Reciprocal",
            "Requantize",
            "Root",
            "Share",
        ],
    );
}

/// Bends one hint of each custom gate, which are of these kinds, and every public word.
fn bends_give_no_proof((circuit, case): (ModelCircuit, Case), kinds: &[&str]) {
    let rows = Rows::of(&circuit.data);
    let mut seen = HashSet::new();
    let mut bent = BTreeSet::new();
    for row in 0..circuit.data.common.degree() {
        let id = rows.gate(row).0.id();
        let kind = CUSTOM.iter().find(|kind| id.starts_with(*kind));
        let Some(&kind) = kind.filter(|_| seen.insert(id.clone())) else {
            continue;
        };
        bent.insert(kind);
        // Its last wire.
        let column = rows.gate(row).0.num_wires() - 1;
        bent_proof_is_refused(&circuit, &case, Target::wire(row, column));
    }
    assert!(bent.iter().eq(kinds), "bent {bent:?}, expected {kinds:?}");
    for word in 0..20 {
        bent_proof_is_refused(
            &circuit,
            &case,
            circuit.data.prover_only.public_inputs[word],
        );
    }
}

#[test]
fn proof_of_one_set_of_weights_carries_no_other_commitment() {
    let architecture = mlp(&[16, 5, 3], true);
    let circuit = ModelCircuit::build(&architecture, PRIVATE_WEIGHTS).unwrap();
    let (case, other) = (
        Case::new(&architecture, PRIVATE_WEIGHTS, 7),
        Case::new(&architecture, PRIVATE_WEIGHTS, 8),
    );
    let foreign = model_commitment(&other.model, case.job().model_salt)
        .unwrap()
        .limbs();

    // In a finished proof.
    let mut proof = circuit.prove(&case.job()).unwrap();
    circuit.verify(proof.clone()).unwrap();
    for (word, limb) in foreign.into_iter().enumerate() {
        proof.public_inputs[1 + word] = F::from_canonical_u64(limb);
    }
    assert!(circuit.verify(proof).is_err());

    // In the witness: the foreign commitment in place of the computed one, everywhere it is connected.
    let rows = Rows::of(&circuit.data);
    let witness = circuit.witness(&case.job()).unwrap();
    let mut public = witness.public_words.map(F::from_canonical_u64);
    let mut grid = witness.wires;
    for (word, limb) in foreign.into_iter().enumerate() {
        public[1 + word] = F::from_canonical_u64(limb);
        let class = rows.class_of(circuit.data.prover_only.public_inputs[1 + word]);
        let cells = rows
            .routed_wires()
            .filter(|&(row, column)| rows.class(row, column) == class)
            .collect::<Vec<_>>();
        assert!(!cells.is_empty());
        for (row, column) in cells {
            grid.set(row, column, public[1 + word]);
        }
    }
    assert!(matches!(
        rows.check(&grid, &public),
        Err(Violation::Gate { .. })
    ));
}

#[test]
fn each_public_word_is_bound_by_the_proof() {
    let (circuit, case) = tiny();
    let proof = circuit.prove(&case.job()).unwrap();
    circuit.verify(proof.clone()).unwrap();
    for word in 0..20 {
        let mut changed = proof.clone();
        changed.public_inputs[word] += F::ONE;
        assert!(circuit.verify(changed).is_err(), "word {word}");
    }
}

#[test]
fn checker_sees_broken_copies_and_public_inputs() {
    let (circuit, case) = tiny();
    let rows = Rows::of(&circuit.data);
    let witness = circuit.witness(&case.job()).unwrap();
    let public = witness.public_words.map(F::from_canonical_u64);
    let mut grid = witness.wires.clone();
    let (row, column) = rows
        .routed_wires()
        .find(|&(row, column)| rows.gate(row).0.id() == "NoopGate" && column == 0)
        .expect("padding");
    grid.set(row, column, F::TWO);
    rows.check(&grid, &public)
        .expect("nothing connects padding");
    let mut changed = public;
    changed[5] += F::ONE;
    assert!(rows.check(&witness.wires, &changed).is_err());
}
