//! L2, the outer layer: verifies a canonical proof, names its circuit in the statement, and is itself hashed over
//! BN254, for the R1CS.

use assay_plonk::{OnceProver, Plonky2Gates, equal_to_plonky2};
use assay_statement::MODEL_PUBLIC_INPUTS;
use plonky2::iop::generator::generate_partial_witness;
use plonky2::iop::witness::{PartialWitness, WitnessWrite};
use plonky2::plonk::circuit_builder::CircuitBuilder;
use plonky2::plonk::circuit_data::VerifierCircuitTarget;
use plonky2::plonk::proof::ProofWithPublicInputsTarget;

use super::canonical::circuit_id_target;
use super::hash::OuterConfig;
use super::{
    CommonData, D, F, InnerConfig, InnerProof, InnerVerifier, Layer, LayerError, OuterCircuit,
    OuterProof, params,
};

/// Where the circuit words stand in a statement: after the header.
const CIRCUIT_POSITION: usize = 1;

/// The circuit of L2: one for all models.
pub(super) struct OuterLayer {
    pub(super) circuit: OuterCircuit,
    proof: ProofWithPublicInputsTarget<D>,
    verifier: VerifierCircuitTarget,
    prover: OnceProver<OuterConfig>,
}

impl OuterLayer {
    /// Builds L2 over the pinned shape of L1.
    pub(super) fn build(canonical: &CommonData) -> Self {
        assert_eq!(canonical.num_public_inputs, MODEL_PUBLIC_INPUTS);
        let mut builder = CircuitBuilder::new(params::outer());
        let proof = builder.add_virtual_proof_with_pis(canonical);
        // Data, not constants: this is what lets one L2 serve every circuit.
        let verifier = builder.add_virtual_verifier_data(params::CAP_HEIGHT);
        builder.verify_proof::<InnerConfig>(&proof, &verifier, canonical);

        let circuit = circuit_id_target(&mut builder, &verifier);
        let (header, rest) = proof.public_inputs.split_at(CIRCUIT_POSITION);
        builder.register_public_inputs(header);
        builder.register_public_inputs(&circuit.elements);
        builder.register_public_inputs(rest);
        let circuit = builder.build::<OuterConfig>();
        assert_eq!(
            circuit.common.degree_bits(),
            params::DEGREE_BITS,
            "L2 has as many rows as the R1CS verifies"
        );
        Self {
            circuit,
            proof,
            verifier,
            prover: OnceProver::default(),
        }
    }

    /// Returns what the prover supplies: a canonical proof and the verifier data that it verifies with.
    pub(super) fn inputs(
        &self,
        canonical: &InnerProof,
        verifier: &InnerVerifier,
    ) -> Result<PartialWitness<F>, LayerError> {
        let mut witness = PartialWitness::new();
        witness
            .set_proof_with_pis_target(&self.proof, canonical)
            .and_then(|()| witness.set_verifier_data_target(&self.verifier, verifier))
            .map_err(|error| LayerError::prove(Layer::Outer, &error))?;
        Ok(witness)
    }

    /// Proves that a canonical proof verifies with the given verifier data.
    pub(super) fn prove(
        &self,
        canonical: &InnerProof,
        verifier: &InnerVerifier,
    ) -> Result<OuterProof, LayerError> {
        let witness = self.inputs(canonical, verifier)?;
        self.prover
            .get(&self.circuit, &Plonky2Gates)
            .and_then(|prover| prover.prove(&self.circuit, witness))
            .map_err(|error| LayerError::prove(Layer::Outer, &error))
    }

    /// Proves with Plonky2's prover and on every path; an error names what differs.
    pub(super) fn equal_to_plonky2(
        &self,
        canonical: &InnerProof,
        verifier: &InnerVerifier,
    ) -> Result<OuterProof, LayerError> {
        let circuit = &self.circuit;
        let inputs = self.inputs(canonical, verifier)?;
        generate_partial_witness(inputs, &circuit.prover_only, &circuit.common)
            .and_then(|witness| equal_to_plonky2(circuit, &Plonky2Gates, &witness))
            .map_err(|error| LayerError::prove(Layer::Outer, &error))
    }
}
