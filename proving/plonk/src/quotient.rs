//! Values of the quotient on its coset.

use std::ops::Range;

use anyhow::Result;
use assay_kernels::Path;
use assay_kernels::goldilocks::program::Source;
use plonky2::field::types::Field;
use plonky2::field::zero_poly_coset::ZeroPolyOnCoset;
use plonky2::gates::gate::GateRef;
use plonky2::hash::hash_types::HashOut;
use plonky2::plonk::vars::EvaluationVarsBaseBatch;
use rayon::prelude::*;

use crate::columns::{Columns, reverse_bits};
use crate::field::{D, F};
use crate::shape::Shape;
use crate::vanishing::{Layout, Vanishing};

/// Points that are worked on together.
const BLOCK: usize = 512;

/// The points at which the quotient is computed, in bit-reversed order, with what does not change from proof to proof.
///
/// They are the first points of the code's coset in that order, so values there are the first rows of every column.
#[derive(Clone, Debug)]
pub(crate) struct Domain {
    bits: usize,
    next_step: usize,
    points: Vec<u64>,
    /// The first Lagrange polynomial.
    lagrange: Vec<u64>,
    /// Inverses of the zero polynomial; they repeat.
    zero_inverses: Vec<u64>,
}

/// What a proof has committed to before its quotient.
pub(crate) struct Committed<'a> {
    /// Constants and sigmas, a leaf each.
    pub(crate) constants_sigmas: &'a [Vec<F>],
    pub(crate) wires: &'a Columns,
    /// `Z` of every challenge, then the partial products.
    pub(crate) products: &'a Columns,
    pub(crate) public_inputs_hash: HashOut<F>,
    pub(crate) gates: &'a [GateRef<F, D>],
    pub(crate) selectors: usize,
}

impl Domain {
    pub(crate) fn new(shape: &Shape) -> Self {
        let bits = shape.degree_bits + shape.quotient_bits;
        let zero = ZeroPolyOnCoset::<F>::new(shape.degree_bits, shape.quotient_bits);
        let natural: Vec<F> = F::cyclic_subgroup_coset_known_order(
            F::primitive_root_of_unity(bits),
            F::coset_shift(),
            1 << bits,
        );
        let rows = F::from_canonical_usize(shape.rows());
        let denominators: Vec<F> = natural.par_iter().map(|&x| rows * (x - F::ONE)).collect();
        let inverses = F::batch_multiplicative_inverse(&denominators);
        let reversed = |value: &dyn Fn(usize) -> F| -> Vec<u64> {
            (0..1 << bits)
                .map(|k| value(reverse_bits(k, bits)).0)
                .collect()
        };
        Self {
            bits,
            next_step: 1 << shape.quotient_bits,
            points: reversed(&|i| natural[i]),
            lagrange: reversed(&|i| zero.eval(i) * inverses[i]),
            zero_inverses: (0..1 << shape.quotient_bits)
                .map(|i| zero.eval_inverse(i).0)
                .collect(),
        }
    }

    /// Returns the values of the quotients, a column for each challenge.
    pub(crate) fn quotients(
        &self,
        path: Path,
        vanishing: &Vanishing,
        committed: &Committed<'_>,
        parameters: &[u64],
    ) -> Result<Columns> {
        let mut columns = Columns::zeros(vanishing.program.outputs(), self.points.len());
        let blocks = columns.blocks_mut(BLOCK);
        blocks
            .into_par_iter()
            .enumerate()
            .try_for_each(|(k, mut outputs)| {
                let rows = k * BLOCK..self.points.len().min((k + 1) * BLOCK);
                self.block(path, vanishing, committed, parameters, rows, &mut outputs)
            })?;
        Ok(columns)
    }

    /// Runs the code at some of the points.
    fn block(
        &self,
        path: Path,
        vanishing: &Vanishing,
        committed: &Committed<'_>,
        parameters: &[u64],
        rows: Range<usize>,
        outputs: &mut [&mut [u64]],
    ) -> Result<()> {
        let layout = &vanishing.layout;
        let fixed = layout.constants.len() + layout.sigmas.len();
        let leaves = committed.constants_sigmas[rows.clone()].iter();
        let constants_sigmas: Vec<u64> = leaves
            .flat_map(|leaf| &leaf[..fixed])
            .map(|value| value.0)
            .collect();
        let next: Vec<usize> = rows.clone().map(|row| self.next(row)).collect();
        let next_products: Vec<Vec<u64>> = (0..layout.next_products.len())
            .map(|k| {
                next.iter()
                    .map(|&row| committed.products.column(k)[row])
                    .collect()
            })
            .collect();
        let mask = self.zero_inverses.len() - 1;
        let zero_inverses: Vec<u64> = rows
            .clone()
            .map(|row| self.zero_inverses[reverse_bits(row, self.bits) & mask])
            .collect();
        let foreign = foreign(layout, committed, rows.clone());
        let products = layout.products.len() + layout.partial_products.len();
        let sources: Vec<Source<'_>> = (0..fixed)
            .map(|k| Source::row_table(&constants_sigmas, k, fixed))
            .chain(
                (0..layout.wires.len())
                    .map(|k| Source::column(&committed.wires.column(k)[rows.clone()])),
            )
            .chain(
                (0..products).map(|k| Source::column(&committed.products.column(k)[rows.clone()])),
            )
            .chain(next_products.iter().map(|column| Source::column(column)))
            .chain(
                [
                    &self.points[rows.clone()],
                    &self.lagrange[rows.clone()],
                    &zero_inverses,
                ]
                .map(Source::column),
            )
            .chain(
                foreign
                    .iter()
                    .flat_map(|values| values.chunks_exact(rows.len()))
                    .map(Source::column),
            )
            .collect();
        vanishing.program.run(path, &sources, parameters, outputs)?;
        Ok(())
    }

    /// Returns the place of the point that is one row of the circuit further on.
    fn next(&self, row: usize) -> usize {
        let next = (reverse_bits(row, self.bits) + self.next_step) & (self.points.len() - 1);
        reverse_bits(next, self.bits)
    }
}

/// Returns the constraints of the gates that were not recorded, as Plonky2 evaluates them.
fn foreign(layout: &Layout, committed: &Committed<'_>, rows: Range<usize>) -> Vec<Vec<u64>> {
    if layout.foreign.is_empty() {
        return Vec::new();
    }
    let points = rows.len();
    let leaves = &committed.constants_sigmas[rows.clone()];
    let own = committed.selectors..layout.constants.len();
    let constants: Vec<F> = own
        .flat_map(|k| leaves.iter().map(move |leaf| leaf[k]))
        .collect();
    let wires: Vec<F> = (0..layout.wires.len())
        .flat_map(|k| &committed.wires.column(k)[rows.clone()])
        .map(|&word| F::from_noncanonical_u64(word))
        .collect();
    let vars =
        EvaluationVarsBaseBatch::new(points, &constants, &wires, &committed.public_inputs_hash);
    let evaluate = |&(gate, _): &(usize, Range<usize>)| {
        let values = committed.gates[gate].0.eval_unfiltered_base_batch(vars);
        values.into_iter().map(|value| value.0).collect()
    };
    layout.foreign.iter().map(evaluate).collect()
}
