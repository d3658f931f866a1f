//! One recursion step: a circuit that verifies proofs of one fixed circuit and passes on their public inputs.

use assay_plonk::{OnceProver, Plonky2Gates, equal_to_plonky2};
use plonky2::iop::generator::generate_partial_witness;
use plonky2::iop::witness::{PartialWitness, WitnessWrite};
use plonky2::plonk::circuit_builder::CircuitBuilder;
use plonky2::plonk::circuit_data::CircuitConfig;
use plonky2::plonk::proof::ProofWithPublicInputsTarget;

use super::{
    CommonData, D, F, InnerCircuit, InnerConfig, InnerProof, InnerVerifier, Layer, LayerError,
};

/// A circuit that verifies a proof; the verifier data of the inner circuit are constants.
pub(super) struct Recursion {
    pub(super) circuit: InnerCircuit,
    proof: ProofWithPublicInputsTarget<D>,
    prover: OnceProver<InnerConfig>,
}

/// A recursion step that is not closed yet.
pub(super) struct RecursionBuilder {
    pub(super) builder: CircuitBuilder<F, D>,
    proof: ProofWithPublicInputsTarget<D>,
}

impl RecursionBuilder {
    /// Opens a circuit that verifies a proof of the given circuit and exposes the same public inputs.
    pub(super) fn new(
        config: CircuitConfig,
        common: &CommonData,
        verifier: &InnerVerifier,
    ) -> Self {
        let mut builder = CircuitBuilder::new(config);
        let proof = verify_constant(&mut builder, common, verifier);
        builder.register_public_inputs(&proof.public_inputs);
        Self { builder, proof }
    }

    pub(super) fn build(self) -> Recursion {
        Recursion {
            circuit: self.builder.build::<InnerConfig>(),
            proof: self.proof,
            prover: OnceProver::default(),
        }
    }
}

impl Recursion {
    /// Proves that the inner proof verifies, which the caller has checked.
    pub(super) fn prove(&self, inner: &InnerProof, layer: Layer) -> Result<InnerProof, LayerError> {
        let inputs = self.inputs(inner, layer)?;
        self.prover
            .get(&self.circuit, &Plonky2Gates)
            .and_then(|prover| prover.prove(&self.circuit, inputs))
            .map_err(|error| LayerError::prove(layer, &error))
    }

    /// Proves with Plonky2's prover and on every path; an error names what differs.
    pub(super) fn equal_to_plonky2(
        &self,
        inner: &InnerProof,
        layer: Layer,
    ) -> Result<InnerProof, LayerError> {
        let circuit = &self.circuit;
        let inputs = self.inputs(inner, layer)?;
        generate_partial_witness(inputs, &circuit.prover_only, &circuit.common)
            .and_then(|witness| equal_to_plonky2(circuit, &Plonky2Gates, &witness))
            .map_err(|error| LayerError::prove(layer, &error))
    }

    fn inputs(&self, inner: &InnerProof, layer: Layer) -> Result<PartialWitness<F>, LayerError> {
        let mut inputs = PartialWitness::new();
        inputs
            .set_proof_with_pis_target(&self.proof, inner)
            .map_err(|error| LayerError::prove(layer, &error))?;
        Ok(inputs)
    }
}

/// Adds the verification of a proof of exactly this circuit.
fn verify_constant(
    builder: &mut CircuitBuilder<F, D>,
    common: &CommonData,
    verifier: &InnerVerifier,
) -> ProofWithPublicInputsTarget<D> {
    let proof = builder.add_virtual_proof_with_pis(common);
    let verifier = builder.constant_verifier_data::<InnerConfig>(verifier);
    builder.verify_proof::<InnerConfig>(&proof, &verifier, common);
    proof
}
