//! In whole circuits the points of all checks depend on everything that the prover supplies for the checks.

use plonky2::field::types::Field;
use plonky2::iop::target::Target;
use plonky2::iop::witness::Witness;

use super::models::{ALL_PUBLIC, Case};
use super::networks::architectures;
use super::refill::{Refill, sample};
use crate::{F, ModelCircuit};

#[test]
fn every_input_and_supplied_value_changes_all_words_of_both_points() {
    let mut bound = 0;
    for (name, architecture) in architectures() {
        let circuit = ModelCircuit::build(&architecture, ALL_PUBLIC).unwrap();
        let targets = circuit.targets();
        let Some(points) = targets.challenges() else {
            assert!(circuit.supplied().is_empty(), "{name}");
            continue;
        };
        let refill = Refill::new(&circuit, &Case::new(&architecture, ALL_PUBLIC, 7));
        let words = |changes: &[(Target, F)]| {
            let witness = refill.fill(changes);
            let words = [points.positions.0, points.outputs.0].concat();
            words
                .iter()
                .map(|&word| witness.get_target(word))
                .collect::<Vec<_>>()
        };
        let honest = words(&[]);
        let mut groups = targets.bound();
        bound += groups.iter().map(Vec::len).sum::<usize>();
        groups.push(targets.input().to_vec());
        for (group, values) in groups.iter().enumerate() {
            for target in sample(values) {
                let other = words(&[(target, refill.given(target) + F::ONE)]);
                let differ = honest.iter().zip(&other).all(|(one, other)| one != other);
                assert!(differ, "{name}: {target:?} of group {group} is not bound");
            }
        }
    }
    assert!(bound > 1_000, "{bound} values are bound");
}
