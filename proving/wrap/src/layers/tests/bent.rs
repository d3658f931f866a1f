use plonky2::field::types::{Field, PrimeField64};
use plonky2::iop::generator::generate_partial_witness;
use plonky2::iop::witness::{PartialWitness, Witness, WitnessWrite};

use super::super::recurse::RecursionBuilder;
use super::super::{
    F, InnerProof, InnerVerifier, Layer, LayerError, ShapedProof, canonical, circuit_id, params,
};
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
fn outer_layer_refuses_other_words_and_other_verifier_data() {
    let (ours, other) = (Sample::build(12, 0, 4), Sample::build(12, 0, 5));
    let shaped = ours.shaper().shape(&ours.prove(5), &mut |_| ()).unwrap();
    let name = &shaped.verifier;
    let foreign_shaper = other.shaper();
    let foreign = foreign_shaper.canonical_verifier().clone();
    let layer = outer().layer();

    let mut attempts: Vec<_> = with_bent_words(&shaped.proof)
        .into_iter()
        .map(|bent| (bent, name.clone()))
        .collect();
    let mut other_digest = name.clone();
    other_digest.circuit_digest = foreign.circuit_digest;
    let mut other_cap = name.clone();
    other_cap.constants_sigmas_cap = foreign.constants_sigmas_cap.clone();
    for verifier in [foreign.clone(), other_digest, other_cap] {
        attempts.push((shaped.proof.clone(), verifier));
    }
    let foreign_proof = foreign_shaper.shape(&other.prove(5), &mut |_| ()).unwrap();
    attempts.push((foreign_proof.proof, name.clone()));
    for (k, (proof, verifier)) in attempts.iter().enumerate() {
        let error = layer.prove(proof, verifier).err();
        let refused = matches!(
            error,
            Some(LayerError::Prove {
                layer: Layer::Outer,
                ..
            })
        );
        assert!(refused, "attempt {k}: {error:?}");
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

/// The words that L2 exposes for inputs that a prover supplies, or none where its circuit cannot be filled.
fn exposed(inputs: PartialWitness<F>) -> Option<Vec<F>> {
    let circuit = outer().circuit();
    let witness = generate_partial_witness(inputs, &circuit.prover_only, &circuit.common).ok()?;
    Some(witness.get_targets(&circuit.prover_only.public_inputs))
}

/// Words 1 to 4 are the identity of what L2 verified with, and no others: neither a prover's own words, nor those of
/// verifier data of which a single element differs. Plonky2's verifier alone would not see to that: it reads the digest
/// in the transcript and of the cap no more than its queries hit.
#[test]
fn circuit_words_are_those_of_the_verifier_data() {
    let sample = Sample::build(12, 0, 9);
    let shaper = sample.shaper();
    let shaped = shaper.shape(&sample.prove(5), &mut |_| ()).unwrap();
    let (proof, name) = (&shaped.proof, &shaped.verifier);
    let layer = outer().layer();
    let inputs = |verifier: &InnerVerifier| layer.inputs(proof, verifier).unwrap();
    let identity =
        |verifier: &InnerVerifier| circuit_id(verifier).limbs().map(F::from_canonical_u64);

    let honest = exposed(inputs(name)).expect("an honest witness");
    assert_eq!(honest[1..5], identity(name));
    for (position, &target) in layer.circuit.prover_only.public_inputs.iter().enumerate() {
        for (delta, accepted) in [(F::ZERO, true), (F::ONE, false)] {
            let mut claimed = inputs(name);
            let set = claimed.set_target(target, honest[position] + delta);
            let filled = set.is_ok() && exposed(claimed).is_some();
            assert_eq!(filled, accepted, "word {position}");
        }
    }

    let mut bent_digest = 0;
    for element in 0..name.circuit_digest.elements.len() {
        let mut bent = name.clone();
        bent.circuit_digest.elements[element] += F::ONE;
        bent_digest += usize::from(exposed(inputs(&bent)).is_none());
    }
    assert_eq!(bent_digest, 4, "the transcript contains the digest");
    for entry in 0..name.constants_sigmas_cap.0.len() {
        for element in 0..4 {
            let mut bent = name.clone();
            bent.constants_sigmas_cap.0[entry].elements[element] += F::ONE;
            // An entry that no query hits may be any: it is another circuit's, and the words say so.
            if let Some(words) = exposed(inputs(&bent)) {
                assert_eq!(words[1..5], identity(&bent), "entry {entry}");
                assert_ne!(words[1..5], honest[1..5], "entry {entry}");
            }
        }
    }
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
