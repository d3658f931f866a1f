//! Sums equal arkworks' on every path, also where affine additions have no slope.

use ark_bn254::{Fq, Fr, G1Affine, G2Affine};
use ark_ec::{AffineRepr, CurveGroup, VariableBaseMSM};
use ark_ff::{Field, PrimeField, UniformRand};
use ark_std::rand::rngs::StdRng;
use ark_std::rand::{Rng, SeedableRng};
use proptest::prelude::*;

use super::*;

/// Scalars at every border that splitting and windows have.
fn edge_scalars() -> Vec<Fr> {
    let mut scalars = vec![Fr::ZERO, Fr::ONE, -Fr::ONE];
    for bit in [
        1u64, 3, 4, 15, 16, 31, 63, 64, 65, 127, 128, 191, 192, 252, 253,
    ] {
        let power = Fr::from(2u64).pow([bit]);
        scalars.extend([power, -power, power - Fr::ONE, Fr::ONE - power]);
    }
    let half = -Fr::ONE / Fr::from(2u64);
    scalars.extend([half, half + Fr::ONE, half - Fr::ONE]);
    scalars
}

fn check(g1: &[G1Affine], g2: &[G2Affine], scalars: &[Fr]) {
    let expected_g1 = ark_bn254::G1Projective::msm(g1, scalars).unwrap();
    let expected_g2 = ark_bn254::G2Projective::msm(g2, scalars).unwrap();
    let split = Scalars::new(scalars);
    let g1: Vec<G1Point> = g1.iter().map(Into::into).collect();
    let g2: Vec<G2Point> = g2.iter().map(Into::into).collect();
    let first = Sum {
        bases: &g1,
        scalars: &split,
    };
    let second = Sum {
        bases: &g2,
        scalars: &split,
    };
    for path in Path::available() {
        let (got_g1, got_g2) = sums(path, [first], [second]);
        assert_eq!((got_g1, got_g2), ([expected_g1], [expected_g2]), "{path}");
    }
}

/// Multiples of the generators: `check` with points whose discrete logarithms are known.
fn check_multiples(multiples: &[Fr], scalars: &[Fr]) {
    let g1: Vec<_> = multiples
        .iter()
        .map(|k| (G1Affine::generator() * k).into_affine())
        .collect();
    let g2: Vec<_> = multiples
        .iter()
        .map(|k| (G2Affine::generator() * k).into_affine())
        .collect();
    check(&g1, &g2, scalars);
}

fn random(rng: &mut StdRng, count: usize) -> Vec<Fr> {
    (0..count).map(|_| Fr::rand(rng)).collect()
}

#[test]
fn lengths_from_none_to_many() {
    let mut rng = StdRng::seed_from_u64(1);
    for length in [0, 1, 2, 3, 7, 8, 9, 63, 257, 1001] {
        check_multiples(&random(&mut rng, length), &random(&mut rng, length));
    }
}

#[test]
fn edge_scalars_with_any_bases() {
    let mut rng = StdRng::seed_from_u64(2);
    let scalars = edge_scalars();
    check_multiples(&random(&mut rng, scalars.len()), &scalars);
    for scalar in scalars {
        check_multiples(&random(&mut rng, 1), &[scalar]);
    }
}

#[test]
fn all_scalars_equal() {
    let mut rng = StdRng::seed_from_u64(3);
    let bases = random(&mut rng, 300);
    for scalar in [
        Fr::ZERO,
        Fr::ONE,
        -Fr::ONE,
        Fr::from(5u64),
        Fr::rand(&mut rng),
    ] {
        check_multiples(&bases, &vec![scalar; bases.len()]);
    }
}

#[test]
fn all_bases_equal_opposite_or_infinite() {
    let mut rng = StdRng::seed_from_u64(4);
    let scalars = [edge_scalars(), random(&mut rng, 200)].concat();
    let base = Fr::rand(&mut rng);
    let opposite = |index: usize| if index.is_multiple_of(2) { base } else { -base };
    check_multiples(&vec![base; scalars.len()], &scalars);
    check_multiples(&vec![Fr::ZERO; scalars.len()], &scalars);
    let alternating: Vec<Fr> = (0..scalars.len()).map(opposite).collect();
    check_multiples(&alternating, &scalars);
    check_multiples(&alternating, &vec![Fr::ONE; scalars.len()]);
}

