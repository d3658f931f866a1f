//! The custom gates as recorded code, for the prover.

use std::any::Any;

use assay_plonk::{GatePrograms, Plonky2Gates, Row, Symbol};
use plonky2::gates::gate::GateRef;

use super::formula::Algebra;
use super::*;
use crate::field::{D, F};

/// Knows the gates of every model circuit: the custom ones and Plonky2's.
#[derive(Clone, Copy, Debug, Default)]
pub struct CircuitGates;

impl GatePrograms for CircuitGates {
    fn constraints(&self, gate: &GateRef<F, D>, row: Row<'_>) -> Option<Vec<Symbol>> {
        let any = gate.0.as_any();
        None.or_else(|| custom::<ArgMaxStep>(any, row))
            .or_else(|| custom::<Horner>(any, row))
            .or_else(|| custom::<InRange>(any, row))
            .or_else(|| custom::<LogUp>(any, row))
            .or_else(|| custom::<MaxPool>(any, row))
            .or_else(|| custom::<Moments>(any, row))
            .or_else(|| custom::<Normalize>(any, row))
            .or_else(|| custom::<Pack>(any, row))
            .or_else(|| custom::<Reciprocal>(any, row))
            .or_else(|| custom::<Requantize>(any, row))
            .or_else(|| custom::<Root>(any, row))
            .or_else(|| custom::<Share>(any, row))
            .or_else(|| custom::<Slide>(any, row))
            .or_else(|| custom::<TreeNode>(any, row))
            .or_else(|| custom::<WeightColumn>(any, row))
            .or_else(|| custom::<WeightRow>(any, row))
            .or_else(|| Plonky2Gates.constraints(gate, row))
    }
}

/// Records the constraints of a formula's gate.
fn custom<T: Formula>(gate: &dyn Any, row: Row<'_>) -> Option<Vec<Symbol>> {
    let gate = gate.downcast_ref::<Custom<T>>()?;
    let constants = &row.constants[..gate.0.constants()];
    let mut out = Vec::new();
    for op in 0..gate.0.ops() {
        let wires = gate.gather(op, |column| row.wires[column]);
        gate.0
            .constrain(&mut Recording, &wires, constants, |value| out.push(value));
    }
    Some(out)
}

/// Arithmetic that is written down.
struct Recording;

impl Algebra for Recording {
    type V = Symbol;

    fn constant(&mut self, c: F) -> Symbol {
        Symbol::constant(c)
    }

    fn product(&mut self, c0: F, x: Symbol, y: Symbol, c1: F, z: Symbol) -> Symbol {
        Symbol::constant(c0) * x * y + Symbol::constant(c1) * z
    }

    fn scaled(&mut self, c: F, x: Symbol, z: Symbol) -> Symbol {
        Symbol::constant(c) * x + z
    }
}
