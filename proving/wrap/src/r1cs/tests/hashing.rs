//! Transcript and Merkle paths against Plonky2 itself, and every hint bent.

use crate::layers::F;
use crate::layers::hash::{Bn254Hasher, MerkleHash};
use crate::r1cs::challenger::{Challenger, squeeze};
use crate::r1cs::merkle::{Cap, Node, assert_in_cap, climb, elements_at, hash_leaf};
use crate::r1cs::testing::{check_gadget, check_gadget_fr};
use crate::r1cs::uint::U256;
use crate::r1cs::{Builder, Gl, Lc, Mode};
use ark_bn254::Fr;
use ark_ff::{One, UniformRand, Zero};
use plonky2::field::types::{Field, PrimeField64};
use plonky2::hash::merkle_tree::MerkleTree;
use rand::SeedableRng;
use rand::rngs::StdRng;

fn words(b: &Builder, count: usize) -> Vec<Gl> {
    (0..count)
        .map(|k| Gl::from_range_checked(b.input(k), 64))
        .collect()
}

#[test]
fn transcript_follows_plonky2_through_every_pattern() {
    // (constants, words) to observe and then challenges to take: partial and full duplexings, leftover outputs.
    let patterns: [&[(usize, usize, usize)]; 4] = [
        &[(11, 4, 3), (0, 9, 10)],
        &[(0, 1, 1), (2, 0, 0), (0, 3, 20)],
        &[(9, 0, 2), (0, 18, 9)],
        &[(3, 7, 1), (0, 1, 1)],
    ];
    for pattern in patterns {
        let total: usize = pattern.iter().map(|(_, words, _)| words).sum();
        let inputs: Vec<u64> = (0..total as u64)
            .map(|k| k.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 1)
            .collect();
        let elements: Vec<Fr> = inputs.iter().map(|v| Fr::from(*v)).collect();
        let mut b = Builder::new(Mode::Synthesize, &elements);
        let mut all = words(&b, total).into_iter();
        let mut native_all = inputs.iter();
        let mut ours = Challenger::new();
        let mut native = plonky2::iop::challenger::Challenger::<F, Bn254Hasher>::new();
        for (constants, observed, taken) in pattern {
            for k in 0..*constants as u64 {
                ours.observe_constant(&mut b, k + 5);
                native.observe_element(F::from_canonical_u64(k + 5));
            }
            for word in all.by_ref().take(*observed) {
                ours.observe(&mut b, &word);
                native.observe_element(F::from_noncanonical_u64(*native_all.next().unwrap()));
            }
            for _ in 0..*taken {
                assert_eq!(
                    ours.challenge(&mut b).residue(),
                    native.get_challenge().to_canonical_u64()
                );
            }
        }
        b.is_satisfied().unwrap();
    }
}

#[test]
fn transcript_refuses_every_bent_hint() {
    check_gadget(&[7, u64::MAX], &[1, 2], |b| {
        let mut transcript = Challenger::new();
        for word in words(b, 2) {
            transcript.observe(b, &word);
        }
        transcript.challenges(b, 2);
    });
}

/// A squeezed element has one decomposition: a prover that could add the order of `Fr` would choose its challenges.
#[test]
fn squeezed_bits_are_those_of_the_canonical_integer() {
    let mut rng = StdRng::seed_from_u64(3);
    for element in [
        Fr::zero(),
        Fr::one(),
        Fr::from(u64::MAX),
        Fr::rand(&mut rng),
    ] {
        check_gadget_fr(&[element], &[Fr::one()], |b| {
            let bits = squeeze(b, &b.input(0));
            assert_eq!(bits.len(), 189);
            let integer = U256::from_fr(&b.input(0).value());
            if b.check().is_ok() {
                assert!((0..189).all(|k| bits[k].value().is_one() == integer.bit(k)));
            }
        });
    }
    // 1 + r has 254 bits as well; its bits are no decomposition of 1.
    let shifted = U256::modulus().checked_add(&1.into()).unwrap();
    assert_eq!(shifted.bits(), 254);
    let mut b = Builder::new(Mode::Synthesize, &[Fr::one()]);
    let element = b.input(0);
    let low: Vec<Lc> = (0..189).map(|k| b.boolean(shifted.bit(k))).collect();
    super::super::challenger::enforce_low_bits(&mut b, &element, &low);
    assert!(b.is_satisfied().is_err());
    // Nor are those of a negative integer: -5 = (2^189 - 5) - 2^189.
    let mut b = Builder::new(Mode::Synthesize, &[-Fr::from(5u64)]);
    let element = b.input(0);
    let low: Vec<Lc> = (0..189).map(|k| b.boolean(k != 2)).collect();
    super::super::challenger::enforce_low_bits(&mut b, &element, &low);
    assert!(b.is_satisfied().is_err());
}

