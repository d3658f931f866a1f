//! Transforms equal ark-poly's on every path.

use ark_ff::UniformRand;
use ark_poly::univariate::DensePolynomial;
use ark_poly::{DenseUVPolynomial, EvaluationDomain, Polynomial, Radix2EvaluationDomain};
use ark_std::rand::SeedableRng;
use ark_std::rand::rngs::StdRng;

use super::*;

const SIZES: [u32; 12] = [0, 1, 2, 3, 5, 6, 7, 8, 9, 12, 13, 14];

/// Random values with zero, one and minus one among them.
fn values(n: usize, seed: u64) -> Vec<Fr> {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut values: Vec<Fr> = (0..n).map(|_| Fr::rand(&mut rng)).collect();
    for (value, edge) in values.iter_mut().zip([Fr::ZERO, Fr::ONE, -Fr::ONE]) {
        *value = edge;
    }
    values
}

#[test]
fn transforms_equal_ark_poly() {
    for log_n in SIZES {
        let n = 1 << log_n;
        let domain = Radix2EvaluationDomain::<Fr>::new(n).unwrap();
        let coset = domain.get_coset(Fr::GENERATOR).unwrap();
        let values = values(n, u64::from(log_n));
        type Transform = fn(Path, &mut [Fr]);
        let cases: [(Transform, Vec<Fr>, &str); 4] = [
            (fft, domain.fft(&values), "fft"),
            (ifft, domain.ifft(&values), "ifft"),
            (coset_fft, coset.fft(&values), "coset_fft"),
            (coset_ifft, coset.ifft(&values), "coset_ifft"),
        ];
        for (transform, expected, name) in cases {
            for path in Path::available() {
                let mut got = values.clone();
                transform(path, &mut got);
                assert!(got == expected, "{name} of 2^{log_n} points on {path}");
            }
        }
    }
}

#[test]
fn equal_values_give_one_coefficient() {
    for path in Path::available() {
        for value in [Fr::ZERO, Fr::ONE, -Fr::ONE] {
            let mut values = vec![value; 256];
            ifft(path, &mut values);
            assert_eq!(values[0], value);
            assert!(values[1..].iter().all(|value| *value == Fr::ZERO));
        }
    }
}

#[test]
fn quotient_times_vanishing_polynomial_is_the_product() {
    for log_n in [1, 4, 7, 10] {
        let n = 1usize << log_n;
        let domain = Radix2EvaluationDomain::<Fr>::new(n).unwrap();
        let (a, b) = (values(n, 1), values(n, 2));
        let c: Vec<Fr> = a.iter().zip(&b).map(|(a, b)| *a * b).collect();
        let polynomial =
            |values: &[Fr]| DensePolynomial::from_coefficients_vec(domain.ifft(values));
        let point = Fr::from(1_234_567u64);
        let at = |values: &[Fr]| polynomial(values).evaluate(&point);
        let expected = (at(&a) * at(&b) - at(&c)) / domain.evaluate_vanishing_polynomial(point);
        for path in Path::available() {
            let h = quotient(path, a.clone(), b.clone(), c.clone());
            assert_eq!((h.len(), h[n - 1]), (n, Fr::ZERO));
            let h = DensePolynomial::from_coefficients_vec(h);
            assert_eq!(h.evaluate(&point), expected, "2^{log_n} points on {path}");
        }
    }
}

#[test]
#[should_panic(expected = "power of two")]
fn other_lengths_are_refused() {
    fft(Path::Portable, &mut [Fr::ONE; 3]);
}
