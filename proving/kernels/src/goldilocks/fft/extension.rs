//! Low-degree extensions: the values of polynomials on a larger coset.

use rayon::prelude::*;

use super::{Fft, FftError, layers, powers};
use crate::Path;
use crate::goldilocks::field;

/// Extensions from `n` coefficients to the `n 2^rate_bits` values on a coset, in bit-reversed order.
///
/// In that order the values of a smaller coset of the same shift come first: the first `n 2^k` values are those on the
/// coset of the subgroup of order `n 2^k`, in bit-reversed order as well.
#[derive(Clone, Debug)]
pub struct LowDegreeExtension {
    fft: Fft,
    rate_bits: u32,
    /// For each block of `n` values, the powers of its coset's shift.
    shifts: Vec<Vec<u64>>,
}

impl LowDegreeExtension {
    /// Prepares extensions of `2^log_n` coefficients by a factor of `2^rate_bits` to the coset of `shift` (plonky2's is
    /// [`field::GENERATOR`]); it takes as long as one extension.
    pub fn new(log_n: u32, rate_bits: u32, shift: u64) -> Result<Self, FftError> {
        let log_size = log_n.saturating_add(rate_bits);
        let root =
            field::root_of_unity(log_size).ok_or(FftError::NoSubgroup { log_n: log_size })?;
        if field::canonical(shift) == 0 {
            return Err(FftError::ZeroShift);
        }
        // Index b n + q reversed is reverse(q) 2^rate_bits + reverse(b): block b is the transform of size n on the
        // coset of shift * root^reverse(b).
        let shifts = (0..1_u64 << rate_bits)
            .map(|block| {
                let reversed = if rate_bits == 0 {
                    0
                } else {
                    block.reverse_bits() >> (u64::BITS - rate_bits)
                };
                powers(field::mul(shift, field::pow(root, reversed)), 1 << log_n)
            })
            .collect();
        Ok(Self {
            fft: Fft::new(log_n)?,
            rate_bits,
            shifts,
        })
    }

    /// Returns the transform of the coefficients' size.
    pub fn fft(&self) -> &Fft {
        &self.fft
    }

    /// Returns the number of values.
    pub fn size(&self) -> usize {
        self.fft.size() << self.rate_bits
    }

    /// Returns the values of the polynomial: plonky2's `lde` and `coset_fft`, bit-reversed.
    pub fn extend(&self, path: Path, coefficients: &[u64]) -> Result<Vec<u64>, FftError> {
        let mut values = vec![0; self.size()];
        self.extend_into(path, coefficients, &mut values)?;
        Ok(values)
    }

    /// [`Self::extend`] to words that are there already, [`Self::size`] of them.
    pub fn extend_into(
        &self,
        path: Path,
        coefficients: &[u64],
        values: &mut [u64],
    ) -> Result<(), FftError> {
        self.fft.check(coefficients)?;
        if values.len() != self.size() {
            return Err(FftError::Length {
                expected: self.size(),
                got: values.len(),
            });
        }
        for (block, shift) in values.chunks_exact_mut(self.fft.size()).zip(&self.shifts) {
            layers::products(path, block, coefficients, shift);
            layers::decimate_in_frequency(path, block, &self.fft.roots);
        }
        Ok(())
    }

    /// [`Self::extend`] of every polynomial, over rayon's threads.
    pub fn extend_many<C: AsRef<[u64]> + Sync>(
        &self,
        path: Path,
        polynomials: &[C],
    ) -> Result<Vec<Vec<u64>>, FftError> {
        polynomials
            .par_iter()
            .map(|coefficients| self.extend(path, coefficients.as_ref()))
            .collect()
    }
}
