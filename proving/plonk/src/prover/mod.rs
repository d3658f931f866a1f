//! The prover.

mod once;
mod run;

pub use once::OnceProver;

use std::time::Duration;

use anyhow::{Result, ensure};
use assay_kernels::Path;
use plonky2::fri::FriParams;
use plonky2::iop::generator::generate_partial_witness;
use plonky2::iop::witness::{PartialWitness, PartitionWitness};
use plonky2::plonk::circuit_data::{CircuitConfig, CircuitData};
use plonky2::plonk::config::{GenericConfig, Hasher};
use plonky2::plonk::proof::ProofWithPublicInputs;

use crate::field::{D, F};
use crate::gates::GatePrograms;
use crate::parameters::Parameters;
use crate::permutation::ChunkProducts;
use crate::quotient::Domain;
use crate::shape::Shape;
use crate::transforms::Transforms;
use crate::tree::TreeHasher;
use crate::vanishing::Vanishing;
use run::Stages;

/// What is made once for a circuit and used by each of its proofs.
#[derive(Debug)]
pub struct Prover<C: GenericConfig<D, F = F>> {
    path: Path,
    shape: Shape,
    parameters: Parameters,
    chunk_products: ChunkProducts,
    vanishing: Vanishing,
    domain: Domain,
    transforms: Transforms,
    circuit: <C::Hasher as Hasher<F>>::Hash,
    /// The circuit's digest does not cover these.
    config: CircuitConfig,
    fri: FriParams,
}

/// How long a stage of a proof took.
#[derive(Clone, Copy, Debug)]
pub struct StageTime {
    /// The stage.
    pub name: &'static str,
    /// Its time.
    pub time: Duration,
}

impl<C> Prover<C>
where
    C: GenericConfig<D, F = F>,
    C::Hasher: TreeHasher,
{
    /// Prepares proofs of a circuit on this process's [`Path`]. Gates that `gates` does not know are evaluated by
    /// Plonky2, which is slow. Errors name what of the circuit is not supported.
    pub fn new(data: &CircuitData<F, C, D>, gates: &dyn GatePrograms) -> Result<Self> {
        Self::on_path(Path::current(), data, gates)
    }

    /// Prepares proofs of a circuit on a given path; see [`Self::new`].
    pub fn on_path(
        path: Path,
        data: &CircuitData<F, C, D>,
        gates: &dyn GatePrograms,
    ) -> Result<Self> {
        ensure!(
            path.is_available(),
            "this processor has no {path} instructions"
        );
        let shape = Shape::new(&data.common)?;
        let parameters = Parameters::new(&shape);
        Ok(Self {
            path,
            parameters,
            chunk_products: ChunkProducts::record(&shape, &parameters),
            vanishing: Vanishing::record(&data.common, &shape, &parameters, gates)?,
            domain: Domain::new(&shape),
            transforms: Transforms::new(path, &shape, &data.common.fri_params)?,
            circuit: data.prover_only.circuit_digest,
            config: data.common.config.clone(),
            fri: data.common.fri_params.clone(),
            shape,
        })
    }

    /// Fills the witness from the inputs and proves: the proof is Plonky2's, with the smallest nonce as its proof of
    /// work. As in Plonky2, a witness that violates constraints may give a proof that does not verify.
    pub fn prove(
        &self,
        data: &CircuitData<F, C, D>,
        inputs: PartialWitness<F>,
    ) -> Result<ProofWithPublicInputs<F, C, D>> {
        let witness = generate_partial_witness(inputs, &data.prover_only, &data.common)?;
        self.prove_witness(data, &witness)
    }

    /// Proves a filled witness.
    pub fn prove_witness(
        &self,
        data: &CircuitData<F, C, D>,
        witness: &PartitionWitness<'_, F>,
    ) -> Result<ProofWithPublicInputs<F, C, D>> {
        self.run(data, witness, None, &mut Stages::default())
    }

    /// Proves a filled witness with a given nonce as the proof of work. Plonky2 takes any nonce that does it: with the
    /// same one, the proofs are equal.
    pub fn prove_with_nonce(
        &self,
        data: &CircuitData<F, C, D>,
        witness: &PartitionWitness<'_, F>,
        nonce: F,
    ) -> Result<ProofWithPublicInputs<F, C, D>> {
        self.run(data, witness, Some(nonce), &mut Stages::default())
    }

    /// Proves a filled witness and tells how long the stages took.
    pub fn prove_timed(
        &self,
        data: &CircuitData<F, C, D>,
        witness: &PartitionWitness<'_, F>,
    ) -> Result<(ProofWithPublicInputs<F, C, D>, Vec<StageTime>)> {
        let mut stages = Stages::default();
        let proof = self.run(data, witness, None, &mut stages)?;
        Ok((proof, stages.times))
    }
}
