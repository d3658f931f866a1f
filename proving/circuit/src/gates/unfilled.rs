//! A gate without what fills its wires: the same circuit for everyone but its prover.

use plonky2::field::extension::quadratic::QuadraticExtension;
use plonky2::gates::gate::Gate;
use plonky2::iop::ext_target::ExtensionTarget;
use plonky2::iop::generator::WitnessGeneratorRef;
use plonky2::plonk::circuit_builder::CircuitBuilder;
use plonky2::plonk::circuit_data::CommonCircuitData;
use plonky2::plonk::vars::{EvaluationTargets, EvaluationVars, EvaluationVarsBaseBatch};
use plonky2::util::serialization::{Buffer, IoResult};

use super::{Custom, Formula};
use crate::field::{D, F};

/// A [`Custom`] gate, in name and constraints, that fills nothing. Plonky2 keeps what fills wires, and what waits for each
/// wire, for every operation: most of the memory that building a circuit takes.
#[derive(Debug, Clone)]
pub struct Unfilled<T>(pub Custom<T>);

impl<T: Formula> Gate<F, D> for Unfilled<T> {
    fn id(&self) -> String {
        self.0.id()
    }

    fn serialize(&self, to: &mut Vec<u8>, common: &CommonCircuitData<F, D>) -> IoResult<()> {
        self.0.serialize(to, common)
    }

    fn deserialize(from: &mut Buffer, common: &CommonCircuitData<F, D>) -> IoResult<Self> {
        Custom::deserialize(from, common).map(Self)
    }

    fn eval_unfiltered(&self, vars: EvaluationVars<F, D>) -> Vec<QuadraticExtension<F>> {
        self.0.eval_unfiltered(vars)
    }

    fn eval_unfiltered_base_batch(&self, vars: EvaluationVarsBaseBatch<F>) -> Vec<F> {
        self.0.eval_unfiltered_base_batch(vars)
    }

    fn eval_unfiltered_circuit(
        &self,
        builder: &mut CircuitBuilder<F, D>,
        vars: EvaluationTargets<D>,
    ) -> Vec<ExtensionTarget<D>> {
        self.0.eval_unfiltered_circuit(builder, vars)
    }

    fn generators(&self, _: usize, _: &[F]) -> Vec<WitnessGeneratorRef<F, D>> {
        Vec::new()
    }

    fn num_wires(&self) -> usize {
        self.0.num_wires()
    }

    fn num_constants(&self) -> usize {
        self.0.num_constants()
    }

    fn degree(&self) -> usize {
        self.0.degree()
    }

    fn num_constraints(&self) -> usize {
        self.0.num_constraints()
    }

    fn num_ops(&self) -> usize {
        self.0.num_ops()
    }
}
