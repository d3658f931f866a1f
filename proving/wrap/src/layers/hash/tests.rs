use std::path::PathBuf;

use ark_bn254::Fr;
use ark_ff::{Field, PrimeField, UniformRand};
use plonky2::field::goldilocks_field::GoldilocksField;
use plonky2::field::types::{Field as _, Field64, PrimeField64};
use plonky2::hash::hashing::PlonkyPermutation;
use plonky2::hash::merkle_proofs::verify_merkle_proof_to_cap;
use plonky2::hash::merkle_tree::MerkleTree;
use plonky2::iop::challenger::Challenger;
use plonky2::plonk::config::{GenericHashOut, Hasher};
use serde_json::{Value, json};

use super::*;

type F = GoldilocksField;

/// Words that use all 64 bits and differ from one another.
fn words(n: usize) -> Vec<F> {
    (1..=n as u64)
        .map(|i| F::from_noncanonical_u64(i.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
        .collect()
}

fn numbers(words: &[F]) -> Vec<String> {
    words
        .iter()
        .map(|word| word.to_canonical_u64().to_string())
        .collect()
}

fn one(element: Fr) -> MerkleHash {
    MerkleHash::One(element)
}

fn leaf_cases() -> Vec<Value> {
    [0, 1, 3, 4, 20, 21, 22, 32, 45, 46, 53, 135]
        .map(|n| {
            json!({ "words": numbers(&words(n)), "capacity": one(leaf_capacity(n)), "hash": one(hash_leaf(&words(n))) })
        })
        .to_vec()
}

fn node_cases() -> Vec<Value> {
    [[0, 0, 0, 0], [1, 2, 3, 4], [5, 5, 5, 5]]
        .map(|children: [u64; 4]| {
            let children = children.map(Fr::from);
            json!({ "children": children.map(one), "hash": one(compress(&children)) })
        })
        .to_vec()
}

fn digest_cases() -> Vec<Value> {
    // Limbs below, at and above the Goldilocks order; the largest element.
    let two = Fr::from(2u64);
    let elements = [
        Fr::from(0u64),
        Fr::from(F::ORDER - 1),
        Fr::from(F::ORDER),
        Fr::from(u64::MAX),
        two.pow([192]) - Fr::from(1u64),
        Fr::from(0u64) - Fr::from(1u64),
    ];
    elements
        .map(|element| json!({ "element": one(element), "words": numbers(&one(element).to_vec()) }))
        .to_vec()
}

/// Observations and challenges that fill, overfill and leave short the nine words of a duplexing.
fn transcript_case() -> Value {
    let mut challenger = Challenger::<F, Bn254Hasher>::new();
    let mut steps = Vec::new();
    let all = words(64);
    let mut rest = &all[..];
    for (observe, draw) in [
        (0, 1),
        (1, 2),
        (9, 3),
        (0, 8),
        (10, 9),
        (8, 10),
        (27, 1),
        (0, 1),
    ] {
        let (observed, after) = rest.split_at(observe);
        rest = after;
        challenger.observe_elements(observed);
        let drawn = challenger.get_n_challenges(draw);
        steps.push(json!({ "observe": numbers(observed), "challenges": numbers(&drawn) }));
    }
    json!(steps)
}

#[test]
fn hash_agrees_with_recorded_vectors() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("vectors/bn254_hash.json");
    let computed = json!({
        "leaves": leaf_cases(),
        "nodes": node_cases(),
        "digests": digest_cases(),
        "transcript": transcript_case(),
    });
    if std::env::var_os("BLESS").is_some() {
        let text = serde_json::to_string_pretty(&computed).unwrap() + "\n";
        std::fs::write(&path, text).unwrap();
    }
    let recorded: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    assert_eq!(computed, recorded, "the hash changed its meaning");
}

#[test]
fn digest_words_are_canonical_and_determine_the_element() {
    let shift = Fr::from(2u64).pow([192]);
    let mut rng = ark_std::test_rng();
    let edges = (0..64).map(|i| Fr::from(2u64).pow([4 * i]) - Fr::from(1u64));
    for element in edges.chain((0..1000).map(|_| Fr::rand(&mut rng)).collect::<Vec<_>>()) {
        let words = one(element).to_vec();
        assert_eq!(words.len(), DIGEST_WORDS);
        assert!(
            words.iter().all(|word| word.0 < F::ORDER),
            "stored canonically"
        );
        assert_eq!(words[5], F::ZERO);
        assert_eq!(pack(&words[..3]) + shift * pack(&words[3..]), element);
    }
}

/// What is packed is a field element, in whichever of its two forms it is held.
#[test]
fn packing_takes_the_canonical_form() {
    let forms = [
        F::from_noncanonical_u64(F::ORDER + 5),
        F::from_canonical_u64(5),
    ];
    assert_ne!(forms[0].0, forms[1].0);
    assert_eq!(pack(&forms[..1]), pack(&forms[1..]));
    assert_eq!(hash_leaf(&forms[..1]), hash_leaf(&forms[1..]));
}

#[test]
fn leaf_hash_binds_the_length() {
    let mut hashes: Vec<Fr> = (0..100).map(|n| hash_leaf(&vec![F::ZERO; n])).collect();
    hashes.sort();
    hashes.dedup();
    assert_eq!(
        hashes.len(),
        100,
        "zeros of different lengths hash differently"
    );
}

#[test]
fn every_leaf_word_changes_the_hash() {
    for n in [1, 21, 22, 46, 135] {
        let leaf = words(n);
        let hash = hash_leaf(&leaf);
        for i in 0..n {
            let mut bent = leaf.clone();
            bent[i] += F::ONE;
            assert_ne!(hash_leaf(&bent), hash, "word {i} of {n}");
        }
    }
}

#[test]
fn transcript_binds_the_number_of_words() {
    let draw = |n: usize| {
        let mut challenger = Challenger::<F, Bn254Hasher>::new();
        challenger.observe_elements(&vec![F::ZERO; n]);
        challenger.get_challenge()
    };
    let mut drawn: Vec<u64> = (0..30).map(|n| draw(n).to_canonical_u64()).collect();
    drawn.sort_unstable();
    drawn.dedup();
    assert_eq!(drawn.len(), 30);
    assert!(drawn.iter().all(|word| word >> CHALLENGE_BITS == 0));
}

#[test]
fn transcript_challenges_are_the_low_bits_of_the_state() {
    let mut permutation = TranscriptPermutation::default();
    permutation.set_from_slice(&words(5), 0);
    permutation.permute();
    let mut state = [
        pack(&words(3)),
        pack(&words(5)[3..]),
        Fr::from(0u64),
        domain(TRANSCRIPT_DOMAIN, 0) + Fr::from(5u64),
    ];
    taceo_poseidon2::bn254::t4::permutation_in_place(&mut state);
    for (element, words) in state
        .iter()
        .zip(permutation.squeeze().rchunks(WORDS_PER_CHALLENGE))
    {
        let two_63 = Fr::from(1u64 << 63);
        let low: Fr = words.iter().fold(Fr::from(0u64), |sum, word| {
            sum * two_63 + Fr::from(word.to_canonical_u64())
        });
        let above = *element - low;
        let scaled = above / Fr::from(2u64).pow([189]);
        assert!(scaled.into_bigint() < Fr::from(2u64).pow([65]).into_bigint());
    }
}

#[test]
fn four_ary_paths_verify_at_even_and_odd_depth() {
    for (log_leaves, cap_height) in [(6, 2), (5, 2), (4, 4)] {
        let leaves: Vec<Vec<F>> = (0..1 << log_leaves).map(|i| words(i + 1)).collect();
        let tree = MerkleTree::<F, Bn254Hasher>::new(leaves.clone(), cap_height);
        let odd = (log_leaves - cap_height) % 2 == 1;
        assert!(
            tree.cap
                .0
                .iter()
                .all(|hash| matches!(hash, MerkleHash::Two(..)) == odd)
        );
        for (index, leaf) in leaves.iter().enumerate() {
            let path = tree.prove(index);
            verify_merkle_proof_to_cap(leaf.clone(), index, &tree.cap, &path).unwrap();
            let mut bent = leaf.clone();
            bent[0] += F::ONE;
            verify_merkle_proof_to_cap(bent, index, &tree.cap, &path).unwrap_err();
        }
    }
}

#[test]
fn siblings_of_different_heights_never_verify() {
    let leaves: Vec<Vec<F>> = (0..64).map(|i| words(i + 1)).collect();
    let tree = MerkleTree::<F, Bn254Hasher>::new(leaves.clone(), 2);
    for level in 0..4 {
        let mut path = tree.prove(9);
        path.siblings[level] = match path.siblings[level] {
            MerkleHash::One(a) => MerkleHash::Two(a, a),
            MerkleHash::Two(a, _) => MerkleHash::One(a),
        };
        verify_merkle_proof_to_cap(leaves[9].clone(), 9, &tree.cap, &path).unwrap_err();
    }
}

#[test]
fn leaves_are_always_hashed() {
    for n in 0..9 {
        assert_eq!(
            Bn254Hasher::hash_or_noop(&words(n)),
            one(hash_leaf(&words(n)))
        );
    }
}

#[test]
fn hashes_survive_bytes_and_json() {
    let mut rng = ark_std::test_rng();
    let (a, b) = (Fr::rand(&mut rng), Fr::rand(&mut rng));
    for hash in [
        one(a),
        MerkleHash::Two(a, b),
        MerkleHash::Two(a, Fr::from(0u64)),
    ] {
        let bytes = hash.to_bytes();
        assert_eq!(bytes.len(), <Bn254Hasher as Hasher<F>>::HASH_SIZE);
        assert_eq!(MerkleHash::from_bytes(&bytes), hash);
        let text = serde_json::to_string(&hash).unwrap();
        assert_eq!(serde_json::from_str::<MerkleHash>(&text).unwrap(), hash);
    }
}

#[test]
fn malformed_hashes_are_refused() {
    let order = "0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001";
    let zero = format!("0x{}", "0".repeat(64));
    for text in [
        "[]".to_owned(),
        format!("[\"{order}\"]"),
        format!("[\"{}\"]", &zero[2..]),
        format!("[\"{}\"]", &zero[..65]),
        format!("[\"{zero}0\"]"),
        format!("[\"0x+{}\"]", &zero[3..]),
        format!("[\"{zero}\",\"{zero}\",\"{zero}\"]"),
    ] {
        serde_json::from_str::<MerkleHash>(&text).unwrap_err();
    }
    serde_json::from_str::<MerkleHash>(&format!("[\"{zero}\"]")).unwrap();
}

/// Bytes have no room for an error: what is no hash stops the program and is never taken for one.
#[test]
fn malformed_bytes_are_no_hash() {
    let good = MerkleHash::Two(Fr::from(1u64), Fr::from(2u64)).to_bytes();
    let read = |bytes: &[u8]| std::panic::catch_unwind(|| MerkleHash::from_bytes(bytes)).ok();
    assert!(read(&good).is_some());
    let bent = |position: usize, value: u8| {
        let mut bytes = good.clone();
        bytes[position] = value;
        bytes
    };
    let cases = [
        vec![],
        good[..33].to_vec(),
        good[..64].to_vec(),
        [&good[..], &[0]].concat(),
        bent(0, 0),
        bent(0, 3),
        // One hash with a second that is not zero, and elements at or above the order.
        bent(0, 1),
        bent(32, 0xff),
        bent(64, 0xff),
    ];
    for (k, bytes) in cases.iter().enumerate() {
        assert_eq!(read(bytes), None, "case {k}");
    }
}
