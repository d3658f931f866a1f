//! The privacy of input, weights and output: eight headers, each with a circuit of its own, each the same mechanism.

use assay_statement::{Digest, Header, Privacy, Statement};
use plonky2::field::types::{Field, PrimeField64};

use super::models::*;
use crate::check::Rows;
use crate::commitment::{
    digest_of, input_commitment, model_commitment, output_commitment, output_salt,
};
use crate::job::result_words;
use crate::{CircuitError, F, InferenceJob, ModelCircuit, Salt};

/// Every combination of privacies.
fn headers() -> impl Iterator<Item = Header> {
    let both = [Privacy::Public, Privacy::Private];
    both.into_iter().flat_map(move |input| {
        both.into_iter().flat_map(move |weights| {
            both.into_iter()
                .map(move |output| Header::inference(input, weights, output))
        })
    })
}

/// Checks a case's witness in full, and that its public words say what the header lets them say.
fn shows_what_is_public(circuit: &ModelCircuit, case: &Case) -> Statement {
    let (header, job) = (circuit.header(), case.job());
    let witness = circuit.witness(&job).unwrap();
    let public = witness.public_words.map(F::from_canonical_u64);
    Rows::of(&circuit.data)
        .check(&witness.wires, &public)
        .unwrap();

    let statement = Statement::from_model_words(Digest::ZERO, &witness.public_words).unwrap();
    assert_eq!(statement.header, header);
    assert_eq!(statement.context, job.context);
    let model = |salt| model_commitment(&case.model, salt).unwrap();
    let lane = case.model.architecture().input.lane;
    let input = |salt| input_commitment(lane, &case.input, salt).unwrap();
    let output = case.model.evaluate(&case.input).unwrap();
    let committed_output = |salt| output_commitment(&output, salt).unwrap();
    let derived = output_salt(job.output_secret, job.context);
    // What is private opens with its salt and not without; what is public opens without one.
    for (privacy, salted, plain, got) in [
        (
            header.weights,
            model(job.model_salt),
            model(Salt::ZERO),
            statement.model,
        ),
        (
            header.input,
            input(job.input_salt),
            input(Salt::ZERO),
            statement.input,
        ),
        (
            header.output,
            committed_output(derived),
            committed_output(Salt::ZERO),
            statement.output,
        ),
    ] {
        assert_eq!(got == plain, !privacy.is_private(), "{header:?}");
        assert_eq!(
            got,
            if privacy.is_private() { salted } else { plain },
            "{header:?}"
        );
    }
    let expected = if header.output.is_private() {
        [0; 3]
    } else {
        result_words(&output).unwrap()
    };
    assert_eq!(statement.result, expected, "{header:?}");
    statement
}

fn digest(circuit: &ModelCircuit) -> Digest {
    digest_of(circuit.data.verifier_only.circuit_digest)
}

#[test]
fn every_privacy_hides_what_it_says_and_has_one_circuit_for_all_trainings() {
    // A class, lanes that overflow the result words, and a network with products checked at random points.
    for architecture in [mlp(&[14, 3, 2], true), mlp(&[6, 9, 25], false), tiny_cnn()] {
        let mut digests = Vec::new();
        for header in headers() {
            let [first, second] = [1, 2].map(|seed| Case::new(&architecture, header, seed));
            let circuit = ModelCircuit::build(first.model.architecture(), header).unwrap();
            let again = ModelCircuit::build(second.model.architecture(), header).unwrap();
            assert_eq!(digest(&circuit), digest(&again), "{header:?}");
            let statements = [first, second].map(|case| shows_what_is_public(&circuit, &case));
            assert_ne!(statements[0].model, statements[1].model);
            digests.push(digest(&circuit));
        }
        digests.sort_unstable();
        digests.dedup();
        assert_eq!(digests.len(), 8, "two privacies share a circuit");
    }
}

#[test]
fn private_inference_proves_and_its_proof_shows_no_result() {
    let architecture = mlp(&[14, 3, 2], true);
    let circuit = ModelCircuit::build(&architecture, ALL_PRIVATE).unwrap();
    let case = Case::new(&architecture, ALL_PRIVATE, 4);
    let expected = case.job().public_words(ALL_PRIVATE).unwrap();
    let proof = circuit.prove(&case.job()).unwrap();
    let words: Vec<u64> = proof
        .public_inputs
        .iter()
        .map(PrimeField64::to_canonical_u64)
        .collect();
    assert_eq!(words, expected);
    assert_eq!(words[13..16], [0; 3]);

    // A result that the proof does not show cannot be added to it.
    let mut bent = proof.clone();
    bent.public_inputs[13] = F::ONE;
    assert!(circuit.verify(bent).is_err());
    circuit.verify(proof).unwrap();
}

#[test]
fn salts_must_fit_the_header_on_every_side() {
    let architecture = mlp(&[7, 2], true);
    let some = Salt::new([1, 2, 3, 4]).unwrap();
    for header in headers() {
        let circuit = ModelCircuit::build(&architecture, header).unwrap();
        let case = Case::new(&architecture, header, 5);
        let swap = |salt: Salt| if salt.is_zero() { some } else { Salt::ZERO };
        let job = case.job();
        for (bent, part, privacy) in [
            (
                InferenceJob {
                    model_salt: swap(job.model_salt),
                    ..job
                },
                "model",
                header.weights,
            ),
            (
                InferenceJob {
                    input_salt: swap(job.input_salt),
                    ..job
                },
                "input",
                header.input,
            ),
            (
                InferenceJob {
                    output_secret: swap(job.output_secret),
                    ..job
                },
                "output",
                header.output,
            ),
        ] {
            let error = circuit.witness_only(&bent).unwrap_err();
            let expected = if privacy.is_private() {
                CircuitError::UnsaltedPrivateValue { part }
            } else {
                CircuitError::SaltedPublicValue { part }
            };
            assert_eq!(error.to_string(), expected.to_string(), "{header:?}");
        }
    }
}
