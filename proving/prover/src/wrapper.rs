//! The part of a proof that is the same for every model.

use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::thread;

use assay_statement::{STATEMENT_WORDS, Statement, StatementError};
use assay_wrap::MATRICES_DIGEST;
use assay_wrap::groth16::{
    self, InsecureDevSetup, KeyCache, KeyEvent, KeyId, Keys, Seal, VerifyError, VerifyingKey,
};
use assay_wrap::layers::{Outer, OuterProof, ShapedProof};
use assay_wrap::r1cs::verifier::VerifierCircuit;
use plonky2::field::types::PrimeField64;
use serde::{Deserialize, Serialize};

use crate::memory::peak_rss_bytes;
use crate::progress::timed;
use crate::{Progress, ProverError, Stage, StageTimes};

/// Part of the Groth16 stage that is over when the assignment is there.
const ASSIGNED: f32 = 0.15;

/// The fixed layer, the constraint system and its keys.
pub struct Wrapper {
    outer: Outer,
    verifier: VerifierCircuit,
    keys: Keys,
}

/// A statement and the proof that a contract verifies. Reveals nothing but the statement.
#[derive(Debug, Clone)]
pub struct WrappedProof {
    /// What is proved.
    pub statement: Statement,
    /// The proof.
    pub seal: Seal,
    /// What each stage took.
    pub times: StageTimes,
    /// The most memory that the process ever held, or since its peak was restarted, where the system tells.
    pub peak_rss_bytes: Option<u64>,
}

/// What a wrapper is made of, for reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrapperFacts {
    /// Constraints of the R1CS.
    pub r1cs_constraints: usize,
    /// Public inputs of the Groth16 proof.
    pub groth16_public_inputs: usize,
    /// Bytes of the key file, which holds proving key and matrices.
    pub pk_bytes: u64,
}

impl Wrapper {
    /// Loads the keys of the development set-up from a cache directory, or makes them there, which takes minutes and is
    /// announced through [`Progress::note`]. Builds the fixed layer meanwhile.
    pub fn load(cache_directory: &Path, progress: &dyn Progress) -> Result<Self, ProverError> {
        progress.stage(Stage::Load, 0.0);
        let cache = KeyCache::new(cache_directory);
        // Whoever needs the layer first builds it; the other waits.
        let outer = OnceLock::new();
        let keys = thread::scope(|scope| {
            scope.spawn(|| {
                outer.get_or_init(Outer::load);
            });
            let synthesize = || {
                let verifier = verifier_of(outer.get_or_init(Outer::load));
                Arc::new(verifier.synthesize().matrices)
            };
            cache.load_or_set_up(&key_id(), synthesize, &|event| tell(progress, &event))
        })?;
        let outer = outer
            .into_inner()
            .expect("the thread that builds the layer has ended");
        progress.stage(Stage::Load, 1.0);
        Ok(Self {
            verifier: verifier_of(&outer),
            outer,
            keys,
        })
    }

    /// Returns the key that every proof verifies under.
    #[must_use]
    pub fn verifying_key(&self) -> &VerifyingKey {
        self.keys.verifying_key()
    }

    /// Returns sizes for reports.
    pub fn facts(&self, cache_directory: &Path) -> WrapperFacts {
        let path = KeyCache::new(cache_directory).path(&key_id());
        WrapperFacts {
            r1cs_constraints: self.keys.matrices().num_constraints(),
            groth16_public_inputs: self.verifying_key().num_public_inputs(),
            pk_bytes: std::fs::metadata(path).map_or(0, |file| file.len()),
        }
    }

    /// Wraps a canonical proof. `times` has the stages before.
    pub(crate) fn wrap(
        &self,
        shaped: &ShapedProof,
        times: StageTimes,
        progress: &dyn Progress,
    ) -> Result<WrappedProof, ProverError> {
        let (outer, outer_ms) = timed(progress, Stage::Outer, || {
            self.outer.prove(shaped, &mut |_| ())
        })?;
        let statement = statement_of(&outer)?;
        let (seal, groth16_ms) = timed(progress, Stage::Groth16, || {
            let assignment = self.verifier.assign(&outer)?;
            progress.stage(Stage::Groth16, ASSIGNED);
            Ok::<_, ProverError>(groth16::prove(&self.keys, &assignment)?)
        })?;
        Ok(WrappedProof {
            statement,
            seal,
            times: StageTimes {
                outer: outer_ms,
                groth16: groth16_ms,
                ..times
            },
            peak_rss_bytes: peak_rss_bytes(),
        })
    }
}

/// Checks a seal against a statement.
pub fn verify(vk: &VerifyingKey, statement: &Statement, seal: &[u8]) -> Result<(), VerifyError> {
    groth16::verify(vk, &statement.to_inputs(), seal)
}

fn verifier_of(outer: &Outer) -> VerifierCircuit {
    let circuit = outer.circuit();
    VerifierCircuit::new(circuit.common.clone(), circuit.verifier_only.clone())
        .expect("the constraint system covers every gate of L2")
}

/// The keys of this version.
fn key_id() -> KeyId {
    KeyId {
        matrices_digest: MATRICES_DIGEST,
        setup: InsecureDevSetup::DEFAULT,
    }
}

fn tell(progress: &dyn Progress, event: &KeyEvent) {
    match event {
        KeyEvent::Loading { .. } => {}
        KeyEvent::Discarded { path, reason } => progress.note(&format!(
            "the key file {} is unusable ({reason}): making the keys again",
            path.display()
        )),
        KeyEvent::WaitingForOtherProcess => {
            progress.note("another process is making the keys: waiting for it");
        }
        KeyEvent::Synthesizing => progress.note("no keys yet: synthesizing the constraint system"),
        KeyEvent::SettingUp {
            constraints,
            warning,
        } => progress.note(&format!("{warning} ({constraints} constraints)")),
        KeyEvent::Saving { path } => {
            progress.note(&format!("saving the keys to {}", path.display()));
        }
    }
}

fn statement_of(proof: &OuterProof) -> Result<Statement, StatementError> {
    let mut words = [0; STATEMENT_WORDS];
    assert_eq!(
        proof.public_inputs.len(),
        words.len(),
        "L2 exposes a statement"
    );
    for (word, input) in words.iter_mut().zip(&proof.public_inputs) {
        *word = input.to_canonical_u64();
    }
    Statement::from_words(&words)
}
