//! What is refused, and how it is said.

use plonky2::plonk::circuit_builder::CircuitBuilder;
use plonky2::plonk::circuit_data::CircuitConfig;

use super::circuits::{C, Circuit, chain};
use crate::{D, F, Plonky2Gates, Prover};

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
