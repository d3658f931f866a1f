//! Circuits to wrap: any number of rows, with or without tables, with the public inputs of a statement.

use std::sync::OnceLock;

use assay_statement::MODEL_PUBLIC_INPUTS;
use plonky2::field::types::Field;
use plonky2::hash::poseidon::PoseidonHash;
use plonky2::iop::target::Target;
use plonky2::iop::witness::{PartialWitness, WitnessWrite};
use plonky2::plonk::circuit_builder::CircuitBuilder;

use super::super::{D, F, InnerCircuit, InnerConfig, InnerProof, Outer, Shaper, params};

/// A circuit and the targets of its public inputs.
pub(in crate::layers) struct Sample {
    pub(in crate::layers) circuit: InnerCircuit,
    inputs: Vec<Target>,
}

/// Entries of one lookup table.
const TABLE_ENTRIES: u16 = 256;
/// Lookups into each table.
const LOOKUPS: u64 = 100;

impl Sample {
    /// Builds a circuit of exactly `2^degree_bits` rows with the given number of tables. `flavor` distinguishes
    /// circuits of the same shape.
    pub(in crate::layers) fn build(degree_bits: usize, tables: usize, flavor: u64) -> Self {
        let mut builder = CircuitBuilder::<F, D>::new(params::model());
        let inputs = builder.add_virtual_targets(MODEL_PUBLIC_INPUTS);
        builder.register_public_inputs(&inputs);
        for table in 0..tables {
            add_lookups(&mut builder, table);
        }
        // Hash rows beyond half of the size; padding does the rest.
        let mut state = vec![builder.constant(F::from_canonical_u64(flavor)); 8];
        while builder.num_gates() <= 1 << (degree_bits - 1) {
            state[0] = inputs[builder.num_gates() % inputs.len()];
            let hash = builder.hash_n_to_hash_no_pad::<PoseidonHash>(state.clone());
            state[4..].copy_from_slice(&hash.elements);
        }
        let circuit = builder.build::<InnerConfig>();
        assert_eq!(circuit.common.degree_bits(), degree_bits);
        Self { circuit, inputs }
    }

    /// Proves some statement.
    pub(in crate::layers) fn prove(&self, first: u64) -> InnerProof {
        let mut witness = PartialWitness::new();
        for (&target, word) in self.inputs.iter().zip(first..) {
            witness
                .set_target(target, F::from_canonical_u64(word))
                .unwrap();
        }
        self.circuit.prove(witness).unwrap()
    }

    pub(in crate::layers) fn shaper(&self) -> Shaper {
        Shaper::for_circuit(&self.circuit.common, &self.circuit.verifier_only).unwrap()
    }
}

fn add_lookups(builder: &mut CircuitBuilder<F, D>, table: usize) {
    let entries: Vec<u16> = (0..TABLE_ENTRIES).collect();
    let index = match table % 3 {
        0 => builder.add_lookup_table_from_fn(|x| 255 - x, &entries),
        1 => builder.add_lookup_table_from_fn(|x| x / 3 + 1, &entries),
        _ => builder.add_lookup_table_from_fn(|x| (x * 7 + 3) % 256, &entries),
    };
    for entry in 0..LOOKUPS {
        let looked = builder.constant(F::from_canonical_u64(entry));
        builder.add_lookup_from_index(looked, index);
    }
}

/// Returns L2, built once for all tests.
pub(in crate::layers) fn outer() -> &'static Outer {
    static OUTER: OnceLock<Outer> = OnceLock::new();
    OUTER.get_or_init(Outer::load)
}
