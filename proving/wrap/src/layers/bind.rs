//! L2: verifies a canonical proof and binds the identity of its circuit into the statement.

use assay_statement::{MODEL_PUBLIC_INPUTS, tags};
use plonky2::field::types::Field;
use plonky2::hash::hash_types::HashOutTarget;
use plonky2::hash::poseidon::PoseidonHash;
use plonky2::iop::witness::{PartialWitness, WitnessWrite};
use plonky2::plonk::circuit_builder::CircuitBuilder;
use plonky2::plonk::circuit_data::VerifierCircuitTarget;
use plonky2::plonk::proof::ProofWithPublicInputsTarget;

use super::{
    CommonData, D, F, InnerCircuit, InnerConfig, InnerProof, InnerVerifier, Layer, LayerError,
    params,
};

/// Where the circuit words stand in a statement: after the header.
const CIRCUIT_POSITION: usize = 1;

/// The circuit of L2: one for all models.
pub(super) struct Bind {
    pub(super) circuit: InnerCircuit,
    proof: ProofWithPublicInputsTarget<D>,
    verifier: VerifierCircuitTarget,
}

impl Bind {
    /// Builds L2 over the pinned shape of L1.
    pub(super) fn build(canonical: &CommonData) -> Self {
        Self::build_tagged(canonical, tags::CIRCUIT)
    }

    /// As [`Self::build`], hashing identities under a given tag: with another one it is another circuit of this shape.
    pub(super) fn build_tagged(canonical: &CommonData, tag: u64) -> Self {
        assert_eq!(canonical.num_public_inputs, MODEL_PUBLIC_INPUTS);
        let mut builder = CircuitBuilder::new(params::bind());
        let proof = builder.add_virtual_proof_with_pis(canonical);
        // Data, not constants: this is what lets one L2 serve every circuit.
        let verifier = builder.add_virtual_verifier_data(params::CAP_HEIGHT);
        builder.verify_proof::<InnerConfig>(&proof, &verifier, canonical);

        let circuit = circuit_id_target(&mut builder, &verifier, tag);
        let (header, rest) = proof.public_inputs.split_at(CIRCUIT_POSITION);
        builder.register_public_inputs(header);
        builder.register_public_inputs(&circuit.elements);
        builder.register_public_inputs(rest);
        Self {
            circuit: builder.build::<InnerConfig>(),
            proof,
            verifier,
        }
    }

    /// Proves that a canonical proof verifies with the given verifier data.
    pub(super) fn prove(
        &self,
        canonical: &InnerProof,
        verifier: &InnerVerifier,
    ) -> Result<InnerProof, LayerError> {
        let mut witness = PartialWitness::new();
        witness
            .set_proof_with_pis_target(&self.proof, canonical)
            .and_then(|()| witness.set_verifier_data_target(&self.verifier, verifier))
            .and_then(|()| self.circuit.prove(witness))
            .map_err(|error| LayerError::prove(Layer::Bind, &error))
    }
}

/// `circuit_id` in the circuit.
fn circuit_id_target(
    builder: &mut CircuitBuilder<F, D>,
    verifier: &VerifierCircuitTarget,
    tag: u64,
) -> HashOutTarget {
    let mut preimage = vec![builder.constant(F::from_canonical_u64(tag))];
    preimage.extend(verifier.circuit_digest.elements);
    preimage.extend(
        verifier
            .constants_sigmas_cap
            .0
            .iter()
            .flat_map(|hash| hash.elements),
    );
    builder.hash_n_to_hash_no_pad::<PoseidonHash>(preimage)
}
