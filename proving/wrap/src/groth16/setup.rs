//! Groth16 key generation.

use std::sync::Arc;

use ark_bn254::Bn254;
use ark_groth16::{Groth16, ProvingKey};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::r1cs::Matrices;

use super::reduction::{CompactReduction, CompactSynthesizer};

/// A setup whose secrets follow from a public seed: **anyone can forge proofs under its keys**.
///
/// It exists so that development chains, tests and continuous integration share one key. The verifier it
/// exports refuses to be deployed anywhere but on a development chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InsecureDevSetup {
    /// The public seed.
    pub seed: [u8; 32],
}

/// Why a setup failed.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// `ark-groth16` refused the constraint system.
    #[error("key generation failed: {0}")]
    Synthesis(#[from] ark_relations::gr1cs::SynthesisError),
}

impl InsecureDevSetup {
    /// The name that key files and events carry.
    pub const KIND: &'static str = "insecure-dev";

    /// What every caller must show before the setup runs.
    pub const WARNING: &'static str = "INSECURE DEVELOPMENT SETUP: the proving key is made from a public seed, so \
         anyone can forge proofs under it. Never use it outside a development chain.";

    /// The seed that the committed Solidity verifier is made with.
    pub const DEFAULT: Self = Self {
        seed: *b"assay insecure development seed.",
    };

    /// Makes the keys: the same matrices and seed give the same keys on every machine.
    pub fn run(&self, matrices: &Arc<Matrices>) -> Result<ProvingKey<Bn254>, SetupError> {
        let mut rng = ChaCha20Rng::from_seed(self.seed);
        let circuit = CompactSynthesizer(Arc::clone(matrices));
        let pk = Groth16::<Bn254, CompactReduction>::generate_random_parameters_with_reduction(
            circuit, &mut rng,
        )?;
        Ok(pk)
    }
}