/// Depth 4 has hashes for caps, depth 3 pairs; leaves of one block of eight lanes and of two of sixteen.
#[test]
fn paths_lead_to_plonky2s_caps_and_refuse_every_bent_hint() {
    for (height, leaf_words) in [(6, 4), (5, 4), (4, 50)] {
        let leaves: Vec<Vec<F>> = (0..1u64 << height)
            .map(|k| {
                (0..leaf_words)
                    .map(|j| F::from_canonical_u64(k * 1000 + j))
                    .collect()
            })
            .collect();
        let tree = MerkleTree::<F, Bn254Hasher>::new(leaves, 2);
        for index in [0usize, 5, (1 << height) - 1] {
            let leaf: Vec<u64> = tree
                .get(index)
                .iter()
                .map(|word| word.to_canonical_u64())
                .collect();
            let siblings = tree.prove(index).siblings;
            let mut inputs = leaf.clone();
            inputs.push(index as u64);
            let gadget = |b: &mut Builder| {
                let index = b.input(leaf.len());
                let bits = b.bits(&index, height);
                let leaf = words(b, leaf.len());
                let hash = hash_leaf(b, &leaf);
                let node = climb(b, hash, &bits[..siblings.len()], &siblings);
                let hot = crate::r1cs::index::one_hot(b, &bits[siblings.len()..]);
                assert_in_cap(b, &node, &hot, &Cap::Constant(tree.cap.0.clone()));
            };
            if leaf.len() < 10 && index == 5 {
                let other = vec![1; inputs.len()];
                check_gadget(&inputs, &other, gadget);
            }
            // Another word, and another place.
            for (k, accepted) in [
                (usize::MAX, true),
                (0, false),
                (leaf.len() - 1, false),
                (leaf.len(), false),
            ] {
                let mut bent: Vec<Fr> = inputs.iter().map(|v| Fr::from(*v)).collect();
                if k < bent.len() {
                    bent[k] = if bent[k].is_zero() {
                        Fr::one()
                    } else {
                        bent[k] - Fr::one()
                    };
                }
                let mut b = Builder::new(Mode::Witness, &bent);
                gadget(&mut b);
                assert_eq!(
                    b.check().is_ok(),
                    accepted,
                    "height {height}, index {index}, input {k}"
                );
            }
        }
    }
}

/// Of the two cells that a digest is observed as, one is a hint that no row ties to the digest: whatever a prover takes
/// for it, the challenges are others.
#[test]
fn bent_cell_of_a_digest_gives_other_challenges() {
    let digest = Fr::rand(&mut StdRng::seed_from_u64(7));
    let mut native = plonky2::iop::challenger::Challenger::<F, Bn254Hasher>::new();
    native.observe_hash::<Bn254Hasher>(MerkleHash::One(digest));
    let challenge = Fr::from(native.get_challenge().to_canonical_u64());
    check_gadget_fr(&[digest, challenge], &[Fr::one(), Fr::one()], |b| {
        let mut transcript = Challenger::new();
        let digest = b.input(0);
        transcript.observe_digest(b, &digest);
        let drawn = transcript.challenge(b);
        let expected = b.input(1);
        b.enforce_equal(drawn.lc(), &expected);
    });
}

/// As with constant caps; entries and path are the prover's, and only the entry at the index matters.
#[test]
fn paths_lead_to_the_entry_of_a_cap_that_the_proof_carries() {
    for height in [6, 5] {
        let leaf = |k: u64| {
            (0..4)
                .map(|j| F::from_canonical_u64(k * 1000 + j))
                .collect()
        };
        let leaves: Vec<Vec<F>> = (0..1u64 << height).map(leaf).collect();
        let tree = MerkleTree::<F, Bn254Hasher>::new(leaves, 2);
        let index = 1usize << (height - 1) | 5;
        let siblings = tree.prove(index).siblings;
        let words_of_leaf = tree.get(index).iter();
        let mut inputs: Vec<Fr> = words_of_leaf.map(|w| w.to_canonical_u64().into()).collect();
        inputs.push(Fr::from(index as u64));
        let elements = elements_at(siblings.len());
        inputs.extend(tree.cap.0.iter().flat_map(MerkleHash::elements));
        assert_eq!(inputs.len(), 5 + 4 * elements);
        let gadget = |b: &mut Builder| {
            let index = b.input(4);
            let bits = b.bits(&index, height);
            let leaf = words(b, 4);
            let hash = hash_leaf(b, &leaf);
            let node = climb(b, hash, &bits[..siblings.len()], &siblings);
            let hot = crate::r1cs::index::one_hot(b, &bits[siblings.len()..]);
            let entry = |k: usize| {
                (0..elements)
                    .map(|e| b.input(5 + k * elements + e))
                    .collect()
            };
            let cap = Cap::Variable((0..4).map(|k| Node(entry(k))).collect());
            assert_in_cap(b, &node, &hot, &cap);
        };
        check_gadget_fr(&inputs, &vec![Fr::one(); inputs.len()], gadget);
        for k in 5..inputs.len() {
            let mut bent = inputs.clone();
            bent[k] += Fr::one();
            let mut b = Builder::new(Mode::Witness, &bent);
            gadget(&mut b);
            let chosen = (k - 5) / elements == index >> siblings.len();
            assert_eq!(b.check().is_err(), chosen, "height {height}, input {k}");
        }
    }
}
