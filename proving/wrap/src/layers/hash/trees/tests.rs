use super::*;
use crate::layers::hash::hash_leaf;
use plonky2::hash::merkle_tree::MerkleTree;

type F = GoldilocksField;

/// Columns of words that use all 64 bits, canonical or not.
fn columns(words: usize, leaves: usize) -> Vec<Vec<u64>> {
    let word = |column: usize, leaf: usize| match (column * 3 + leaf) % 7 {
        0 => u64::MAX - leaf as u64,
        1 => F::ORDER,
        _ => ((column * leaves + leaf + 1) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15),
    };
    (0..words)
        .map(|column| (0..leaves).map(|leaf| word(column, leaf)).collect())
        .collect()
}

fn rows(columns: &[Vec<u64>], leaves: usize) -> Vec<Vec<F>> {
    (0..leaves)
        .map(|leaf| {
            columns
                .iter()
                .map(|column| F::from_noncanonical_u64(column[leaf]))
                .collect()
        })
        .collect()
}

#[test]
fn leaves_hash_as_one_by_one() {
    for words in [1, 2, 3, 8, 20, 21, 22, 45, 46, 91, 135] {
        for leaves in [1, 2, 7, 16, 33] {
            let columns = columns(words, leaves);
            let slices: Vec<&[u64]> = columns.iter().map(Vec::as_slice).collect();
            let expected: Vec<MerkleHash> = rows(&columns, leaves)
                .iter()
                .map(|row| MerkleHash::One(hash_leaf(row)))
                .collect();
            for path in Path::available() {
                assert_eq!(
                    Bn254Hasher::hash_leaves(path, &slices),
                    expected,
                    "{path}, {leaves} leaves of {words}"
                );
            }
        }
    }
    assert_eq!(Bn254Hasher::hash_leaves(Path::Portable, &[]), []);
}

#[test]
fn levels_end_in_the_caps_of_plonky2() {
    for log_leaves in 0..6 {
        let leaves = 1 << log_leaves;
        let columns = columns(23, leaves);
        let slices: Vec<&[u64]> = columns.iter().map(Vec::as_slice).collect();
        for cap_height in 0..=log_leaves {
            let tree = MerkleTree::<F, Bn254Hasher>::new(rows(&columns, leaves), cap_height);
            for path in Path::available() {
                let mut level = Bn254Hasher::hash_leaves(path, &slices);
                while level.len() > 1 << cap_height {
                    level = Bn254Hasher::compress_pairs(path, &level);
                }
                assert_eq!(
                    level, tree.cap.0,
                    "{path}, {leaves} leaves, cap {cap_height}"
                );
            }
        }
    }
}

#[test]
fn siblings_of_different_heights_are_hashed_as_one_by_one() {
    let [a, b, c] = [1u64, 2, 3].map(Fr::from);
    let digests = [
        MerkleHash::One(a),
        MerkleHash::Two(b, c),
        MerkleHash::Two(b, c),
        MerkleHash::Two(a, b),
    ];
    let expected: Vec<MerkleHash> = digests
        .chunks(2)
        .map(|pair| Bn254Hasher::two_to_one(pair[0], pair[1]))
        .collect();
    for path in Path::available() {
        assert_eq!(Bn254Hasher::compress_pairs(path, &digests), expected);
    }
}

/// What Plonky2 does: one permutation a nonce, from zero.
fn search(transcript: &TranscriptPermutation, position: usize, leading_zeros: u32) -> u64 {
    let good = |nonce: &u64| {
        let mut transcript = *transcript;
        transcript.set_elt(F::from_canonical_u64(*nonce), position);
        transcript.permute();
        let answer = transcript.squeeze().last().expect("there are output words");
        answer.to_canonical_u64().leading_zeros() >= leading_zeros
    };
    (0..).find(good).expect("some nonce is good")
}

#[test]
fn grinding_finds_the_smallest_nonce() {
    let mut transcript = TranscriptPermutation::default();
    transcript.set_from_slice(&[F::ONE, F::TWO], 0);
    transcript.permute();
    transcript.set_from_slice(&[F::TWO, F::from_canonical_u64(7), F::ONE, F::TWO], 0);
    for (position, leading_zeros) in [(4, 0), (4, 7), (5, 9), (8, 10), (0, 11)] {
        let expected = search(&transcript, position, leading_zeros);
        for path in Path::available() {
            assert_eq!(
                Bn254Hasher::grind(path, &transcript, position, leading_zeros),
                Some(expected),
                "{path}"
            );
        }
    }
}

#[test]
fn grinding_goes_on_to_the_next_wave() {
    let (expected, transcript) = (1u64..)
        .map(|salt| {
            let mut transcript = TranscriptPermutation::default();
            transcript.set_elt(F::from_canonical_u64(salt), 0);
            (search(&transcript, 1, 12), transcript)
        })
        .find(|(nonce, _)| *nonce >= WAVE)
        .expect("some search is long");
    let path = Path::available().pop().expect("there is a path");
    assert_eq!(Bn254Hasher::grind(path, &transcript, 1, 12), Some(expected));
}
