//! Transforms of columns. Values on cosets lie in bit-reversed order, coefficients and values on the circuit's subgroup
//! in natural order.

use anyhow::Result;
use assay_kernels::Path;
use assay_kernels::goldilocks::fft::{Fft, LowDegreeExtension, scale_by_powers};
use plonky2::field::types::Field;
use plonky2::fri::FriParams;
use rayon::prelude::*;

use crate::columns::Columns;
use crate::field::F;
use crate::shape::Shape;

/// The transforms of a circuit's proofs.
#[derive(Debug)]
pub(crate) struct Transforms {
    path: Path,
    /// From the circuit's rows to the code.
    code: LowDegreeExtension,
    quotient: Fft,
    /// From the coefficients of each folded polynomial to its code, the first with no folding done.
    folded: Vec<LowDegreeExtension>,
}

impl Transforms {
    pub(crate) fn new(path: Path, shape: &Shape, params: &FriParams) -> Result<Self> {
        let extension = |log_n: usize, shift: F| {
            LowDegreeExtension::new(log_n as u32, params.config.rate_bits as u32, shift.0)
        };
        let (mut log_n, mut shift) = (shape.degree_bits, F::coset_shift());
        let mut folded = Vec::new();
        for &bits in &params.reduction_arity_bits {
            folded.push(extension(log_n, shift)?);
            log_n -= bits;
            shift = shift.exp_power_of_2(bits);
        }
        Ok(Self {
            path,
            code: extension(shape.degree_bits, F::coset_shift())?,
            quotient: Fft::new((shape.degree_bits + shape.quotient_bits) as u32)?,
            folded,
        })
    }

    /// Returns the coefficients of the polynomials with these values on the circuit's subgroup.
    pub(crate) fn interpolate(&self, mut values: Columns) -> Result<Columns> {
        self.code.fft().inverse_many(self.path, values.all_mut())?;
        Ok(values)
    }

    /// Returns the values of polynomials on the code's coset.
    pub(crate) fn extend(&self, coefficients: &Columns) -> Result<Columns> {
        Ok(Columns::new(
            self.code.extend_many(self.path, coefficients.all())?,
        ))
    }

    /// Returns the values of a folded polynomial's components on the coset of its code.
    pub(crate) fn extend_folded(&self, foldings: usize, components: &Columns) -> Result<Columns> {
        Ok(Columns::new(
            self.folded[foldings].extend_many(self.path, components.all())?,
        ))
    }

    /// Returns the coefficients of the quotients from their values on the quotient's coset.
    pub(crate) fn interpolate_quotients(&self, mut values: Columns) -> Result<Columns> {
        let unshift = F::coset_shift().inverse().0;
        values.all_mut().par_iter_mut().try_for_each(|column| {
            self.quotient.inverse_from_reversed(self.path, column)?;
            scale_by_powers(self.path, column, unshift);
            anyhow::Ok(())
        })?;
        Ok(values)
    }
}
