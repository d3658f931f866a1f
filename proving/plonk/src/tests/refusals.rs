//! What is refused, and how it is said.

use plonky2::fri::reduction_strategies::FriReductionStrategy;
use plonky2::gates::gate::GateRef;
use plonky2::plonk::circuit_builder::CircuitBuilder;
use plonky2::plonk::circuit_data::CircuitConfig;

use super::circuits::{C, Circuit, chain};
use crate::{D, F, GatePrograms, Plonky2Gates, Prover, Row, Symbol};

fn refusal(circuit: &Circuit) -> String {
    Prover::new(circuit, &Plonky2Gates).unwrap_err().to_string()
}

#[test]
fn zero_knowledge_is_refused() {
    let mut config = CircuitConfig::standard_recursion_config();
    config.zero_knowledge = true;
    let mut builder = CircuitBuilder::<F, D>::new(config);
    builder.add_virtual_public_input();
    assert_eq!(
        refusal(&builder.build::<C>()),
        "circuits with zero knowledge are not supported"
    );
}

#[test]
fn lookup_tables_are_refused() {
    let mut builder = CircuitBuilder::<F, D>::new(CircuitConfig::standard_recursion_config());
    let table = builder.add_lookup_table_from_pairs(vec![(0, 1), (1, 2)].into());
    let input = builder.add_virtual_public_input();
    builder.add_lookup_from_index(input, table);
    assert_eq!(
        refusal(&builder.build::<C>()),
        "Plonky2's lookup tables are not supported"
    );
}

#[test]
fn another_circuit_is_refused() {
    let config = CircuitConfig::standard_recursion_config();
    let (one, other) = (chain(config.clone(), 4, 1), chain(config, 5, 1));
    let prover = Prover::new(&one.circuit, &Plonky2Gates).unwrap();
    let error = prover.prove(&other.circuit, other.inputs).unwrap_err();
    assert_eq!(error.to_string(), "the prover was made for another circuit");
}

/// Foldings and challenges are not in a circuit's digest.
#[test]
fn another_configuration_is_refused() {
    let of = |foldings: &[usize]| {
        let mut config = CircuitConfig::standard_recursion_config();
        config.fri_config.reduction_strategy = FriReductionStrategy::Fixed(foldings.to_vec());
        chain(config, 6, 3)
    };
    let (one, other) = (of(&[1, 2]), of(&[1, 1, 1]));
    assert_eq!(
        one.circuit.prover_only.circuit_digest,
        other.circuit.prover_only.circuit_digest
    );
    let prover = Prover::new(&one.circuit, &Plonky2Gates).unwrap();
    let error = prover.prove(&other.circuit, other.inputs).unwrap_err();
    assert_eq!(error.to_string(), "the prover was made for another circuit");
}

/// Leaves out the last constraint of each gate that has some.
struct OneTooFew;

impl GatePrograms for OneTooFew {
    fn constraints(&self, gate: &GateRef<F, D>, row: Row<'_>) -> Option<Vec<Symbol>> {
        let mut constraints = Plonky2Gates.constraints(gate, row)?;
        constraints.pop();
        Some(constraints)
    }
}

#[test]
fn a_recording_that_lacks_a_constraint_is_refused() {
    let case = chain(CircuitConfig::standard_recursion_config(), 5, 7);
    let error = Prover::new(&case.circuit, &OneTooFew).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("constraints are recorded of the gate"),
        "{error}"
    );
}

#[test]
fn a_nonce_without_work_is_refused() {
    let case = chain(CircuitConfig::standard_recursion_config(), 4, 1);
    let prover = Prover::new(&case.circuit, &Plonky2Gates).unwrap();
    let nonce = F::from_canonical_u64(3);
    use plonky2::field::types::Field;
    let error = prover
        .prove_with_nonce(&case.circuit, &case.witness(), nonce)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the nonce 3 does not do the proof of work"
    );
}
