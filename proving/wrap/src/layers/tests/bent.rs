use plonky2::field::types::{Field, PrimeField64};

use super::super::{F, LayerError, ShapedProof};
use super::sample::{Sample, outer};

/// Two circuits, with and without tables, under one outer circuit; then every way to bend what it says.
#[test]
fn outer_proof_speaks_for_its_statement_only() {
    let plain = Sample::build(12, 0, 3);
    let with_table = Sample::build(12, 1, 3);
    let outer = outer();

    for sample in [&plain, &with_table] {
        let shaper = sample.shaper();
        let shaped = shaper.shape(&sample.prove(77), &mut |_| ()).unwrap();
        let proof = outer.prove(&shaped, &mut |_| ()).unwrap();
        outer.verify(&proof).unwrap();

        let words: Vec<u64> = proof
            .public_inputs
            .iter()
            .map(F::to_canonical_u64)
            .collect();
        let mut expected = vec![77];
        expected.extend(shaper.circuit_id().limbs());
        expected.extend(78..97);
        assert_eq!(words, expected);

        for position in 0..words.len() {
            let mut bent = proof.clone();
            bent.public_inputs[position] += F::ONE;
            outer.verify(&bent).unwrap_err();
        }
    }
}

/// Past the native check, the circuit of L2 itself refuses: wrong words, wrong verifier data, and either half of it.
#[test]
fn binding_layer_refuses_other_words_and_other_verifier_data() {
    let (ours, other) = (Sample::build(12, 0, 4), Sample::build(12, 0, 5));
    let shaped = ours.shaper().shape(&ours.prove(5), &mut |_| ()).unwrap();
    let name = &shaped.verifier;
    let foreign = other.shaper().canonical_verifier().clone();
    let bind = outer().binding_layer();

    for position in 0..shaped.proof.public_inputs.len() {
        let mut bent = shaped.proof.clone();
        bent.public_inputs[position] += F::ONE;
        bind.prove(&bent, name).unwrap_err();
    }
    let mut other_digest = name.clone();
    other_digest.circuit_digest = foreign.circuit_digest;
    let mut other_cap = name.clone();
    other_cap.constants_sigmas_cap = foreign.constants_sigmas_cap.clone();
    for verifier in [&foreign, &other_digest, &other_cap] {
        bind.prove(&shaped.proof, verifier).unwrap_err();
    }

    let mislabeled = ShapedProof {
        verifier: foreign,
        ..shaped
    };
    let error = outer().prove(&mislabeled, &mut |_| ()).err();
    assert!(
        matches!(error, Some(LayerError::Rejected { .. })),
        "{error:?}"
    );
}

#[test]
fn shaper_refuses_a_bent_model_proof() {
    let sample = Sample::build(12, 0, 6);
    let mut proof = sample.prove(1);
    proof.public_inputs[5] += F::ONE;
    let error = sample.shaper().shape(&proof, &mut |_| ()).err();
    assert!(
        matches!(error, Some(LayerError::Rejected { .. })),
        "{error:?}"
    );
}
