use super::*;
use ark_ff::{BigInt, PrimeField, UniformRand};
use ark_std::test_rng;
use std::array::from_fn;
use taceo_poseidon2::bn254::{t4, t8, t16};

/// States of zeros, of the largest elements, of both, then random ones.
fn states<const T: usize>(count: usize) -> Vec<[Fr; T]> {
    let mut rng = test_rng();
    let (zero, largest) = (Fr::from(0u64), -Fr::from(1u64));
    let edges = [
        [zero; T],
        [largest; T],
        from_fn(|i| [zero, largest][i % 2]),
        from_fn(|i| Fr::from(i as u64)),
    ];
    let random = std::iter::repeat_with(|| from_fn(|_| Fr::rand(&mut rng)));
    edges.into_iter().chain(random).take(count).collect()
}

fn check<const T: usize>(reference: impl Fn(&[Fr; T]) -> [Fr; T]) {
    for count in [0, 1, 3, 8, 9, 31, 32, 33, 100] {
        let inputs = states::<T>(count);
        let expected: Vec<[Fr; T]> = inputs.iter().map(&reference).collect();
        for path in Path::available() {
            let mut got = inputs.clone();
            permute_many(path, &mut got);
            assert_eq!(got, expected, "{path}, {count} states of width {T}");
        }
    }
}

#[test]
fn permutations_are_those_of_the_reference() {
    check::<4>(t4::permutation);
    check::<8>(t8::permutation);
    check::<16>(t16::permutation);
}

#[test]
fn chains_of_permutations_stay_equal() {
    for path in Path::available() {
        let mut got = states::<16>(9);
        let mut expected = got.clone();
        for _ in 0..50 {
            permute_many(path, &mut got);
            expected.iter_mut().for_each(t16::permutation_in_place);
            assert_eq!(got, expected, "{path}");
        }
    }
}

#[test]
fn compression_feeds_the_first_child_forward() {
    for count in [0, 1, 13] {
        let children = states::<4>(count);
        let expected: Vec<Fr> = children
            .iter()
            .map(|c| t4::permutation(c)[0] + c[0])
            .collect();
        for path in Path::available() {
            assert_eq!(compress_many(path, &children), expected, "{path}");
        }
    }
}

fn check_sponge<const T: usize>(reference: impl Fn(&mut [Fr; T])) {
    let element = |row: usize, index: usize| {
        if (row + index).is_multiple_of(5) {
            return [u64::MAX; 3];
        }
        [1, 2, 3].map(|word| {
            (row as u64 + 77)
                .wrapping_mul(index as u64 + 1)
                .wrapping_mul(word << 59 | 0x9e37_79b9)
        })
    };
    for (rows, length) in [(0, 3), (1, 0), (9, 1), (8, T - 1), (35, T), (5, 5 * T)] {
        let capacity = Fr::from(length as u64 + 5);
        let expected: Vec<Fr> = (0..rows)
            .map(|row| {
                let mut state = [Fr::from(0u64); T];
                state[T - 1] = capacity;
                let elements: Vec<Fr> = (0..length)
                    .map(|index| {
                        let [a, b, c] = element(row, index);
                        Fr::from_bigint(BigInt([a, b, c, 0])).unwrap()
                    })
                    .collect();
                if length == 0 {
                    reference(&mut state);
                }
                for block in elements.chunks(T - 1) {
                    state
                        .iter_mut()
                        .zip(block)
                        .for_each(|(cell, element)| *cell += element);
                    reference(&mut state);
                }
                state[0]
            })
            .collect();
        for path in Path::available() {
            let got = sponge_many::<T>(path, rows, length, capacity, element);
            assert_eq!(got, expected, "{path}, {rows} rows of {length}, width {T}");
        }
    }
}

#[test]
fn sponges_absorb_block_by_block() {
    check_sponge::<4>(t4::permutation_in_place);
    check_sponge::<8>(t8::permutation_in_place);
    check_sponge::<16>(t16::permutation_in_place);
}
