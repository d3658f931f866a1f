//! Against plonky2's polynomials.

use plonky2::field::goldilocks_field::GoldilocksField;
use plonky2::field::polynomial::{PolynomialCoeffs, PolynomialValues};
use plonky2::field::types::{Field, PrimeField64};

use super::*;
use crate::goldilocks::field::{GENERATOR, canonical, root_of_unity};
use crate::goldilocks::testing::words;

type F = GoldilocksField;

fn fields(words: &[u64]) -> Vec<F> {
    words.iter().map(|word| GoldilocksField(*word)).collect()
}

fn canonicals(fields: &[F]) -> Vec<u64> {
    fields.iter().map(PrimeField64::to_canonical_u64).collect()
}

fn all_canonical(words: &[u64]) -> Vec<u64> {
    words.iter().copied().map(canonical).collect()
}

fn reversed(words: &[u64]) -> Vec<u64> {
    let mut words = words.to_vec();
    bit_reverse(&mut words);
    words
}

#[test]
fn roots_and_shift_are_plonky2s() {
    for log_n in 0..=32 {
        let root = F::primitive_root_of_unity(log_n as usize).to_canonical_u64();
        assert_eq!(root_of_unity(log_n), Some(root));
    }
    assert_eq!(root_of_unity(33), None);
    assert_eq!(GENERATOR, F::coset_shift().to_canonical_u64());
}

#[test]
fn transforms_are_plonky2s() {
    for log_n in 0..=11 {
        let fft = Fft::new(log_n).unwrap();
        let input = words(u64::from(log_n), 1 << log_n);
        let values = canonicals(&PolynomialCoeffs::new(fields(&input)).fft().values);
        // plonky2's ifft of one value leaves its bounds.
        let coefficients = if log_n == 0 {
            all_canonical(&input)
        } else {
            canonicals(&PolynomialValues::new(fields(&input)).ifft().coeffs)
        };
        for path in Path::available() {
            let run = |transform: fn(&Fft, Path, &mut [u64]) -> Result<(), FftError>,
                       input: &[u64]| {
                let mut words = input.to_vec();
                transform(&fft, path, &mut words).unwrap();
                all_canonical(&words)
            };
            assert_eq!(run(Fft::forward, &input), values, "{path}, 2^{log_n}");
            assert_eq!(run(Fft::inverse, &input), coefficients, "{path}, 2^{log_n}");
            assert_eq!(
                run(Fft::inverse_from_reversed, &reversed(&input)),
                coefficients,
                "{path}, 2^{log_n}"
            );
        }
    }
}

#[test]
fn transforms_of_cosets_are_plonky2s() {
    let fft = Fft::new(6).unwrap();
    let input = words(5, 64);
    let shift = F::coset_shift();
    let values = canonicals(
        &PolynomialCoeffs::new(fields(&input))
            .coset_fft(shift)
            .values,
    );
    let coefficients = canonicals(
        &PolynomialValues::new(fields(&input))
            .coset_ifft(shift)
            .coeffs,
    );
    for path in Path::available() {
        let mut words = input.clone();
        scale_by_powers(path, &mut words, shift.0);
        fft.forward(path, &mut words).unwrap();
        assert_eq!(all_canonical(&words), values);

        let mut words = input.clone();
        fft.inverse(path, &mut words).unwrap();
        scale_by_powers(path, &mut words, shift.inverse().0);
        assert_eq!(all_canonical(&words), coefficients);
    }
}

#[test]
fn extensions_are_plonky2s_bit_reversed() {
    for log_n in 0..=7 {
        for rate_bits in 0..=3 {
            let extension = LowDegreeExtension::new(log_n, rate_bits, GENERATOR).unwrap();
            let polynomials: Vec<Vec<u64>> = (0..5).map(|k| words(k, 1 << log_n)).collect();
            let expected: Vec<Vec<u64>> = polynomials
                .iter()
                .map(|input| {
                    let polynomial = PolynomialCoeffs::new(fields(input)).lde(rate_bits as usize);
                    reversed(&canonicals(&polynomial.coset_fft(F::coset_shift()).values))
                })
                .collect();
            for path in Path::available() {
                let got = extension.extend_many(path, &polynomials).unwrap();
                assert_eq!(extension.size(), got[0].len());
                for (got, expected) in got.iter().zip(&expected) {
                    assert_eq!(
                        all_canonical(got),
                        *expected,
                        "{path}, 2^{log_n}, rate 2^{rate_bits}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_smaller_coset_comes_first() {
    let large = LowDegreeExtension::new(4, 3, GENERATOR).unwrap();
    let small = LowDegreeExtension::new(4, 1, GENERATOR).unwrap();
    let input = words(1, 16);
    let path = Path::Portable;
    let values = small.extend(path, &input).unwrap();
    assert_eq!(
        all_canonical(&large.extend(path, &input).unwrap()[..32]),
        all_canonical(&values)
    );
}

#[test]
fn many_columns_are_transformed_as_each() {
    let fft = Fft::new(5).unwrap();
    let columns: Vec<Vec<u64>> = (0..9).map(|k| words(k, 32)).collect();
    for path in Path::available() {
        let mut there = columns.clone();
        fft.inverse_many(path, &mut there).unwrap();
        for (there, column) in there.iter_mut().zip(&columns) {
            fft.forward(path, there).unwrap();
            assert_eq!(all_canonical(there), all_canonical(column));
        }
    }
}

#[test]
fn other_sizes_are_refused() {
    let fft = Fft::new(3).unwrap();
    for length in [0, 7, 9, 16] {
        let error = Err(FftError::Length {
            expected: 8,
            got: length,
        });
        let mut words = vec![0; length];
        assert_eq!(fft.forward(Path::Portable, &mut words), error);
        assert_eq!(fft.inverse(Path::Portable, &mut words), error);
        assert_eq!(fft.inverse_from_reversed(Path::Portable, &mut words), error);
    }
    assert_eq!(
        Fft::new(33).unwrap_err(),
        FftError::NoSubgroup { log_n: 33 }
    );
    assert_eq!(
        LowDegreeExtension::new(30, 3, 7).unwrap_err(),
        FftError::NoSubgroup { log_n: 33 }
    );
    assert_eq!(
        LowDegreeExtension::new(3, 1, ORDER).unwrap_err(),
        FftError::ZeroShift
    );
}