/// Small multiples meet as equal, opposite and infinite sums in every round.
#[test]
fn bases_that_meet_in_every_round() {
    let mut rng = StdRng::seed_from_u64(5);
    let multiples: Vec<Fr> = (0..600)
        .map(|_| Fr::from(rng.gen_range(0..5u64)) - Fr::from(2u64))
        .collect();
    let scalars: Vec<Fr> = (0..600)
        .map(|_| Fr::from(rng.gen_range(0..7u64)) - Fr::from(3u64))
        .collect();
    check_multiples(&multiples, &scalars);
}

/// More references in one bucket, and in one window, than are added in one go.
#[test]
fn one_bucket_across_parts() {
    let base = G1Affine::generator();
    // Points 1·G, 2·G, … in affine form, made in one batch.
    let multiples: Vec<_> = std::iter::successors(Some(base.into_group()), |p| Some(*p + base))
        .take(40_000)
        .collect();
    let affine = ark_bn254::G1Projective::normalize_batch(&multiples);
    let bases: Vec<G1Point> = affine.iter().map(Into::into).collect();
    let scalars = Scalars::new(&vec![Fr::ONE; bases.len()]);
    let sum = Sum {
        bases: &bases,
        scalars: &scalars,
    };
    let expected = base * Fr::from(40_000u64 * 40_001 / 2);
    for path in Path::available() {
        assert_eq!(sums(path, [sum, sum], []).0, [expected; 2], "{path}");
    }
}

/// Few scalars never take wide windows by themselves.
#[test]
fn windows_of_every_size() {
    let mut rng = StdRng::seed_from_u64(7);
    let scalars = [edge_scalars(), random(&mut rng, 30)].concat();
    let multiples = random(&mut rng, scalars.len());
    let points = multiples.iter().map(|k| G1Affine::generator() * k);
    let bases: Vec<G1Affine> = points.map(CurveGroup::into_affine).collect();
    let expected = ark_bn254::G1Projective::msm(&bases, &scalars).unwrap();
    let bases: Vec<G1Point> = bases.iter().map(Into::into).collect();
    for bits in scalars::WINDOW_BITS {
        let split = Scalars::with_windows(&scalars, |_, _| bits);
        let mut values = vec![Fr::ZERO; scalars.len()];
        for window in 0..split.num_windows() {
            let weight = Fr::from(2u64).pow([(bits * window) as u64]);
            for digit in split.digits(window) {
                assert!((digit.bucket as usize) < split.num_buckets(), "{bits}");
                let value = weight * Fr::from(digit.bucket + 1);
                let negative = digit.reference & 1 == 1;
                values[(digit.reference >> 1) as usize] += if negative { -value } else { value };
            }
        }
        assert_eq!(values, scalars, "{bits}");
        let sum = Sum {
            bases: &bases,
            scalars: &split,
        };
        for path in Path::available() {
            assert_eq!(sums(path, [sum], []).0, [expected], "{path}, {bits}");
        }
    }
}

#[test]
fn points_are_read_back() {
    let mut rng = StdRng::seed_from_u64(6);
    for g1 in [G1Affine::identity(), G1Affine::rand(&mut rng)] {
        let point = G1Point::from(&g1);
        assert!(point.is_canonical() && point.is_infinity() == g1.is_zero());
        assert_eq!(G1Affine::from(&point), g1);
    }
    for g2 in [G2Affine::identity(), G2Affine::rand(&mut rng)] {
        let point = G2Point::from(&g2);
        assert!(point.is_canonical() && point.is_infinity() == g2.is_zero());
        assert_eq!(G2Affine::from(&point), g2);
    }
    let too_large = Fq::new_unchecked(Fq::MODULUS);
    assert!(!Point([Fq::ONE, too_large]).is_canonical());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn sums_are_those_of_arkworks(seed: u64, length in 1usize..700) {
        let mut rng = StdRng::seed_from_u64(seed);
        let edges = edge_scalars();
        let scalars: Vec<Fr> = (0..length)
            .map(|_| match rng.gen_range(0..4) {
                0 => edges[rng.gen_range(0..edges.len())],
                1 => Fr::from(rng.gen_range(0..1u64 << 20)),
                _ => Fr::rand(&mut rng),
            })
            .collect();
        let multiples: Vec<Fr> = (0..length)
            .map(|_| if rng.gen_bool(0.2) { Fr::from(rng.gen_range(0..3u64)) } else { Fr::rand(&mut rng) })
            .collect();
        check_multiples(&multiples, &scalars);
    }
}
