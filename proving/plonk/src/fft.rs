//! Transforms of many columns. Values lie in bit-reversed order, coefficients in natural order.

use assay_kernels::Path;
use plonky2::field::polynomial::{PolynomialCoeffs, PolynomialValues};
use plonky2::field::types::Field;
use plonky2::util::{reverse_index_bits, reverse_index_bits_in_place};
use rayon::prelude::*;

use crate::columns::Columns;
use crate::field::F;

/// Returns the coefficients of the polynomials with these values on the subgroup, which are in natural order.
pub(crate) fn interpolate(_path: Path, mut values: Columns) -> Columns {
    let rows = values.rows();
    values.words_mut().par_chunks_mut(rows).for_each(|column| {
        let coefficients = PolynomialValues::new(elements(column)).ifft().coeffs;
        write(column, &coefficients);
    });
    values
}

/// Returns the values of polynomials on the coset `shift·H` with `2^rate_bits` as many points as coefficients.
pub(crate) fn extend(_path: Path, coefficients: &Columns, rate_bits: usize, shift: F) -> Columns {
    let rows = coefficients.rows() << rate_bits;
    let mut values = vec![0; coefficients.count() * rows];
    values.par_chunks_mut(rows).enumerate().for_each(|(k, column)| {
        let polynomial = PolynomialCoeffs::new(elements(coefficients.column(k)));
        let mut values = polynomial.lde(rate_bits).coset_fft_with_options(shift, Some(rate_bits), None).values;
        reverse_index_bits_in_place(&mut values);
        write(column, &values);
    });
    Columns::new(values, rows)
}

/// Returns the coefficients of polynomials from their values on the coset `shift·H`.
pub(crate) fn interpolate_coset(_path: Path, mut values: Columns, shift: F) -> Columns {
    let rows = values.rows();
    values.words_mut().par_chunks_mut(rows).for_each(|column| {
        let natural = reverse_index_bits(&elements(column));
        write(column, &PolynomialValues::new(natural).coset_ifft(shift).coeffs);
    });
    values
}

fn elements(words: &[u64]) -> Vec<F> {
    words.iter().map(|&word| F::from_noncanonical_u64(word)).collect()
}

fn write(words: &mut [u64], elements: &[F]) {
    words.iter_mut().zip(elements).for_each(|(word, element)| *word = element.0);
}
