//! Against plonky2's own functions.

use plonky2::field::goldilocks_field::GoldilocksField;
use plonky2::field::types::PrimeField64;
use plonky2::hash::hash_types::HashOut;
use plonky2::hash::poseidon::{ALL_ROUND_CONSTANTS, Poseidon as Plonky2Poseidon, PoseidonHash};
use plonky2::plonk::config::Hasher;
use proptest::prelude::*;

use super::*;
use crate::goldilocks::testing::{EDGES, arb_word, words};

type F = GoldilocksField;

fn constants() -> PoseidonConstants {
    PoseidonConstants {
        rounds: ALL_ROUND_CONSTANTS,
        circulant: F::MDS_MATRIX_CIRC,
        diagonal: F::MDS_MATRIX_DIAG,
        partial_first: F::FAST_PARTIAL_FIRST_ROUND_CONSTANT,
        partial: F::FAST_PARTIAL_ROUND_CONSTANTS,
    }
}

fn poseidon() -> Poseidon {
    Poseidon::new(&constants()).unwrap()
}

fn fields(words: &[u64]) -> Vec<F> {
    words.iter().map(|word| GoldilocksField(*word)).collect()
}

fn digest(hash: &HashOut<F>) -> Digest {
    hash.elements.map(|element| element.to_canonical_u64())
}

fn permuted(state: &[u64; WIDTH]) -> [u64; WIDTH] {
    <F as Plonky2Poseidon>::poseidon(state.map(GoldilocksField))
        .map(|element| element.to_canonical_u64())
}

#[test]
fn states_are_permuted_as_plonky2_does() {
    let poseidon = poseidon();
    for count in [0, 1, 2, 7, 15, 16, 17, 48, 61] {
        let (mut states, _) = {
            let words = words(count as u64, count * WIDTH);
            let (states, rest) = words.as_chunks::<WIDTH>();
            (states.to_vec(), rest.len())
        };
        // Every element at an edge, canonical or not.
        for (state, edge) in states.iter_mut().skip(3).zip(EDGES) {
            *state = [edge; WIDTH];
        }
        let expected: Vec<_> = states.iter().map(permuted).collect();
        for path in Path::available() {
            let mut got = states.clone();
            poseidon.permute_many(path, &mut got);
            assert_eq!(got, expected, "{path}, {count} states");
        }
        for (state, expected) in states.iter().zip(&expected) {
            let mut got = *state;
            poseidon.permute(&mut got);
            assert_eq!(got, *expected);
        }
    }
}

proptest! {
    #[test]
    fn any_words_are_permuted_as_plonky2_does(state in prop::array::uniform12(arb_word())) {
        let poseidon = poseidon();
        let expected = permuted(&state);
        for path in Path::available() {
            let mut got = [state; 2];
            poseidon.permute_many(path, &mut got);
            prop_assert_eq!(got, [expected; 2]);
        }
    }
}

#[test]
fn rows_of_columns_have_plonky2s_digests() {
    let poseidon = poseidon();
    for width in [1, 3, 4, 5, 7, 8, 9, 16, 20, 135] {
        for rows in [1, 2, 15, 16, 33, 130] {
            let table = words((width * 1000 + rows) as u64, rows * width);
            let expected: Vec<Digest> = table
                .chunks(width)
                .map(|row| digest(&PoseidonHash::hash_or_noop(&fields(row))))
                .collect();
            let columns: Vec<Vec<u64>> = (0..width)
                .map(|k| table.chunks(width).map(|row| row[k]).collect())
                .collect();
            for path in Path::available() {
                let got = poseidon.hash_columns(path, &columns).unwrap();
                assert_eq!(got, expected, "{path}, {width}");
            }
        }
    }
}

#[test]
fn no_rows_have_no_digests() {
    let poseidon = poseidon();
    for path in Path::available() {
        assert_eq!(poseidon.hash_columns::<Vec<u64>>(path, &[]), Ok(Vec::new()));
        assert_eq!(
            poseidon.hash_columns(path, &vec![Vec::<u64>::new(); 9]),
            Ok(Vec::new())
        );
        assert_eq!(poseidon.compress_pairs(path, &[]), Vec::<Digest>::new());
        assert_eq!(
            poseidon.compress_pairs(path, &[[1; 4]]),
            Vec::<Digest>::new()
        );
    }
}

#[test]
fn columns_of_different_lengths_are_refused() {
    assert_eq!(
        poseidon().hash_columns(Path::Portable, &[vec![0; 3], vec![0; 3], vec![0; 2]]),
        Err(UnequalColumns {
            column: 2,
            expected: 3,
            got: 2
        })
    );
}

#[test]
fn pairs_are_compressed_as_plonky2_does() {
    let poseidon = poseidon();
    for pairs in [1, 2, 8, 15, 16, 40] {
        let words = words(pairs as u64, 8 * pairs);
        let (digests, _) = words.as_chunks::<4>();
        let expected: Vec<Digest> = digests
            .chunks(2)
            .map(|pair| {
                let [left, right] = [pair[0], pair[1]].map(|words| HashOut {
                    elements: words.map(GoldilocksField),
                });
                digest(&PoseidonHash::two_to_one(left, right))
            })
            .collect();
        for path in Path::available() {
            assert_eq!(
                poseidon.compress_pairs(path, digests),
                expected,
                "{path}, {pairs} pairs"
            );
        }
        assert_eq!(poseidon.compress(&digests[0], &digests[1]), expected[0]);
    }
}

#[test]
fn the_smallest_nonce_is_found() {
    let poseidon = poseidon();
    for (position, leading_zeros) in [(0, 0), (0, 7), (3, 11), (7, 9), (11, 5)] {
        let state: [u64; WIDTH] = words(position as u64, WIDTH).try_into().unwrap();
        let expected = (0..)
            .find(|nonce| {
                let mut state = state;
                state[position] = *nonce;
                permuted(&state)[RATE - 1].leading_zeros() >= leading_zeros
            })
            .unwrap();
        for path in Path::available() {
            assert_eq!(
                poseidon.grind(path, &state, position, leading_zeros),
                Some(expected),
                "{path}"
            );
        }
    }
}

#[test]
fn impossible_searches_end_at_once() {
    let poseidon = poseidon();
    assert_eq!(poseidon.grind(Path::Portable, &[0; WIDTH], WIDTH, 0), None);
    assert_eq!(poseidon.grind(Path::Portable, &[0; WIDTH], 0, 65), None);
}

#[test]
fn other_constants_are_refused() {
    let mut other = constants();
    other.circulant[3] += 1;
    assert_eq!(
        Poseidon::new(&other).unwrap_err(),
        PoseidonConstantsError::OtherMatrix
    );
    let mut other = constants();
    other.diagonal[1] = 1;
    assert_eq!(
        Poseidon::new(&other).unwrap_err(),
        PoseidonConstantsError::OtherMatrix
    );
    let mut other = constants();
    other.rounds[100] = u64::MAX;
    assert_eq!(
        Poseidon::new(&other).unwrap_err(),
        PoseidonConstantsError::NotCanonical { constant: u64::MAX }
    );
}
