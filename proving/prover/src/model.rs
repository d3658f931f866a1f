//! Proofs of one model circuit, up to the canonical shape.

use std::cell::Cell;
use std::time::Instant;

use assay_circuit::{C, CircuitCost, D, F, InferenceJob, ModelCircuit};
use assay_model::Architecture;
use assay_statement::{Digest, Header};
use assay_wrap::layers::Shaper;
use plonky2::plonk::proof::ProofWithPublicInputs;

use crate::progress::{milliseconds, timed};
use crate::{
    Calibration, CostEstimate, Progress, ProverError, Size, Stage, StageTimes, WrappedProof,
    Wrapper,
};

/// Everything that proofs of one architecture and header need.
pub struct ModelProver {
    circuit: ModelCircuit,
    shaper: Shaper,
    circuit_id: Digest,
}

/// A proof of the model circuit. As secret as the weights: its openings leak them.
#[derive(Clone)]
pub struct ModelProof {
    proof: ProofWithPublicInputs<F, C, D>,
    witness_ms: u64,
    prove_ms: u64,
}

/// The most milliseconds that a kept proof may say a stage took: 49 days.
const MOST_MS: u64 = 1 << 32;

/// Bytes before the Plonky2 proof in a kept proof: what the two stages took.
const KEPT_HEADER_BYTES: usize = 16;

impl ModelProver {
    /// Builds the circuits. Depends on the arguments only, so anyone who does the same from a model's card gets the same
    /// identity.
    pub fn new(architecture: &Architecture, header: Header) -> Result<Self, ProverError> {
        let circuit = ModelCircuit::build(architecture, header)?;
        let shaper = Shaper::for_circuit(&circuit.data.common, &circuit.data.verifier_only)?;
        let circuit_id = shaper.circuit_id();
        Ok(Self {
            circuit,
            shaper,
            circuit_id,
        })
    }

    /// Returns the circuit's identity, the `circuit` words of its statements.
    #[must_use]
    pub fn circuit_id(&self) -> Digest {
        self.circuit_id
    }

    /// Returns what the circuit is for.
    #[must_use]
    pub fn header(&self) -> Header {
        self.circuit.header()
    }

    /// Returns the architecture that the circuit is for.
    #[must_use]
    pub fn architecture(&self) -> &Architecture {
        self.circuit.architecture()
    }

    /// Returns the circuit's rows by layer and purpose.
    #[must_use]
    pub fn circuit_cost(&self) -> &CircuitCost {
        self.circuit.cost()
    }

    /// Returns what a proof is expected to take on a machine.
    #[must_use]
    pub fn estimate(&self, calibration: &Calibration) -> CostEstimate {
        CostEstimate::new(self.size(), calibration)
    }

    /// Returns what time and memory of a proof depend on.
    #[must_use]
    pub fn size(&self) -> Size {
        Size {
            rows: 1 << self.circuit.cost().log_rows,
            shrink_steps: self.shrink_steps() as u64,
        }
    }

    /// Returns how many recursion steps come before the canonical layer.
    #[must_use]
    pub fn shrink_steps(&self) -> usize {
        self.shaper.shrink_steps()
    }

    /// Fills the witness and proves the model circuit, the first half of a proof.
    pub fn prove(
        &self,
        job: &InferenceJob,
        progress: &dyn Progress,
    ) -> Result<ModelProof, ProverError> {
        let start = Instant::now();
        let witness_ms = Cell::new(0);
        progress.stage(Stage::Witness, 0.0);
        let proof = self.circuit.prove_with(job, || {
            witness_ms.set(milliseconds(start.elapsed()));
            progress.stage(Stage::Witness, 1.0);
            progress.stage(Stage::Prove, 0.0);
        })?;
        progress.stage(Stage::Prove, 1.0);
        let witness_ms = witness_ms.get();
        Ok(ModelProof {
            proof,
            witness_ms,
            prove_ms: milliseconds(start.elapsed()) - witness_ms,
        })
    }

    /// Shapes and wraps a proof, the second half.
    pub fn wrap(
        &self,
        wrapper: &Wrapper,
        proof: &ModelProof,
        progress: &dyn Progress,
    ) -> Result<WrappedProof, ProverError> {
        let layers = self.shaper.shrink_steps() + 1;
        let mut done = 0;
        let (shaped, shape_ms) = timed(progress, Stage::Shape, || {
            self.shaper.shape(&proof.proof, &mut |_| {
                done += 1;
                progress.stage(Stage::Shape, done as f32 / layers as f32);
            })
        })?;
        let times = StageTimes {
            shape: shape_ms,
            ..proof.times()
        };
        let wrapped = wrapper.wrap(&shaped, times, progress)?;
        if wrapped.statement.circuit != self.circuit_id {
            return Err(ProverError::OtherCircuit {
                expected: self.circuit_id,
                got: wrapped.statement.circuit,
            });
        }
        Ok(wrapped)
    }

    /// Makes a proof from start to end.
    pub fn prove_inference(
        &self,
        wrapper: &Wrapper,
        job: &InferenceJob,
        progress: &dyn Progress,
    ) -> Result<WrappedProof, ProverError> {
        let proof = self.prove(job, progress)?;
        self.wrap(wrapper, &proof, progress)
    }

    /// Reads a kept proof of this circuit, written by [`ModelProof::to_bytes`], and verifies it.
    pub fn read_proof(&self, bytes: &[u8]) -> Result<ModelProof, ProverError> {
        let (header, proof) = bytes
            .split_at_checked(KEPT_HEADER_BYTES)
            .ok_or(ProverError::KeptProof)?;
        let number = |at: usize| {
            let bytes = header[at..at + 8].try_into().expect("eight bytes");
            u64::from_le_bytes(bytes)
        };
        let proof = ProofWithPublicInputs::from_bytes(proof.to_vec(), &self.circuit.data.common)
            .map_err(|_| ProverError::KeptProof)?;
        let kept = ModelProof {
            proof,
            witness_ms: number(0),
            prove_ms: number(8),
        };
        // Times that no proof takes, and bytes behind the proof.
        if kept.witness_ms.max(kept.prove_ms) > MOST_MS || kept.to_bytes() != bytes {
            return Err(ProverError::KeptProof);
        }
        self.circuit
            .verify(kept.proof.clone())
            .map_err(|_| ProverError::KeptProof)?;
        Ok(kept)
    }
}

impl ModelProof {
    /// Returns what the stages up to here took.
    #[must_use]
    pub fn times(&self) -> StageTimes {
        StageTimes {
            witness: self.witness_ms,
            prove: self.prove_ms,
            ..StageTimes::default()
        }
    }

    /// Returns the proof as bytes, to be kept in an owner-only file until it is wrapped.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.witness_ms.to_le_bytes().to_vec();
        bytes.extend(self.prove_ms.to_le_bytes());
        bytes.extend(self.proof.to_bytes());
        bytes
    }
}
