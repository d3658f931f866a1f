//! The vanishing polynomial as straight-line code.

use std::ops::Range;

use plonky2::field::types::Field;
use plonky2::plonk::circuit_data::CommonCircuitData;

use crate::code::Code;
use crate::field::{D, F};
use crate::gates::{GatePrograms, Row};
use crate::shape::Shape;
use crate::symbol::{Symbol, Tape};

/// Plonky2's value of a selector polynomial in rows of gates of other groups.
const UNUSED_SELECTOR: usize = u32::MAX as usize;

/// Where the inputs of the code are.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    /// Selectors, then the gates' constants.
    pub(crate) constants: Range<usize>,
    pub(crate) sigmas: Range<usize>,
    pub(crate) wires: Range<usize>,
    /// `Z` of every challenge.
    pub(crate) products: Range<usize>,
    /// Partial products of every challenge.
    pub(crate) partial_products: Range<usize>,
    /// `Z` of every challenge, one row on.
    pub(crate) next_products: Range<usize>,
    pub(crate) public_inputs_hash: Range<usize>,
    /// The point, the first Lagrange polynomial there, the inverse of the subgroup's zero polynomial there.
    pub(crate) point: Range<usize>,
    /// Gates that could not be recorded, and where their unfiltered constraints come in.
    pub(crate) foreign: Vec<(usize, Range<usize>)>,
}

/// The gates' part of the vanishing polynomial, which does not depend on challenges.
#[derive(Clone, Debug)]
pub(crate) struct Constraints {
    pub(crate) layout: Layout,
    tape: Tape,
    /// Filtered constraints, summed over the gates.
    slots: Vec<Symbol>,
}

/// The challenges of a proof that go into the vanishing polynomial.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Challenges<'a> {
    pub(crate) betas: &'a [F],
    pub(crate) gammas: &'a [F],
    pub(crate) alphas: &'a [F],
}

impl Constraints {
    /// Records the gates of a circuit.
    pub(crate) fn record(common: &CommonCircuitData<F, D>, shape: &Shape, gates: &dyn GatePrograms) -> Self {
        let mut layout = Layout::new(shape);
        let mut slots = vec![Symbol::ZERO; common.num_gate_constraints];
        let (tape, ()) = Tape::record(|| {
            let constants = symbols(&layout.constants);
            let wires = symbols(&layout.wires);
            let hash = std::array::from_fn(|i| Symbol::input(layout.public_inputs_hash.start + i));
            let mut end = layout.point.end;
            for (index, gate) in common.gates.iter().enumerate() {
                let row = Row {
                    constants: &constants[shape.selectors.groups.len()..],
                    wires: &wires,
                    public_inputs_hash: &hash,
                };
                let constraints = gates.constraints(gate, row).unwrap_or_else(|| {
                    let inputs = end..end + gate.0.num_constraints();
                    end = inputs.end;
                    layout.foreign.push((index, inputs.clone()));
                    symbols(&inputs)
                });
                let filter = filter(shape, index, &constants);
                for (slot, constraint) in slots.iter_mut().zip(constraints) {
                    *slot += filter * constraint;
                }
            }
        });
        Self { layout, tape, slots }
    }

    /// Records the rest for the challenges of a proof. The results are the values of the quotient, one for each `α`.
    pub(crate) fn finish(&self, shape: &Shape, shifts: &[F], challenges: Challenges<'_>) -> Code {
        let layout = &self.layout;
        let (tape, results) = self.tape.clone().resume(|| {
            let lagrange = Symbol::input(layout.point.start + 1);
            let zero_inverse = Symbol::input(layout.point.start + 2);
            let starts = layout.products.clone().map(|z| lagrange * (Symbol::input(z) - Symbol::ONE));
            let mut terms: Vec<Symbol> = starts.collect();
            for k in 0..shape.challenges {
                self.check_products(shape, shifts, challenges, k, &mut terms);
            }
            terms.extend(&self.slots);
            let reduce = |&alpha: &F| {
                let alpha = Symbol::constant(alpha);
                let combine = |sum: Symbol, &term: &Symbol| sum * alpha + term;
                terms.iter().rev().fold(Symbol::ZERO, combine) * zero_inverse
            };
            challenges.alphas.iter().map(reduce).collect()
        });
        Code::new(tape, results)
    }

    /// Records that each partial product follows from the one before, for one challenge.
    fn check_products(
        &self,
        shape: &Shape,
        shifts: &[F],
        challenges: Challenges<'_>,
        k: usize,
        terms: &mut Vec<Symbol>,
    ) {
        let layout = &self.layout;
        let (beta, gamma) = (challenges.betas[k], Symbol::constant(challenges.gammas[k]));
        let point = Symbol::input(layout.point.start);
        let wire = |j: usize| Symbol::input(layout.wires.start + j);
        let partial = layout.partial_products.start + k * shape.partial_products;
        let mut products = vec![Symbol::input(layout.products.start + k)];
        products.extend(symbols(&(partial..partial + shape.partial_products)));
        products.push(Symbol::input(layout.next_products.start + k));
        let routed: Vec<usize> = (0..shape.routed).collect();
        for (chunk, pair) in routed.chunks(shape.quotient_factor).zip(products.windows(2)) {
            let up = chunk.iter().map(|&j| wire(j) + Symbol::constant(beta * shifts[j]) * point + gamma);
            let down = chunk.iter().map(|&j| {
                let sigma = Symbol::input(layout.sigmas.start + j);
                wire(j) + Symbol::constant(beta) * sigma + gamma
            });
            terms.push(pair[0] * up.product::<Symbol>() - pair[1] * down.product::<Symbol>());
        }
    }
}

impl Layout {
    fn new(shape: &Shape) -> Self {
        let mut end = 0;
        let mut take = |count: usize| {
            end += count;
            end - count..end
        };
        Self {
            constants: take(shape.constants),
            sigmas: take(shape.routed),
            wires: take(shape.wires),
            products: take(shape.challenges),
            partial_products: take(shape.challenges * shape.partial_products),
            next_products: take(shape.challenges),
            public_inputs_hash: take(4),
            point: take(3),
            foreign: Vec::new(),
        }
    }
}

/// Records the filter of a gate: not zero exactly where its group's selector has the gate's number.
fn filter(shape: &Shape, gate: usize, constants: &[Symbol]) -> Symbol {
    let selector = shape.selectors.of_gate[gate];
    let several = shape.selectors.groups.len() > 1;
    let others = shape.selectors.groups[selector].clone().filter(|&other| other != gate);
    others
        .chain(several.then_some(UNUSED_SELECTOR))
        .map(|other| Symbol::from_canonical_usize(other) - constants[selector])
        .product()
}

fn symbols(inputs: &Range<usize>) -> Vec<Symbol> {
    inputs.clone().map(Symbol::input).collect()
}
