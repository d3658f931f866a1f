use std::cell::RefCell;

use assay_prover::{
    ModelProver, Progress, ProverError, Silent, Stage, VerifyError, WrappedProof, Wrapper,
    cache_directory, verify,
};
use assay_statement::{Header, MODULUS, STATEMENT_WORDS};
use assay_wrap::groth16;

use crate::models::{ALL_PRIVATE, PRIVATE_WEIGHTS, classifier, input, job, model};

/// Remembers the stages in the order they end.
#[derive(Default)]
struct Ended(RefCell<Vec<Stage>>);

impl Progress for Ended {
    fn stage(&self, stage: Stage, fraction: f32) {
        if fraction >= 1.0 && self.0.borrow().last() != Some(&stage) {
            self.0.borrow_mut().push(stage);
        }
    }
}

fn prove(wrapper: &Wrapper, widths: &[usize], header: Header) -> WrappedProof {
    let architecture = classifier(widths);
    let (model, input) = (model(&architecture), input(&architecture));
    let prover = ModelProver::new(&architecture, header).unwrap();
    let job = job(&model, &input, header, 9);

    let ended = Ended::default();
    let kept = prover.prove(&job, &ended).unwrap().to_bytes();
    // As after a restart: the first half comes from a file.
    let kept = prover.read_proof(&kept).unwrap();
    let wrapped = prover.wrap(wrapper, &kept, &ended).unwrap();
    assert_eq!(
        *ended.0.borrow(),
        [
            Stage::Witness,
            Stage::Prove,
            Stage::Shape,
            Stage::Outer,
            Stage::Groth16
        ]
    );
    assert_eq!(wrapped.statement.circuit, prover.circuit_id());
    assert_eq!(
        wrapped.statement.model_words(),
        job.public_words(header).unwrap()
    );
    wrapped
}

/// Two circuits, one key; and a seal speaks for each of its 24 words.
#[test]
fn proofs_of_two_models_verify_under_one_key() {
    let directory = cache_directory(|name| std::env::var_os(name)).unwrap();
    let wrapper = Wrapper::load(&directory, &Silent).unwrap();
    let vk = wrapper.verifying_key();
    let proofs = [
        prove(&wrapper, &[7, 2], PRIVATE_WEIGHTS),
        prove(&wrapper, &[29, 7, 5], ALL_PRIVATE),
    ];
    for WrappedProof {
        statement, seal, ..
    } in &proofs
    {
        let seal = seal.to_bytes();
        verify(vk, statement, &seal).unwrap();
        // The packed words, as the contract hands them on: what no statement can hold must be refused as well.
        let answers: Vec<_> = (0..STATEMENT_WORDS)
            .map(|position| {
                let mut inputs = statement.to_inputs();
                let word = &mut inputs[position / 3].0[position % 3];
                // Of the header the flag of a private input, which leaves it a header.
                *word = if position == 0 {
                    *word ^ (1 << 16)
                } else {
                    (*word + 1) % MODULUS
                };
                groth16::verify(vk, &inputs, &seal)
            })
            .collect();
        assert_eq!(answers, vec![Err(VerifyError::Rejected); 24]);
    }
    let [first, second] = proofs;
    verify(vk, &first.statement, &second.seal.to_bytes()).unwrap_err();
}

#[test]
fn kept_proof_of_another_circuit_or_bent_is_refused() {
    let architecture = classifier(&[7, 2]);
    let (model, input) = (model(&architecture), input(&architecture));
    let prover = ModelProver::new(&architecture, PRIVATE_WEIGHTS).unwrap();
    let proof = prover
        .prove(&job(&model, &input, PRIVATE_WEIGHTS, 1), &Silent)
        .unwrap();
    let kept = proof.to_bytes();
    assert_eq!(prover.read_proof(&kept).unwrap().times(), proof.times());
    assert!(proof.times().prove > 0);

    let other = ModelProver::new(&classifier(&[7, 3]), PRIVATE_WEIGHTS).unwrap();
    let refused = |result: Result<_, ProverError>| {
        assert!(matches!(result.map(|_| ()), Err(ProverError::KeptProof)));
    };
    refused(other.read_proof(&kept));
    refused(prover.read_proof(&kept[..10]));
    refused(prover.read_proof(&kept[..kept.len() - 8]));
    let mut bent = kept.clone();
    bent[100] ^= 1;
    refused(prover.read_proof(&bent));
    // Times that would not fit the sum of all, and a byte behind the proof.
    for stage in [0, 8] {
        let mut slow = kept.clone();
        slow[stage..][..8].fill(u8::MAX);
        refused(prover.read_proof(&slow));
    }
    refused(prover.read_proof(&[&kept[..], &[0]].concat()));
}
