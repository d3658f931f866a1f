//! The permutation argument: `Z` and its partial products on the subgroup.

use std::ops::Range;

use anyhow::{Result, ensure};
use assay_kernels::Path;
use assay_kernels::goldilocks::program::{Program, Source};
use plonky2::field::types::Field;
use rayon::prelude::*;

use crate::columns::Columns;
use crate::field::F;
use crate::parameters::Parameters;
use crate::shape::Shape;
use crate::symbol::{Symbol, record};

/// Rows that are worked on together.
const BLOCK: usize = 128;

/// The values that copy constraints relate.
#[derive(Clone, Copy)]
pub(crate) struct Copies<'a> {
    /// Values of the wires; the routed ones come first.
    pub(crate) wires: &'a Columns,
    /// The permutation, a row of the circuit each.
    pub(crate) sigmas: &'a [Vec<F>],
    /// The rows' points.
    pub(crate) subgroup: &'a [F],
}

/// Products of numerators and of denominators of each chunk of wires, as code.
///
/// Inputs are the routed wires, their sigmas, and the point; outputs are all numerators, then all denominators.
#[derive(Clone, Debug)]
pub(crate) struct ChunkProducts {
    program: Program,
    routed: usize,
}

impl ChunkProducts {
    pub(crate) fn record(shape: &Shape, parameters: &Parameters) -> Self {
        let (mut builder, products) = record(|| {
            let mut products =
                Factors::of_chunks(shape, parameters, 0, shape.routed, 2 * shape.routed);
            let denominators: Vec<Symbol> =
                products.iter().map(|factors| factors.denominator).collect();
            let numerators = products.drain(..).map(|factors| factors.numerator);
            numerators.chain(denominators).collect::<Vec<_>>()
        });
        for symbol in products {
            let value = symbol.in_builder(&mut builder);
            builder.output(value);
        }
        Self {
            program: builder.build(),
            routed: shape.routed,
        }
    }

    /// Returns the columns that Plonky2 commits to after `β` and `γ`: `Z` of every challenge, then the partial products
    /// of the first challenge, of the second, ....
    pub(crate) fn running(
        &self,
        path: Path,
        shape: &Shape,
        copies: Copies<'_>,
        parameters: &[u64],
    ) -> Result<Columns> {
        let (rows, each) = (shape.rows(), shape.partial_products + 1);
        let starts = (0..rows).into_par_iter().step_by(BLOCK);
        let quotients: Vec<Vec<F>> = starts
            .map(|start| self.quotients(path, copies, parameters, start..rows.min(start + BLOCK)))
            .collect::<Result<_>>()?;
        let mut columns = Columns::zeros(shape.challenges * each, rows);
        let (products, partial) = columns.all_mut().split_at_mut(shape.challenges);
        let mut challenges: Vec<_> = products
            .iter_mut()
            .enumerate()
            .map(|(k, product)| (k, product, Vec::new()))
            .collect();
        for (k, column) in partial.iter_mut().enumerate() {
            challenges[k / shape.partial_products].2.push(column);
        }
        challenges
            .into_par_iter()
            .for_each(|(challenge, product, mut partial)| {
                let mut running = F::ONE;
                for row in 0..rows {
                    product[row] = running.0;
                    let (block, i) = (&quotients[row / BLOCK], row % BLOCK);
                    let points = BLOCK.min(rows - row / BLOCK * BLOCK);
                    for chunk in 0..each {
                        running *= block[(challenge * each + chunk) * points + i];
                        // The product over the whole row is the next row's Z.
                        if let Some(column) = partial.get_mut(chunk) {
                            column[row] = running.0;
                        }
                    }
                }
            });
        Ok(columns)
    }

    /// Returns the quotients of the chunks in some rows, one column each.
    fn quotients(
        &self,
        path: Path,
        copies: Copies<'_>,
        parameters: &[u64],
        rows: Range<usize>,
    ) -> Result<Vec<F>> {
        let points = rows.len();
        let sigmas: Vec<u64> = copies.sigmas[rows.clone()]
            .iter()
            .flatten()
            .map(|sigma| sigma.0)
            .collect();
        let x: Vec<u64> = copies.subgroup[rows.clone()].iter().map(|x| x.0).collect();
        let wires = (0..self.routed).map(|j| Source::column(&copies.wires.column(j)[rows.clone()]));
        let sources: Vec<Source<'_>> = wires
            .chain((0..self.routed).map(|j| Source::row_table(&sigmas, j, self.routed)))
            .chain([Source::column(&x)])
            .collect();
        let mut products = vec![0; self.program.outputs() * points];
        let mut outputs: Vec<&mut [u64]> = products.chunks_exact_mut(points).collect();
        self.program.run(path, &sources, parameters, &mut outputs)?;
        let denominators = products.split_off(products.len() / 2);
        let denominators: Vec<F> = denominators
            .into_iter()
            .map(F::from_noncanonical_u64)
            .collect();
        ensure!(
            !denominators.iter().any(F::is_zero),
            "the permutation argument divides by zero: the challenges hit a wire's value"
        );
        let inverses = F::batch_multiplicative_inverse(&denominators);
        let pairs = products.into_iter().zip(inverses);
        Ok(pairs
            .map(|(up, down)| F::from_noncanonical_u64(up) * down)
            .collect())
    }
}

/// The product over a chunk of routed wires of `wire + β·shift·x + γ`, and that of `wire + β·sigma + γ`.
pub(crate) struct Factors {
    pub(crate) numerator: Symbol,
    pub(crate) denominator: Symbol,
}

impl Factors {
    /// Records the factors of every chunk for every challenge; `wires`, `sigmas` and `point` are the first inputs of
    /// each.
    pub(crate) fn of_chunks(
        shape: &Shape,
        parameters: &Parameters,
        wires: usize,
        sigmas: usize,
        point: usize,
    ) -> Vec<Self> {
        let routed: Vec<usize> = (0..shape.routed).collect();
        let mut all = Vec::new();
        for k in 0..shape.challenges {
            let (beta, gamma) = (parameters.beta(k), parameters.gamma(k));
            for chunk in routed.chunks(shape.quotient_factor) {
                let wire = |j: usize| Symbol::input(wires + j);
                let up = chunk.iter().map(|&j| {
                    wire(j) + parameters.shifted_beta(k, j) * Symbol::input(point) + gamma
                });
                let down = chunk
                    .iter()
                    .map(|&j| wire(j) + beta * Symbol::input(sigmas + j) + gamma);
                all.push(Self {
                    numerator: up.product(),
                    denominator: down.product(),
                });
            }
        }
        all
    }
}
