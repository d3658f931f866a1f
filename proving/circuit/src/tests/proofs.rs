//! The prover's proofs are Plonky2's, bit for bit, with custom gates too.

use assay_kernels::Path;
use assay_plonk::Prover;
use plonky2::plonk::prover::prove_with_partition_witness;
use plonky2::util::timing::TimingTree;

use super::models::*;
use crate::ModelCircuit;
use crate::gates::CircuitGates;

#[test]
fn proofs_are_plonky2s_on_every_path() {
    let architecture = mlp(&[14, 3, 2], true);
    let circuit = ModelCircuit::build(&architecture, ALL_PRIVATE).unwrap();
    let case = Case::new(&architecture, ALL_PRIVATE, 7);
    let (data, witness) = (
        &circuit.data,
        circuit.checked_partition(&case.job()).unwrap(),
    );
    let (fixed, common) = (&data.prover_only, &data.common);
    let theirs =
        prove_with_partition_witness(fixed, common, witness.clone(), &mut TimingTree::default())
            .unwrap();
    // Plonky2 takes any nonce that does the work.
    let nonce = theirs.proof.opening_proof.pow_witness;
    for path in Path::available() {
        let prover = Prover::on_path(path, data, &CircuitGates).unwrap();
        let ours = prover.prove_with_nonce(data, &witness, nonce).unwrap();
        assert!(ours == theirs, "{path}");
        assert_eq!(ours.to_bytes(), theirs.to_bytes(), "{path}");
        circuit
            .verify(prover.prove_witness(data, &witness).unwrap())
            .unwrap();
    }
    // Another witness, since Plonky2 fills some unused wires at random: of a whole proof only the statement is the same.
    let whole = circuit.prove(&case.job()).unwrap();
    assert_eq!(whole.public_inputs, theirs.public_inputs);
    circuit.verify(whole).unwrap();
}
