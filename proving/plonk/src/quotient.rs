//! Values of the quotient on its coset.

use std::ops::Range;

use assay_kernels::Path;
use plonky2::field::types::Field;
use plonky2::field::zero_poly_coset::ZeroPolyOnCoset;
use plonky2::gates::gate::GateRef;
use plonky2::hash::hash_types::HashOut;
use plonky2::plonk::vars::EvaluationVarsBaseBatch;
use crate::columns::reverse_bits;
use rayon::prelude::*;

use crate::code::Code;
use crate::columns::Columns;
use crate::field::{D, F};
use crate::shape::Shape;
use crate::vanishing::Layout;

/// Points that are worked on together.
const BLOCK: usize = 64;

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
            (0..1 << bits).map(|k| value(reverse_bits(k, bits)).0).collect()
        };
        Self {
            bits,
            next_step: 1 << shape.quotient_bits,
            points: reversed(&|i| natural[i]),
            lagrange: reversed(&|i| zero.eval(i) * inverses[i]),
            zero_inverses: (0..1 << shape.quotient_bits).map(|i| zero.eval_inverse(i).0).collect(),
        }
    }

    /// Returns the values of the quotients, a column for each challenge.
    pub(crate) fn quotients(&self, path: Path, code: &Code, layout: &Layout, committed: &Committed<'_>) -> Columns {
        let (points, block) = (self.points.len(), BLOCK.min(self.points.len()));
        let blocks: Vec<Vec<u64>> = (0..points / block)
            .into_par_iter()
            .map(|k| self.block(path, code, layout, committed, k * block..(k + 1) * block))
            .collect();
        let results = blocks.first().map_or(0, |first| first.len() / block);
        let mut columns = vec![0; results * points];
        for (k, values) in blocks.iter().enumerate() {
            for (column, values) in columns.chunks_exact_mut(points).zip(values.chunks_exact(block)) {
                column[k * block..(k + 1) * block].copy_from_slice(values);
            }
        }
        Columns::new(columns, points)
    }

    /// Runs the code at some of the points.
    fn block(
        &self,
        path: Path,
        code: &Code,
        layout: &Layout,
        committed: &Committed<'_>,
        rows: Range<usize>,
    ) -> Vec<u64> {
        let points = rows.len();
        let fixed = layout.constants.len() + layout.sigmas.len();
        let mut constants_sigmas = vec![0; fixed * points];
        for (i, leaf) in committed.constants_sigmas[rows.clone()].iter().enumerate() {
            for (k, value) in leaf[..fixed].iter().enumerate() {
                constants_sigmas[k * points + i] = value.0;
            }
        }
        let next = rows.clone().map(|row| self.next(row)).collect::<Vec<_>>();
        let next_products: Vec<Vec<u64>> = (0..layout.next_products.len())
            .map(|k| next.iter().map(|&row| committed.products.column(k)[row]).collect())
            .collect();
        let hash = committed.public_inputs_hash.elements.map(|word| vec![word.0; points]);
        let mask = self.zero_inverses.len() - 1;
        let zero_inverses: Vec<u64> = rows
            .clone()
            .map(|row| self.zero_inverses[reverse_bits(row, self.bits) & mask])
            .collect();
        let foreign = foreign(layout, committed, &constants_sigmas, rows.clone());
        let products = layout.products.len() + layout.partial_products.len();
        let inputs: Vec<&[u64]> = constants_sigmas
            .chunks_exact(points)
            .chain((0..layout.wires.len()).map(|k| &committed.wires.column(k)[rows.clone()]))
            .chain((0..products).map(|k| &committed.products.column(k)[rows.clone()]))
            .chain(next_products.iter().map(Vec::as_slice))
            .chain(hash.iter().map(Vec::as_slice))
            .chain([&self.points[rows.clone()], &self.lagrange[rows.clone()], &zero_inverses])
            .chain(foreign.iter().flat_map(|values| values.chunks_exact(points)))
            .collect();
        code.run(path, &inputs, points)
    }

    /// Returns the place of the point that is one row of the circuit further on.
    fn next(&self, row: usize) -> usize {
        let next = (reverse_bits(row, self.bits) + self.next_step) & (self.points.len() - 1);
        reverse_bits(next, self.bits)
    }
}

/// Returns the constraints of the gates that were not recorded, as Plonky2 evaluates them.
fn foreign(
    layout: &Layout,
    committed: &Committed<'_>,
    constants_sigmas: &[u64],
    rows: Range<usize>,
) -> Vec<Vec<u64>> {
    if layout.foreign.is_empty() {
        return Vec::new();
    }
    let elements = |words: &[u64]| -> Vec<F> { words.iter().map(|&word| F::from_noncanonical_u64(word)).collect() };
    let points = rows.len();
    let own = committed.selectors * points..layout.constants.len() * points;
    let constants = elements(&constants_sigmas[own]);
    let wires: Vec<F> = (0..layout.wires.len())
        .flat_map(|k| elements(&committed.wires.column(k)[rows.clone()]))
        .collect();
    let vars = EvaluationVarsBaseBatch::new(points, &constants, &wires, &committed.public_inputs_hash);
    let evaluate = |&(gate, _): &(usize, Range<usize>)| {
        let values = committed.gates[gate].0.eval_unfiltered_base_batch(vars);
        values.into_iter().map(|value| value.0).collect()
    };
    layout.foreign.iter().map(evaluate).collect()
}
