//! Circuits to prove, and the comparison with Plonky2.

use assay_kernels::Path;
use plonky2::field::types::{Field, PrimeField64};
use plonky2::gates::noop::NoopGate;
use plonky2::iop::generator::generate_partial_witness;
use plonky2::iop::target::Target;
use plonky2::iop::witness::{PartialWitness, PartitionWitness, WitnessWrite};
use plonky2::plonk::circuit_builder::CircuitBuilder;
use plonky2::plonk::circuit_data::{CircuitConfig, CircuitData};
use plonky2::plonk::config::PoseidonGoldilocksConfig;
use plonky2::plonk::proof::ProofWithPublicInputs;
use plonky2::plonk::prover::prove_with_partition_witness;
use plonky2::util::timing::TimingTree;

use crate::{D, F, GatePrograms, Plonky2Gates, Prover};

pub(super) type C = PoseidonGoldilocksConfig;
pub(super) type Circuit = CircuitData<F, C, D>;

/// A circuit with an input that proves it.
pub(super) struct Case {
    pub(super) circuit: Circuit,
    pub(super) inputs: PartialWitness<F>,
}

/// Returns a chain of products with `public` public inputs, filled up to `2^log_rows` rows.
pub(super) fn chain(config: CircuitConfig, log_rows: usize, public: usize) -> Case {
    let mut builder = CircuitBuilder::<F, D>::new(config);
    let mut inputs = PartialWitness::new();
    let (x, y) = (builder.add_virtual_target(), builder.add_virtual_target());
    inputs
        .set_target(x, F::from_canonical_u64(0x1234_5678_9abc))
        .unwrap();
    inputs
        .set_target(y, F::NEG_ONE - F::from_canonical_u64(77))
        .unwrap();
    let mut value: Target = x;
    for k in 0..25 {
        value = builder.arithmetic(F::TWO, F::ONE, value, y, x);
        if k < public {
            builder.register_public_input(value);
        }
    }
    // Rows are added behind ours for the public inputs' hash and for constants.
    while builder.num_gates() + 8 < 1 << log_rows {
        builder.add_gate(NoopGate, vec![]);
    }
    let circuit = builder.build::<C>();
    assert_eq!(circuit.common.degree_bits(), log_rows);
    Case { circuit, inputs }
}

/// Returns the circuit that verifies a case's proof: it has every kind of gate.
pub(super) fn recursion(config: CircuitConfig, inner: &Case) -> Case {
    let mut builder = CircuitBuilder::<F, D>::new(config);
    let target = builder.add_virtual_proof_with_pis(&inner.circuit.common);
    let verifier = builder.constant_verifier_data::<C>(&inner.circuit.verifier_only);
    builder.verify_proof::<C>(&target, &verifier, &inner.circuit.common);
    builder.register_public_inputs(&target.public_inputs);
    // The one kind that the verifier does not need.
    let exponent = builder.constant(F::from_canonical_u64(54_321));
    let power = builder.exp(target.public_inputs[0], exponent, 20);
    builder.register_public_input(power);
    let circuit = builder.build::<C>();
    let proof = inner.circuit.prove(inner.inputs.clone()).unwrap();
    let mut inputs = PartialWitness::new();
    inputs.set_proof_with_pis_target(&target, &proof).unwrap();
    Case { circuit, inputs }
}

impl Case {
    pub(super) fn witness(&self) -> PartitionWitness<'_, F> {
        generate_partial_witness(
            self.inputs.clone(),
            &self.circuit.prover_only,
            &self.circuit.common,
        )
        .unwrap()
    }

    /// Compares with Plonky2 on every path.
    pub(super) fn check(&self) {
        self.check_with(&Plonky2Gates);
    }

    pub(super) fn check_with(&self, gates: &dyn GatePrograms) {
        let witness = self.witness();
        let theirs = self.plonky2(witness.clone());
        for path in Path::available() {
            let prover = Prover::on_path(path, &self.circuit, gates).unwrap();
            let ours = prover.prove_witness(&self.circuit, &witness).unwrap();
            let (our_nonce, nonce) = (
                ours.proof.opening_proof.pow_witness,
                theirs.proof.opening_proof.pow_witness,
            );
            assert!(
                our_nonce.to_canonical_u64() <= nonce.to_canonical_u64(),
                "{path}: not the smallest nonce"
            );
            if our_nonce != nonce {
                self.circuit.verify(ours).unwrap();
            } else {
                assert_equal(&ours, &theirs, path);
            }
            let same = prover
                .prove_with_nonce(&self.circuit, &witness, nonce)
                .unwrap();
            assert_equal(&same, &theirs, path);
        }
        self.circuit.verify(theirs).unwrap();
    }

    fn plonky2(&self, witness: PartitionWitness<'_, F>) -> ProofWithPublicInputs<F, C, D> {
        let (fixed, common) = (&self.circuit.prover_only, &self.circuit.common);
        prove_with_partition_witness(fixed, common, witness, &mut TimingTree::default()).unwrap()
    }
}

fn assert_equal(
    ours: &ProofWithPublicInputs<F, C, D>,
    theirs: &ProofWithPublicInputs<F, C, D>,
    path: Path,
) {
    assert_eq!(ours.public_inputs, theirs.public_inputs, "{path}");
    let (a, b) = (&ours.proof, &theirs.proof);
    assert_eq!(a.wires_cap, b.wires_cap, "{path}: wires");
    assert_eq!(
        a.plonk_zs_partial_products_cap, b.plonk_zs_partial_products_cap,
        "{path}: running products"
    );
    assert_eq!(
        a.quotient_polys_cap, b.quotient_polys_cap,
        "{path}: quotient"
    );
    assert_eq!(a.openings, b.openings, "{path}: openings");
    let (a, b) = (&a.opening_proof, &b.opening_proof);
    assert_eq!(
        a.commit_phase_merkle_caps, b.commit_phase_merkle_caps,
        "{path}: foldings"
    );
    assert_eq!(a.final_poly, b.final_poly, "{path}: last polynomial");
    assert!(a == b, "{path}: queries");
    assert_eq!(ours.to_bytes(), theirs.to_bytes(), "{path}: bytes");
}
