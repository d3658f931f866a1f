use assay_statement::tags;
use plonky2::field::types::{Field, PrimeField64};

use super::super::bind::Bind;
use super::super::recurse::RecursionBuilder;
use super::super::{F, InnerProof, Layer, LayerError, ShapedProof, canonical, params};
use super::sample::{Sample, outer};
use crate::r1cs::tests::fixture::{fixture, synthesis};

/// Two circuits, with and without tables, under one outer circuit and one constraint system; then every way to bend what
/// a proof says. To the holder of a card the first is a rogue: of the shape of the card's circuit, and its proof
/// verifies; but it names itself.
#[test]
fn outer_proof_speaks_for_its_statement_only() {
    let rogue = Sample::build(12, 0, 3);
    let with_table = Sample::build(12, 1, 3);
    let card = Sample::build(12, 0, 30);
    assert_eq!(card.circuit.common, rogue.circuit.common, "same shape");
    let card_id = card.shaper().circuit_id();
    let outer = outer();

    for sample in [&rogue, &with_table] {
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
        assert_ne!(words[1..5], card_id.limbs());

        let assignment = fixture().circuit.assign(&proof).unwrap();
        assert_eq!(synthesis().matrices.first_unsatisfied(&assignment), None);

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

/// A proof with each of its words bent.
fn with_bent_words(proof: &InnerProof) -> Vec<InnerProof> {
    let bend = |position: usize| {
        let mut bent = proof.clone();
        bent.public_inputs[position] += F::ONE;
        bent
    };
    (0..proof.public_inputs.len()).map(bend).collect()
}

/// Past the native check, the circuits of a shrink step and of L1 refuse other words and another circuit's proof.
#[test]
fn recursion_steps_refuse_other_words_and_other_circuits() {
    let (ours, other) = (Sample::build(12, 0, 7), Sample::build(12, 0, 8));
    let (common, name) = (&ours.circuit.common, &ours.circuit.verifier_only);
    assert_eq!(common, &other.circuit.common, "same shape");
    let shrink = RecursionBuilder::new(params::shrink(), common, name).build();
    let l1 = canonical::build(common, name, &canonical::pinned());
    let l1 = l1.unwrap().expect("2^12 rows need no shrinking");

    let proof = ours.prove(5);
    let mut bent = with_bent_words(&proof);
    bent.push(other.prove(5));
    for (step, layer) in [(shrink, Layer::Shrink(0)), (l1, Layer::Canonical)] {
        step.prove(&proof, layer).unwrap();
        for (k, bent) in bent.iter().enumerate() {
            let error = step.prove(bent, layer).err();
            let refused = matches!(&error, Some(LayerError::Prove { layer: l, .. }) if *l == layer);
            assert!(refused, "{layer}, bend {k}: {error:?}");
        }
    }
}

/// Likewise L3: its one inner circuit is a constant, and so is what that circuit names.
#[test]
fn outer_layer_refuses_other_words_and_another_binding_circuit() {
    let sample = Sample::build(12, 0, 9);
    let ShapedProof { proof, verifier } = sample
        .shaper()
        .shape(&sample.prove(5), &mut |_| ())
        .unwrap();
    let bind = outer().binding_layer();
    let rogue = Bind::build_tagged(&canonical::pinned(), tags::CIRCUIT + 1);
    assert_eq!(rogue.circuit.common, bind.circuit.common, "same shape");
    let foreign = rogue.prove(&proof, &verifier).unwrap();
    rogue.circuit.verify(foreign.clone()).unwrap();

    let bound = bind.prove(&proof, &verifier).unwrap();
    let mut bent = with_bent_words(&bound);
    bent.push(foreign);
    for (k, bent) in bent.iter().enumerate() {
        let error = outer().outer_layer().prove(bent).err();
        let refused = matches!(error, Some(LayerError::Prove { .. }));
        assert!(refused, "bend {k}: {error:?}");
    }
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
