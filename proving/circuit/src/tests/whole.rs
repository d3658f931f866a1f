//! Attacks on whole circuits with their own transcript: what the prover supplies is wrong and all else follows from it.

use plonky2::field::types::Field;

use super::models::{ALL_PUBLIC, Case, symbols};
use super::networks::architectures;
use super::refill::{Refill, sample};
use crate::{F, ModelCircuit, signed};

#[test]
fn supplied_value_that_is_one_off_is_refused_in_every_network() {
    for (name, architecture) in architectures() {
        let circuit = ModelCircuit::build(&architecture, ALL_PUBLIC).unwrap();
        let refill = Refill::new(&circuit, &Case::new(&architecture, ALL_PUBLIC, 7));
        let mut groups = circuit.targets().bound();
        groups.extend(circuit.targets().quotients());
        for (group, values) in groups.iter().enumerate() {
            for target in sample(values) {
                for delta in [F::ONE, F::NEG_ONE] {
                    let change = (target, refill.given(target) + delta);
                    assert!(!refill.accepts(&[change]), "{name}: group {group}");
                }
            }
        }
    }
}

/// If outputs and positions were combined at one point, errors of opposite sign on a diagonal would cancel.
#[test]
fn opposite_errors_on_diagonals_of_products_are_refused() {
    let mut products = 0;
    for (name, architecture) in architectures() {
        let circuit = ModelCircuit::build(&architecture, ALL_PUBLIC).unwrap();
        let refill = Refill::new(&circuit, &Case::new(&architecture, ALL_PUBLIC, 7));
        for sums in circuit.targets().sums() {
            let (channels, positions) = (sums.len(), sums[0].len());
            if channels < 2 || positions < 2 {
                continue;
            }
            products += 1;
            let last = [channels - 2, positions - 2];
            for [channel, position] in [[0, 0], last] {
                for (one, two) in [((0, 1), (1, 0)), ((0, 0), (1, 1))] {
                    let error = |(c, p): (usize, usize), error: i64| {
                        let target = sums[channel + c][position + p];
                        (target, refill.given(target) + signed(error))
                    };
                    let changes = [error(one, 7), error(two, -7)];
                    let at = format!("{name}: {channel} {position} {one:?} {two:?}");
                    assert!(!refill.accepts(&changes), "{at}");
                }
            }
        }
    }
    assert!(products >= 8, "{products} products");
}

#[test]
fn input_out_of_its_range_is_refused_in_every_network() {
    for (name, architecture) in architectures() {
        let circuit = ModelCircuit::build(&architecture, ALL_PUBLIC).unwrap();
        let refill = Refill::new(&circuit, &Case::new(&architecture, ALL_PUBLIC, 7));
        let (min, max) = (architecture.input.lane.min(), architecture.input.lane.max());
        for target in sample(circuit.targets().input()) {
            for value in [min - 1, max + 1, 1 << 40, -(1 << 40)] {
                let change = (target, signed(value));
                assert!(!refill.accepts(&[change]), "{name}: {value}");
            }
        }
    }
}

#[test]
fn number_beyond_the_symbols_is_refused() {
    let architecture = symbols();
    let circuit = ModelCircuit::build(&architecture, ALL_PUBLIC).unwrap();
    let refill = Refill::new(&circuit, &Case::new(&architecture, ALL_PUBLIC, 7));
    for &target in circuit.targets().input() {
        for value in [3, -1, 127, -128] {
            assert!(!refill.accepts(&[(target, signed(value))]), "{value}");
        }
    }
}
