//! Discrete Fourier transforms over `Fr`, and the quotient of a rank-1 constraint system.
//!
//! A transform of `n = rows·columns` points is two passes over memory (Bailey 1990, the four-step method): transforms of
//! the columns, a factor for each entry, transforms of the rows. Eight columns or rows go side by side, and what a
//! pass works on fits in a core's cache. Factors of cosets and of the inverse ride along with the factors between the
//! passes.

mod eight;
mod plan;

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, FftField, Field};
use rayon::prelude::*;

use crate::Path;
use plan::Plan;

/// Replaces coefficients by the values at the powers of the root of unity of order `values.len()`, as `ark-poly`'s
/// domain of that size does.
///
/// # Panics
///
/// This and the functions below panic if the length is no power of two up to `2^28`.
pub fn fft(path: Path, values: &mut [Fr]) {
    let root = root(values.len());
    Plan::new(values.len(), root, Fr::ONE, Fr::ONE, Fr::ONE).run(path, values);
}

/// The inverse of [`fft`].
pub fn ifft(path: Path, values: &mut [Fr]) {
    scaled_ifft(path, values, Fr::ONE);
}

/// [`fft`] at the powers times the field's generator.
pub fn coset_fft(path: Path, values: &mut [Fr]) {
    let root = root(values.len());
    Plan::new(values.len(), root, Fr::GENERATOR, Fr::ONE, Fr::ONE).run(path, values);
}

/// The inverse of [`coset_fft`].
pub fn coset_ifft(path: Path, values: &mut [Fr]) {
    scaled_coset_ifft(path, values, Fr::ONE);
}

/// Returns the coefficients of `(A·B − C) / Z`, `n` of them, the last zero. `Z = x^n − 1` vanishes on the domain; `a`, `b`,
/// `c` are values on it with `a·b = c` everywhere.
///
/// `A·B = H·x^n + L` with `L` of degree below `n`. On the domain, where `x^n = 1`, its values are those of `H + L`,
/// which is therefore `C`; on the coset, where `x^n = g^n`, those of `g^n·H + L`. The difference of the two is
/// `(g^n − 1)·H`: `C` needs no values on the coset.
///
/// # Panics
///
/// If lengths differ, and as [`fft`] does.
pub fn quotient(path: Path, mut a: Vec<Fr>, mut b: Vec<Fr>, mut c: Vec<Fr>) -> Vec<Fr> {
    let n = a.len();
    assert!(
        n == b.len() && n == c.len(),
        "values on one domain are as many"
    );
    let scale = (Fr::GENERATOR.pow([n as u64]) - Fr::ONE)
        .inverse()
        .expect("the generator is in no subgroup of two-adic order");
    for values in [&mut a, &mut b] {
        ifft(path, values);
        coset_fft(path, values);
    }
    a.par_iter_mut().zip(&b).for_each(|(a, b)| *a *= b);
    drop(b);
    scaled_coset_ifft(path, &mut a, scale);
    scaled_ifft(path, &mut c, scale);
    a.par_iter_mut().zip(&c).for_each(|(a, c)| *a -= c);
    a
}

fn scaled_ifft(path: Path, values: &mut [Fr], scale: Fr) {
    let (root, scale) = (inverse(root(values.len())), scale / size(values));
    Plan::new(values.len(), root, Fr::ONE, Fr::ONE, scale).run(path, values);
}

fn scaled_coset_ifft(path: Path, values: &mut [Fr], scale: Fr) {
    let (root, scale) = (inverse(root(values.len())), scale / size(values));
    let base = inverse(Fr::GENERATOR);
    Plan::new(values.len(), root, Fr::ONE, base, scale).run(path, values);
}

fn size(values: &[Fr]) -> Fr {
    Fr::from(values.len() as u64)
}

fn root(n: usize) -> Fr {
    assert!(n.is_power_of_two(), "the length is a power of two");
    Fr::get_root_of_unity(n as u64).expect("the field has roots of unity of order up to 2^28")
}

fn inverse(value: Fr) -> Fr {
    value.inverse().unwrap_or(Fr::ZERO)
}

#[cfg(test)]
mod tests;
