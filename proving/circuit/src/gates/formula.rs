//! One formula, four evaluations: a gate states its constraints once, Plonky2 gets them over the base field, over the
//! extension field and inside a recursive circuit, and `programs.rs` records them for the prover.

use std::fmt::Debug;

use anyhow::Result;
use plonky2::field::extension::quadratic::QuadraticExtension;
use plonky2::field::types::Field;
use plonky2::gates::gate::Gate;
use plonky2::iop::ext_target::ExtensionTarget;
use plonky2::iop::generator::{GeneratedValues, SimpleGenerator, WitnessGeneratorRef};
use plonky2::iop::target::Target;
use plonky2::iop::witness::{PartitionWitness, Witness, WitnessWrite};
use plonky2::plonk::circuit_builder::CircuitBuilder;
use plonky2::plonk::circuit_data::CommonCircuitData;
use plonky2::plonk::vars::{EvaluationTargets, EvaluationVars, EvaluationVarsBaseBatch};
use plonky2::util::serialization::{Buffer, IoError, IoResult};

use crate::field::{D, F};

/// Wires of a row, and those of them that copy constraints reach, in Plonky2's standard configuration.
pub(super) const ROW_WIRES: usize = 135;
pub(super) const ROUTED_WIRES: usize = 80;

/// Arithmetic over values, extension values or targets.
pub trait Algebra {
    /// What is computed with.
    type V: Copy;

    /// Returns a constant.
    fn constant(&mut self, c: F) -> Self::V;

    /// Returns `c0·x·y + c1·z`.
    fn product(&mut self, c0: F, x: Self::V, y: Self::V, c1: F, z: Self::V) -> Self::V;

    /// Returns `c·x + z`.
    fn scaled(&mut self, c: F, x: Self::V, z: Self::V) -> Self::V;

    /// Returns `x + y`.
    fn add(&mut self, x: Self::V, y: Self::V) -> Self::V {
        self.scaled(F::ONE, x, y)
    }

    /// Returns `x - y`.
    fn sub(&mut self, x: Self::V, y: Self::V) -> Self::V {
        self.scaled(F::NEG_ONE, y, x)
    }

    /// Returns `x·y`.
    fn mul(&mut self, x: Self::V, y: Self::V) -> Self::V {
        self.product(F::ONE, x, y, F::ZERO, x)
    }

    /// Returns `x·y + z`.
    fn mul_add(&mut self, x: Self::V, y: Self::V, z: Self::V) -> Self::V {
        self.product(F::ONE, x, y, F::ONE, z)
    }

    /// Returns `x + c`.
    fn offset(&mut self, x: Self::V, c: F) -> Self::V {
        let c = self.constant(c);
        self.add(x, c)
    }
}

/// The constraints of one operation, stated once.
///
/// Wires of an operation are numbered from 0: first the `routed` ones, then the `hints`, which only the
/// gate itself sees. A row holds as many operations as fit.
pub trait Formula: Clone + Debug + Send + Sync + 'static {
    /// Returns how many wires of an operation copy constraints can reach.
    fn routed(&self) -> usize;

    /// Returns how many further wires an operation has.
    fn hints(&self) -> usize;

    /// Returns how many constants a row has, shared by its operations.
    fn constants(&self) -> usize {
        0
    }

    /// Returns the highest degree of the constraints.
    fn degree(&self) -> usize;

    /// Returns how many constraints [`Formula::constrain`] emits.
    fn constraints(&self) -> usize;

    /// Emits what must be zero.
    fn constrain<A: Algebra>(
        &self,
        a: &mut A,
        wires: &[A::V],
        constants: &[A::V],
        emit: impl FnMut(A::V),
    );

    /// Returns the wires that must be known before the operation can be filled.
    fn inputs(&self) -> Vec<usize>;

    /// Returns an input value that satisfies the constraints when all inputs have it, for operations that a
    /// row has room for and nobody needs.
    fn idle(&self) -> F {
        F::ZERO
    }

    /// Writes every wire that is not an input.
    ///
    /// It is total: values outside the ranges that the constraints allow give wires that violate them.
    fn fill(&self, read: impl Fn(usize) -> F, constants: &[F], write: impl FnMut(usize, F));

    /// Returns how many operations fit in a row.
    fn ops(&self) -> usize {
        (ROUTED_WIRES / self.routed()).min(ROW_WIRES / (self.routed() + self.hints()))
    }

    /// Returns the column of a wire of an operation: routed wires of all operations come first.
    fn column(&self, op: usize, wire: usize) -> usize {
        if wire < self.routed() {
            op * self.routed() + wire
        } else {
            self.ops() * self.routed() + op * self.hints() + wire - self.routed()
        }
    }
}

/// A [`Formula`] as a Plonky2 gate.
#[derive(Debug, Clone)]
pub struct Custom<T>(pub T);

impl<T: Formula> Custom<T> {
    pub(super) fn gather<V>(&self, op: usize, wire: impl Fn(usize) -> V) -> Vec<V> {
        (0..self.0.routed() + self.0.hints())
            .map(|k| wire(self.0.column(op, k)))
            .collect()
    }
}

impl<T: Formula> Gate<F, D> for Custom<T> {
    fn id(&self) -> String {
        format!("{:?}", self.0)
    }

    // Circuits are rebuilt from a model's shape, never stored.
    fn serialize(&self, _dst: &mut Vec<u8>, _common: &CommonCircuitData<F, D>) -> IoResult<()> {
        Err(IoError)
    }

    fn deserialize(_src: &mut Buffer, _common: &CommonCircuitData<F, D>) -> IoResult<Self> {
        Err(IoError)
    }

