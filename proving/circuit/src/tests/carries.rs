//! Limbs move together: what one has too much another has too little, and the number that they make stays.
//!
//! A bend of one limb breaks the equation that the number is in, whether or not the limb has a check of its own. A
//! carry from one limb to its neighbor breaks nothing but a check of a limb.

use std::collections::{BTreeSet, HashMap};

use plonky2::field::types::Field;

use super::bend::{CUSTOM, kind};
use super::models::{ALL_PRIVATE, Case};
use super::networks::architectures;
use crate::check::{Grid, Rows};
use crate::{F, ModelCircuit, signed};

/// Rows of each gate that are tried.
const ROWS: usize = 3;

/// Returns whether a row refuses that two neighbors are bent by these.
fn is_refused(
    rows: &Rows,
    grid: &mut Grid,
    public: &[F],
    [row, column]: [usize; 2],
    bends: [i64; 2],
) -> bool {
    let honest = [column, column + 1].map(|column| grid.get(row, column));
    for (at, bend) in bends.into_iter().enumerate() {
        grid.set(row, column + at, honest[at] + signed(bend));
    }
    let refused = rows.check_row(grid, public, row).is_err();
    for (at, value) in honest.into_iter().enumerate() {
        grid.set(row, column + at, value);
    }
    refused
}

#[test]
fn carry_between_neighboring_limbs_is_refused_in_every_gate() {
    let mut tried = BTreeSet::new();
    for (name, architecture) in architectures() {
        let circuit = ModelCircuit::build(&architecture, ALL_PRIVATE).unwrap();
        let case = Case::new(&architecture, ALL_PRIVATE, 7);
        let (rows, witness) = (
            Rows::of(&circuit.data),
            circuit.witness(&case.job()).unwrap(),
        );
        let public = witness.public_words.map(F::from_canonical_u64);
        let mut grid = witness.wires;
        let mut sizes = HashMap::<usize, usize>::new();
        for (row, column) in rows.routed_wires() {
            *sizes.entry(rows.class(row, column)).or_default() += 1;
        }
        let routed = circuit.data.common.config.num_routed_wires;
        let mut seen = HashMap::<String, usize>::new();
        for row in 0..circuit.data.common.degree() {
            let id = rows.gate(row).0.id();
            let count = seen.entry(id.clone()).or_default();
            *count += 1;
            if *count > ROWS || !CUSTOM.contains(&kind(&id)) {
                continue;
            }
            // Limbs are wires that nothing but their row reads.
            let alone = |column: usize| column >= routed || sizes[&rows.class(row, column)] == 1;
            for column in 0..rows.gate(row).0.num_wires().saturating_sub(1) {
                if !alone(column) || !alone(column + 1) {
                    continue;
                }
                for bends in [[4, -1], [-4, 1]] {
                    let refused = is_refused(&rows, &mut grid, &public, [row, column], bends);
                    assert!(refused, "{name}: {id}, column {column}, {bends:?}");
                }
                tried.insert(kind(&id).to_owned());
            }
        }
    }
    // The others have no hints.
    let with_hints = |kind: &&&str| !["Moments", "Slide"].contains(*kind);
    for kind in CUSTOM.iter().filter(with_hints) {
        assert!(tried.contains(*kind), "no neighbors in {kind}");
    }
}
