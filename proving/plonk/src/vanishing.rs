//! The vanishing polynomial as straight-line code.

use std::ops::Range;

use anyhow::{Result, ensure};
use assay_kernels::goldilocks::program::Program;
use plonky2::field::types::Field;
use plonky2::plonk::circuit_data::CommonCircuitData;

use crate::field::{D, F};
use crate::gates::{GatePrograms, Row};
use crate::parameters::Parameters;
use crate::permutation::Factors;
use crate::shape::Shape;
use crate::symbol::{Symbol, record};

/// Plonky2's value of a selector polynomial in rows of gates of other groups.
const UNUSED_SELECTOR: usize = u32::MAX as usize;

/// Code for the quotient of the vanishing polynomial by the subgroup's: an output for each challenge.
#[derive(Clone, Debug)]
pub(crate) struct Vanishing {
    pub(crate) program: Program,
    pub(crate) layout: Layout,
    /// Powers of `α` that the parameters have.
    pub(crate) powers: usize,
}

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
    pub(crate) point: usize,
    /// The first Lagrange polynomial.
    lagrange: usize,
    /// The inverse of the subgroup's zero polynomial.
    zero_inverse: usize,
    /// Gates that could not be recorded, and where their unfiltered constraints come in.
    pub(crate) foreign: Vec<(usize, Range<usize>)>,
    end: usize,
}

impl Vanishing {
    /// Records the polynomial of a circuit.
    pub(crate) fn record(
        common: &CommonCircuitData<F, D>,
        shape: &Shape,
        parameters: &Parameters,
        gates: &dyn GatePrograms,
    ) -> Result<Self> {
        let mut layout = Layout::new(shape);
        let mut powers = 0;
        let (mut builder, results) = record(|| -> Result<Vec<Symbol>> {
            let mut terms = permutation_terms(shape, parameters, &layout);
            terms.extend(gate_terms(common, shape, parameters, &mut layout, gates)?);
            powers = terms.len();
            let zero_inverse = Symbol::input(layout.zero_inverse);
            let combined = |k: usize| -> Symbol {
                let multiples = terms
                    .iter()
                    .enumerate()
                    .map(|(i, &term)| term * parameters.alpha_power(k, i));
                multiples.sum::<Symbol>() * zero_inverse
            };
            Ok((0..shape.challenges).map(combined).collect())
        });
        for symbol in results? {
            let value = symbol.in_builder(&mut builder);
            builder.output(value);
        }
        Ok(Self {
            program: builder.build(),
            layout,
            powers,
        })
    }
}

/// Records that every `Z` starts at one, and that each partial product follows from the one before.
fn permutation_terms(shape: &Shape, parameters: &Parameters, layout: &Layout) -> Vec<Symbol> {
    let lagrange = Symbol::input(layout.lagrange);
    let starts = layout
        .products
        .clone()
        .map(|z| lagrange * (Symbol::input(z) - Symbol::ONE));
    let mut terms: Vec<Symbol> = starts.collect();
    let (wires, sigmas) = (layout.wires.start, layout.sigmas.start);
    let factors = Factors::of_chunks(shape, parameters, wires, sigmas, layout.point);
    for (k, chunks) in factors.chunks(shape.partial_products + 1).enumerate() {
        let first = layout.partial_products.start + k * shape.partial_products;
        let mut products = vec![Symbol::input(layout.products.start + k)];
        products.extend(symbols(&(first..first + shape.partial_products)));
        products.push(Symbol::input(layout.next_products.start + k));
        for (pair, chunk) in products.windows(2).zip(chunks) {
            terms.push(pair[0] * chunk.numerator - pair[1] * chunk.denominator);
        }
    }
    terms
}

/// Records the filtered constraints, summed over the gates.
fn gate_terms(
    common: &CommonCircuitData<F, D>,
    shape: &Shape,
    parameters: &Parameters,
    layout: &mut Layout,
    gates: &dyn GatePrograms,
) -> Result<Vec<Symbol>> {
    let mut terms = vec![Symbol::ZERO; common.num_gate_constraints];
    let constants = symbols(&layout.constants);
    let wires = symbols(&layout.wires);
    let hash = parameters.public_inputs_hash();
    for (index, gate) in common.gates.iter().enumerate() {
        let row = Row {
            constants: &constants[shape.selectors.groups.len()..],
            wires: &wires,
            public_inputs_hash: &hash,
        };
        let constraints = gates.constraints(gate, row).unwrap_or_else(|| {
            let inputs = layout.end..layout.end + gate.0.num_constraints();
            layout.end = inputs.end;
            layout.foreign.push((index, inputs.clone()));
            symbols(&inputs)
        });
        ensure!(
            constraints.len() == gate.0.num_constraints(),
            "{} constraints are recorded of the gate {}, which has {}",
            constraints.len(),
            gate.0.id(),
            gate.0.num_constraints()
        );
        let filter = filter(shape, index, &constants);
        for (term, constraint) in terms.iter_mut().zip(constraints) {
            *term += filter * constraint;
        }
    }
    Ok(terms)
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
            point: take(1).start,
            lagrange: take(1).start,
            zero_inverse: take(1).start,
            foreign: Vec::new(),
            end,
        }
    }
}

/// Records the filter of a gate: not zero exactly where its group's selector has the gate's number.
fn filter(shape: &Shape, gate: usize, constants: &[Symbol]) -> Symbol {
    let selector = shape.selectors.of_gate[gate];
    let several = shape.selectors.groups.len() > 1;
    let others = shape.selectors.groups[selector]
        .clone()
        .filter(|&other| other != gate);
    others
        .chain(several.then_some(UNUSED_SELECTOR))
        .map(|other| Symbol::from_canonical_usize(other) - constants[selector])
        .product()
}

fn symbols(inputs: &Range<usize>) -> Vec<Symbol> {
    inputs.clone().map(Symbol::input).collect()
}
