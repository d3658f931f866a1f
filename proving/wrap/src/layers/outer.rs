//! L3: verifies a proof of L2 and is itself hashed over BN254, for the R1CS.

use plonky2::iop::witness::{PartialWitness, WitnessWrite};
use plonky2::plonk::circuit_builder::CircuitBuilder;
use plonky2::plonk::proof::ProofWithPublicInputsTarget;

use super::hash::OuterConfig;
use super::recurse::verify_constant;
use super::{
    CommonData, D, InnerProof, InnerVerifier, Layer, LayerError, OuterCircuit, OuterProof, params,
};

/// The circuit of L3: one for all models.
pub(super) struct OuterLayer {
    pub(super) circuit: OuterCircuit,
    proof: ProofWithPublicInputsTarget<D>,
}

impl OuterLayer {
    /// Builds L3 over L2, whose verifier data are constants.
    pub(super) fn build(common: &CommonData, verifier: &InnerVerifier) -> Self {
        let mut builder = CircuitBuilder::new(params::outer());
        let proof = verify_constant(&mut builder, common, verifier);
        builder.register_public_inputs(&proof.public_inputs);
        let circuit = builder.build::<OuterConfig>();
        assert_eq!(
            circuit.common.degree_bits(),
            params::DEGREE_BITS,
            "L3 has as many rows as the R1CS verifies"
        );
        Self { circuit, proof }
    }

    pub(super) fn prove(&self, bound: &InnerProof) -> Result<OuterProof, LayerError> {
        let mut witness = PartialWitness::new();
        witness
            .set_proof_with_pis_target(&self.proof, bound)
            .and_then(|()| self.circuit.prove(witness))
            .map_err(|error| LayerError::prove(Layer::Outer, &error))
    }
}
