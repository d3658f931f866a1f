//! A prover that changes what it supplies and lets everything else follow, the points of all checks included.

use std::collections::VecDeque;

use plonky2::field::types::Field;
use plonky2::iop::generator::GeneratedValues;
use plonky2::iop::target::Target;
use plonky2::iop::witness::{PartialWitness, PartitionWitness, Witness, WitnessWrite};

use super::models::Case;
use crate::check::{Grid, Rows};
use crate::{F, ModelCircuit};

/// What a prover supplies for a run of a circuit.
pub struct Refill<'a> {
    circuit: &'a ModelCircuit,
    rows: Rows<'a>,
    given: PartialWitness<F>,
}

impl<'a> Refill<'a> {
    pub fn new(circuit: &'a ModelCircuit, case: &Case) -> Self {
        let refill = Self {
            circuit,
            rows: Rows::of(&circuit.data),
            given: circuit.assign(&case.job()).unwrap(),
        };
        assert!(refill.accepts(&[]), "the honest run is accepted");
        refill
    }

    /// Returns what an honest prover supplies.
    pub fn given(&self, target: Target) -> F {
        self.given.target_values[&target]
    }

    /// Fills a witness in which the prover supplies other values.
    ///
    /// Plonky2's own filling stops where two values meet in one copy class. A prover would not: the first one stays,
    /// and what it breaks is left to the constraints.
    pub fn fill(&self, changes: &[(Target, F)]) -> PartitionWitness<'a, F> {
        let (prover, common) = (&self.circuit.data.prover_only, &self.circuit.data.common);
        let mut given = self.given.clone();
        for &(target, value) in changes {
            let honest = given.target_values.insert(target, value);
            assert!(honest.is_some(), "only what is supplied can be another");
        }
        let wires = common.config.num_wires;
        let mut witness = PartitionWitness::new(wires, common.degree(), &prover.representative_map);
        for (target, value) in given.target_values {
            witness.set_target(target, value).unwrap();
        }
        let generators = &prover.generators;
        let mut pending = (0..generators.len()).collect::<VecDeque<_>>();
        let mut finished = vec![false; generators.len()];
        let mut values = GeneratedValues::from(Vec::new());
        while let Some(index) = pending.pop_front() {
            if finished[index] {
                continue;
            }
            finished[index] = generators[index].0.run(&witness, &mut values);
            for (target, value) in values.target_values.drain(..) {
                if let Ok(Some(class)) = witness.set_target_returning_rep(target, value) {
                    let watching = prover.generator_indices_by_watches.get(&class);
                    pending.extend(watching.into_iter().flatten());
                }
            }
        }
        witness
    }

    /// Returns whether the circuit takes a witness in which the prover supplies other values.
    pub fn accepts(&self, changes: &[(Target, F)]) -> bool {
        let witness = self.fill(changes);
        let public = self.circuit.data.prover_only.public_inputs.iter();
        let public = public.map(|&target| witness.try_get_target(target).unwrap_or(F::ZERO));
        let public = public.collect::<Vec<_>>();
        self.rows.check(&Grid::of(&witness), &public).is_ok()
    }
}

/// Returns the first, the last and some between: all if they are few.
pub fn sample(targets: &[Target]) -> Vec<Target> {
    let step = targets.len().div_ceil(4).max(1);
    let some = targets.iter().step_by(step);
    some.chain(targets.last()).copied().collect()
}
