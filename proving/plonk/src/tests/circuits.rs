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

use crate::{D, F, GatePrograms, Plonky2Gates, Prover, equal_to_plonky2};

pub(super) type C = PoseidonGoldilocksConfig;
pub(super) type Circuit = CircuitData<F, C, D>;

/// A circuit with an input that proves it.
pub(super) struct Case {
    pub(super) circuit: Circuit,
    pub(super) inputs: PartialWitness<F>,
}

/// Returns a chain of products with `public` public inputs, filled up to `2^log_rows` rows.
pub(super) fn chain(config: CircuitConfig, log_rows: usize, public: usize) -> Case {
    let (builder, inputs) = chain_builder(config, log_rows, public);
    let circuit = builder.build::<C>();
    assert_eq!(circuit.common.degree_bits(), log_rows);
    Case { circuit, inputs }
}

/// Returns the same, not yet built.
pub(super) fn chain_builder(
    config: CircuitConfig,
    log_rows: usize,
    public: usize,
) -> (CircuitBuilder<F, D>, PartialWitness<F>) {
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
    (builder, inputs)
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
        let theirs = equal_to_plonky2(&self.circuit, gates, &witness).unwrap();
        let nonce = theirs.proof.opening_proof.pow_witness.to_canonical_u64();
        for path in Path::available() {
            let prover = Prover::on_path(path, &self.circuit, gates).unwrap();
            let ours = prover.prove_witness(&self.circuit, &witness).unwrap();
            let smallest = ours.proof.opening_proof.pow_witness.to_canonical_u64();
            assert!(smallest <= nonce, "{path}: not the smallest nonce");
            self.circuit.verify(ours).unwrap();
        }
    }
}
