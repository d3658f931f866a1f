//! Checks a witness constraint by constraint, without a proof.
//!
//! A proof says only yes or no and takes seconds; this says which row and constraint, in milliseconds. It
//! evaluates every gate on the grid of wires with the gates' own formulas, and every copy constraint.

use std::collections::HashMap;

use plonky2::field::types::{Field, PrimeField64};
use plonky2::gates::gate::GateRef;
use plonky2::gates::noop::NoopGate;
use plonky2::hash::hash_types::HashOut;
use plonky2::hash::poseidon::PoseidonHash;
use plonky2::iop::target::Target;
use plonky2::iop::wire::Wire;
use plonky2::iop::witness::{PartitionWitness, Witness};
use plonky2::plonk::circuit_data::CircuitData;
use plonky2::plonk::config::Hasher;
use plonky2::plonk::vars::EvaluationVarsBaseBatch;
use thiserror::Error;

use crate::field::{C, D, F};

/// Selector columns hold this value where a row's gate belongs to another column.
const UNUSED_SELECTOR: u64 = u32::MAX as u64;

/// The first constraint that a witness breaks.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Violation {
    /// A gate's constraint is not zero.
    #[error("row {row}: constraint {constraint} of {gate} is not zero")]
    Gate {
        /// The row.
        row: usize,
        /// Index of the constraint.
        constraint: usize,
        /// Id of the gate.
        gate: String,
    },
    /// Two wires that must be equal differ.
    #[error("row {row}, column {column} differs from another wire of its copy constraint")]
    Copy {
        /// Row of the wire.
        row: usize,
        /// Column of the wire.
        column: usize,
    },
    /// A public input is not the value of its wire.
    #[error("public input {index} differs from its wire")]
    PublicInput {
        /// Index of the public input.
        index: usize,
    },
}

/// The value of every wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grid {
    columns: usize,
    values: Vec<F>,
}

impl Grid {
    /// Reads all wires of a filled witness; wires that nothing fills are zero, as in a proof.
    #[must_use]
    pub fn of(witness: &PartitionWitness<F>) -> Self {
        let wire = |i| Target::wire(i / witness.num_wires, i % witness.num_wires);
        let value = |i| witness.try_get_target(wire(i)).unwrap_or(F::ZERO);
        Self {
            columns: witness.num_wires,
            values: (0..witness.degree * witness.num_wires).map(value).collect(),
        }
    }

    /// Returns the wires of a row.
    #[must_use]
    pub fn row(&self, row: usize) -> &[F] {
        &self.values[row * self.columns..][..self.columns]
    }

    /// Returns a wire.
    #[must_use]
    pub fn get(&self, row: usize, column: usize) -> F {
        self.row(row)[column]
    }

    /// Changes a wire.
    pub fn set(&mut self, row: usize, column: usize, value: F) {
        self.values[row * self.columns + column] = value;
    }
}

/// The rows of a built circuit: which gate each has, with which constants.
pub struct Rows<'a> {
    data: &'a CircuitData<F, C, D>,
    /// For each row the index of its gate.
    gates: Vec<usize>,
    /// For each row its gate's constants.
    constants: Vec<Vec<F>>,
}

impl<'a> Rows<'a> {
    /// Reads the rows back from a circuit's constant polynomials.
    #[must_use]
    pub fn of(data: &'a CircuitData<F, C, D>) -> Self {
        let common = &data.common;
        let columns = data.prover_only.constants_sigmas_commitment.polynomials
            [..common.num_constants]
            .iter()
            .map(|polynomial| polynomial.clone().fft().values)
            .collect::<Vec<_>>();
        let selectors = common.selectors_info.num_selectors();
        assert_eq!(
            common.num_lookup_selectors, 0,
            "circuits with lookup tables are not checked here"
        );
        let row = |row: usize| columns.iter().map(move |column| column[row]);
        let gate_of = |r: usize| {
            let used = row(r)
                .take(selectors)
                .find(|selector| selector.to_canonical_u64() != UNUSED_SELECTOR);
            usize::try_from(used.expect("every row has a gate").to_canonical_u64())
                .expect("a gate's index")
        };
        Self {
            data,
            gates: (0..common.degree()).map(gate_of).collect(),
            constants: (0..common.degree())
                .map(|r| row(r).skip(selectors).collect())
                .collect(),
        }
    }

    /// Returns the gate of a row.
    #[must_use]
    pub fn gate(&self, row: usize) -> &GateRef<F, D> {
        &self.data.common.gates[self.gates[row]]
    }

    /// Returns how many rows are not padding.
    #[must_use]
    pub fn used(&self) -> usize {
        let noop = GateRef::<F, D>::new(NoopGate);
        (0..self.gates.len())
            .filter(|&row| *self.gate(row) != noop)
            .count()
    }

    /// Returns what a row's constraints give for these wires and this hash of the public inputs.
    pub(crate) fn constraints(&self, row: usize, wires: &[F], public: &HashOut<F>) -> Vec<F> {
        let vars = EvaluationVarsBaseBatch::new(1, &self.constants[row], wires, public);
        self.gate(row).0.eval_unfiltered_base_batch(vars)
    }

    /// Checks one row.
    pub fn check_row(&self, grid: &Grid, public_inputs: &[F], row: usize) -> Result<(), Violation> {
        let public = PoseidonHash::hash_no_pad(public_inputs);
        let values = self.constraints(row, grid.row(row), &public);
        match values.iter().position(|value| !value.is_zero()) {
            Some(constraint) => Err(Violation::Gate {
                row,
                constraint,
                gate: self.gate(row).0.id(),
            }),
            None => Ok(()),
        }
    }

    /// Checks every gate and every copy constraint, and that the public inputs are those of the wires.
    pub fn check(&self, grid: &Grid, public_inputs: &[F]) -> Result<(), Violation> {
        for row in 0..self.gates.len() {
            self.check_row(grid, public_inputs, row)?;
        }
        let mut values = HashMap::new();
        for (row, column) in self.routed_wires() {
            let value = grid.get(row, column);
            if *values.entry(self.class(row, column)).or_insert(value) != value {
                return Err(Violation::Copy { row, column });
            }
        }
        for (index, (&target, &expected)) in self
            .data
            .prover_only
            .public_inputs
            .iter()
            .zip(public_inputs)
            .enumerate()
        {
            let class = self.class_of(target);
            if values.get(&class).is_some_and(|&value| value != expected) {
                return Err(Violation::PublicInput { index });
            }
        }
        Ok(())
    }

    /// Returns all wires that copy constraints can reach.
    pub fn routed_wires(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let routed = self.data.common.config.num_routed_wires;
        (0..self.gates.len()).flat_map(move |row| (0..routed).map(move |column| (row, column)))
    }

    /// Returns the class of wires that must equal this one.
    #[must_use]
    pub fn class(&self, row: usize, column: usize) -> usize {
        self.class_of(Target::Wire(Wire { row, column }))
    }

    /// Returns the class of wires that must equal this target.
    #[must_use]
    pub fn class_of(&self, target: Target) -> usize {
        let common = &self.data.common;
        self.data.prover_only.representative_map
            [target.index(common.config.num_wires, common.degree())]
    }
}