    fn eval_unfiltered(&self, vars: EvaluationVars<F, D>) -> Vec<QuadraticExtension<F>> {
        let mut out = Vec::with_capacity(self.num_constraints());
        for op in 0..self.0.ops() {
            let wires = self.gather(op, |column| vars.local_wires[column]);
            let constants = &vars.local_constants[..self.0.constants()];
            self.0
                .constrain(&mut OverExtension, &wires, constants, |value| {
                    out.push(value)
                });
        }
        out
    }

    // The inner loop of Plonky2's own prover, which ours is compared with.
    fn eval_unfiltered_base_batch(&self, vars: EvaluationVarsBaseBatch<F>) -> Vec<F> {
        let points = vars.len();
        let mut out = vec![F::ZERO; points * self.num_constraints()];
        let mut wires = vec![F::ZERO; self.0.routed() + self.0.hints()];
        for (i, point) in vars.iter().enumerate() {
            let constants = (0..self.0.constants())
                .map(|k| point.local_constants[k])
                .collect::<Vec<_>>();
            let mut slot = i;
            for op in 0..self.0.ops() {
                for (k, wire) in wires.iter_mut().enumerate() {
                    *wire = point.local_wires[self.0.column(op, k)];
                }
                self.0
                    .constrain(&mut OverBase, &wires, &constants, |value| {
                        out[slot] = value;
                        slot += points;
                    });
            }
        }
        out
    }

    fn eval_unfiltered_circuit(
        &self,
        builder: &mut CircuitBuilder<F, D>,
        vars: EvaluationTargets<D>,
    ) -> Vec<ExtensionTarget<D>> {
        let mut out = Vec::with_capacity(self.num_constraints());
        for op in 0..self.0.ops() {
            let wires = self.gather(op, |column| vars.local_wires[column]);
            let constants = &vars.local_constants[..self.0.constants()];
            self.0
                .constrain(&mut InCircuit(builder), &wires, constants, |value| {
                    out.push(value)
                });
        }
        out
    }

    fn generators(&self, row: usize, constants: &[F]) -> Vec<WitnessGeneratorRef<F, D>> {
        let generator = |op| Filler {
            formula: self.0.clone(),
            row,
            op,
            constants: constants.to_vec(),
        };
        (0..self.0.ops())
            .map(|op| WitnessGeneratorRef::new(generator(op).adapter()))
            .collect()
    }

    fn num_wires(&self) -> usize {
        self.0.ops() * (self.0.routed() + self.0.hints())
    }

    fn num_constants(&self) -> usize {
        self.0.constants()
    }

    fn degree(&self) -> usize {
        self.0.degree()
    }

    fn num_constraints(&self) -> usize {
        self.0.ops() * self.0.constraints()
    }

    fn num_ops(&self) -> usize {
        self.0.ops()
    }
}

/// Fills one operation of one row.
#[derive(Debug)]
struct Filler<T> {
    formula: T,
    row: usize,
    op: usize,
    constants: Vec<F>,
}

impl<T: Formula> SimpleGenerator<F, D> for Filler<T> {
    fn id(&self) -> String {
        format!("{:?}", self.formula)
    }

    fn dependencies(&self) -> Vec<Target> {
        let target = |wire| Target::wire(self.row, self.formula.column(self.op, wire));
        self.formula.inputs().into_iter().map(target).collect()
    }

    fn run_once(&self, witness: &PartitionWitness<F>, out: &mut GeneratedValues<F>) -> Result<()> {
        let target = |wire| Target::wire(self.row, self.formula.column(self.op, wire));
        let mut result = Ok(());
        self.formula.fill(
            |wire| witness.get_target(target(wire)),
            &self.constants,
            |wire, value| {
                if result.is_ok() {
                    result = out.set_target(target(wire), value);
                }
            },
        );
        result
    }

    fn serialize(&self, _dst: &mut Vec<u8>, _common: &CommonCircuitData<F, D>) -> IoResult<()> {
        Err(IoError)
    }

    fn deserialize(_src: &mut Buffer, _common: &CommonCircuitData<F, D>) -> IoResult<Self> {
        Err(IoError)
    }
}

/// Arithmetic over values of the base field.
pub(super) struct OverBase;

impl Algebra for OverBase {
    type V = F;

    fn constant(&mut self, c: F) -> F {
        c
    }

    fn product(&mut self, c0: F, x: F, y: F, c1: F, z: F) -> F {
        c0 * x * y + c1 * z
    }

    fn scaled(&mut self, c: F, x: F, z: F) -> F {
        c * x + z
    }
}

struct OverExtension;

impl Algebra for OverExtension {
    type V = QuadraticExtension<F>;

    fn constant(&mut self, c: F) -> Self::V {
        c.into()
    }

    fn product(&mut self, c0: F, x: Self::V, y: Self::V, c1: F, z: Self::V) -> Self::V {
        let (c0, c1): (Self::V, Self::V) = (c0.into(), c1.into());
        c0 * x * y + c1 * z
    }

    fn scaled(&mut self, c: F, x: Self::V, z: Self::V) -> Self::V {
        let c: Self::V = c.into();
        c * x + z
    }
}

struct InCircuit<'a>(&'a mut CircuitBuilder<F, D>);

impl Algebra for InCircuit<'_> {
    type V = ExtensionTarget<D>;

    fn constant(&mut self, c: F) -> Self::V {
        self.0.constant_extension(c.into())
    }

    fn product(&mut self, c0: F, x: Self::V, y: Self::V, c1: F, z: Self::V) -> Self::V {
        self.0.arithmetic_extension(c0, c1, x, y, z)
    }

    fn scaled(&mut self, c: F, x: Self::V, z: Self::V) -> Self::V {
        let one = self.0.one_extension();
        self.0.arithmetic_extension(c, F::ONE, x, one, z)
    }
}
