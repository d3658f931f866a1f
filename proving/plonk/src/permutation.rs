//! The permutation argument: `Z` and its partial products on the subgroup.

use anyhow::{Result, ensure};
use assay_kernels::Path;
use plonky2::field::types::Field;
use rayon::prelude::*;

use crate::code::Code;
use crate::columns::Columns;
use crate::field::F;
use crate::shape::Shape;
use crate::symbol::{Symbol, Tape};

/// Rows that are worked on together.
const BLOCK: usize = 64;

/// The values that copy constraints relate.
#[derive(Clone, Copy)]
pub(crate) struct Copies<'a> {
    /// Values of the wires; the routed ones come first.
    pub(crate) wires: &'a Columns,
    /// The permutation, a row of the circuit each.
    pub(crate) sigmas: &'a [Vec<F>],
    /// The rows' points.
    pub(crate) subgroup: &'a [F],
    /// The shift of each routed wire.
    pub(crate) shifts: &'a [F],
}

/// Returns the columns that Plonky2 commits to after `β` and `γ`: `Z` of every challenge, then the partial products of
/// the first challenge, of the second, ....
pub(crate) fn running_products(
    path: Path,
    shape: &Shape,
    copies: Copies<'_>,
    betas: &[F],
    gammas: &[F],
) -> Result<Columns> {
    let (rows, each) = (shape.rows(), shape.partial_products + 1);
    let code = chunk_products(shape, copies.shifts, betas, gammas);
    let block = BLOCK.min(rows);
    let blocks: Vec<Vec<u64>> = (0..rows / block)
        .into_par_iter()
        .map(|k| quotients(path, &code, copies, shape.routed, k * block..(k + 1) * block))
        .collect::<Result<_>>()?;
    let mut columns = vec![0; shape.challenges * each * rows];
    for challenge in 0..shape.challenges {
        let mut running = F::ONE;
        for (k, quotients) in blocks.iter().enumerate() {
            for i in 0..block {
                let row = k * block + i;
                columns[challenge * rows + row] = running.0;
                for chunk in 0..each {
                    running *= F::from_noncanonical_u64(quotients[(challenge * each + chunk) * block + i]);
                    // The product over the whole row is the next row's Z.
                    if chunk + 1 < each {
                        let column = shape.challenges + challenge * shape.partial_products + chunk;
                        columns[column * rows + row] = running.0;
                    }
                }
            }
        }
    }
    Ok(Columns::new(columns, rows))
}

/// Records the products of numerators and of denominators of each chunk of wires: inputs are the routed wires, their
/// sigmas, and the point; results are all numerators, then all denominators.
fn chunk_products(shape: &Shape, shifts: &[F], betas: &[F], gammas: &[F]) -> Code {
    let (tape, results) = Tape::record(|| {
        let wires: Vec<Symbol> = (0..shape.routed).map(Symbol::input).collect();
        let sigmas: Vec<Symbol> = (shape.routed..2 * shape.routed).map(Symbol::input).collect();
        let point = Symbol::input(2 * shape.routed);
        let (mut numerators, mut denominators) = (Vec::new(), Vec::<Symbol>::new());
        for (&beta, &gamma) in betas.iter().zip(gammas) {
            let (beta_symbol, gamma) = (Symbol::constant(beta), Symbol::constant(gamma));
            for chunk in (0..shape.routed).collect::<Vec<_>>().chunks(shape.quotient_factor) {
                let up = chunk.iter().map(|&j| wires[j] + Symbol::constant(beta * shifts[j]) * point + gamma);
                numerators.push(up.product::<Symbol>());
                let down = chunk.iter().map(|&j| wires[j] + beta_symbol * sigmas[j] + gamma);
                denominators.push(down.product());
            }
        }
        numerators.extend(denominators);
        numerators
    });
    Code::new(tape, results)
}

/// Returns the quotients of the chunks in some rows, one column each.
fn quotients(
    path: Path,
    code: &Code,
    copies: Copies<'_>,
    routed: usize,
    rows: std::ops::Range<usize>,
) -> Result<Vec<u64>> {
    let points = rows.len();
    let mut sigmas = vec![0; routed * points];
    for (i, row) in copies.sigmas[rows.clone()].iter().enumerate() {
        for (j, sigma) in row.iter().enumerate() {
            sigmas[j * points + i] = sigma.0;
        }
    }
    let x: Vec<u64> = copies.subgroup[rows.clone()].iter().map(|x| x.0).collect();
    let wires = (0..routed).map(|j| &copies.wires.column(j)[rows.clone()]);
    let inputs: Vec<&[u64]> = wires
        .chain(sigmas.chunks_exact(points))
        .chain(std::iter::once(&x[..]))
        .collect();
    let mut products = code.run(path, &inputs, points);
    let denominators = products.split_off(products.len() / 2);
    let denominators: Vec<F> = denominators.into_iter().map(F::from_noncanonical_u64).collect();
    ensure!(
        !denominators.iter().any(F::is_zero),
        "the permutation argument divides by zero: the challenges hit a wire's value"
    );
    let inverses = F::batch_multiplicative_inverse(&denominators);
    let pairs = products.into_iter().zip(inverses);
    Ok(pairs.map(|(up, down)| (F::from_noncanonical_u64(up) * down).0).collect())
}
