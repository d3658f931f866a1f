//! The prover's proofs are Plonky2's, bit for bit, with custom gates too.

use super::models::*;
use crate::ModelCircuit;

#[test]
fn proofs_are_plonky2s_on_every_path() {
    let architecture = mlp(&[14, 3, 2], true);
    let circuit = ModelCircuit::build(&architecture, ALL_PRIVATE).unwrap();
    let case = Case::new(&architecture, ALL_PRIVATE, 7);
    let theirs = circuit.equal_to_plonky2(&case.job()).unwrap();
    // Another witness, since Plonky2 fills some unused wires at random: of a whole proof only the statement is the same.
    let whole = circuit.prove(&case.job()).unwrap();
    assert_eq!(whole.public_inputs, theirs.public_inputs);
    circuit.verify(whole).unwrap();
}
