use std::cell::RefCell;

use assay_prover::{
    ModelProver, Progress, ProverError, Silent, Stage, WrappedProof, Wrapper, cache_directory,
    verify,
};
use assay_statement::{Header, MODULUS, Statement};

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
        let words = statement.to_words();
        for position in 0..words.len() {
            let mut bent = words;
            bent[position] = (bent[position] + 1) % MODULUS;
            // A bent header may be no header at all, which is refused even earlier.
            if let Ok(bent) = Statement::from_words(&bent) {
                verify(vk, &bent, &seal).unwrap_err();
            }
        }
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
    prover.read_proof(&kept).unwrap();

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
}
