//! Merkle paths of the 4-ary BN254 trees in constraints: twin of `layers::hash`.

use super::builder::Builder;
use super::goldilocks::Gl;
use super::lc::Lc;
use super::poseidon2::Poseidon2;
use super::uint::U256;
use crate::layers::hash::{
    LONG_LEAF_RATE, MerkleHash, SHORT_LEAF_RATE, WORDS_PER_ELEMENT, leaf_capacity,
};
use ark_bn254::Fr;
use ark_ff::Field;

/// A node: one element, or two that wait for the other two (every other binary level only concatenates).
#[derive(Clone, Debug)]
pub struct Node(pub Vec<Lc>);

impl Node {
    /// Allocates what a proof carries for a node. Nothing constrains it but the path it is part of.
    ///
    /// `elements` is fixed by the height; a proof with another number of elements gets zeros, and fails.
    pub fn witness(b: &mut Builder, hash: &MerkleHash, elements: usize) -> Self {
        let given: Vec<Fr> = hash.elements().collect();
        let value = |k: usize| {
            if given.len() == elements {
                given[k]
            } else {
                Fr::default()
            }
        };
        Self((0..elements).map(|k| b.witness(value(k))).collect())
    }

    /// Returns a node that is the same in every proof.
    pub fn constant(hash: &MerkleHash) -> Self {
        Self(hash.elements().map(Lc::constant).collect())
    }
}

/// Returns the number of elements of a node `level` binary levels above the leaves.
pub fn elements_at(level: usize) -> usize {
    1 + level % 2
}

/// Hashes a leaf of words that are range-checked to 64 bits, which makes packing injective up to the two forms of a
/// residue. One permutation for each block.
pub fn hash_leaf(b: &mut Builder, words: &[Gl]) -> Lc {
    assert!(
        words
            .iter()
            .all(|word| word.bits() <= 64 && *word.interval().0 == U256::ZERO),
        "leaf words are range-checked to 64 bits"
    );
    let cells: Vec<Lc> = words.chunks(WORDS_PER_ELEMENT).map(pack).collect();
    let rate = if cells.len() <= SHORT_LEAF_RATE {
        SHORT_LEAF_RATE
    } else {
        LONG_LEAF_RATE
    };
    let mut state = vec![Lc::zero(); rate + 1];
    state[rate] = Lc::constant(leaf_capacity(words.len()));
    let blocks = cells.chunks(rate).collect::<Vec<_>>();
    for block in if blocks.is_empty() {
        vec![&[][..]]
    } else {
        blocks
    } {
        for (lane, cell) in state.iter_mut().zip(block) {
            *lane += cell;
        }
        Poseidon2::of_width(rate + 1).permute(b, &mut state);
    }
    state.swap_remove(0)
}

fn pack(words: &[Gl]) -> Lc {
    let weights = (0u64..).map(|k| Fr::from(2u64).pow([64 * k]));
    Lc::weighted(words.iter().map(Gl::lc).zip(weights))
}

/// Walks from a leaf's hash up to the cap. `bits` are those of the leaf's index, lowest first, one a sibling.
///
/// # Costs
/// 1 constraint for the level that pairs, 2 + 264 for the level that hashes.
pub fn climb(b: &mut Builder, leaf: Lc, bits: &[Lc], siblings: &[MerkleHash]) -> Node {
    assert_eq!(bits.len(), siblings.len(), "one bit for each sibling");
    let mut node = vec![leaf];
    for (level, (bit, sibling)) in bits.iter().zip(siblings).enumerate() {
        let Node(sibling) = Node::witness(b, sibling, elements_at(level));
        // left + right = node + sibling, so the right child needs no constraint of its own
        let left: Vec<Lc> = node
            .iter()
            .zip(&sibling)
            .map(|(own, other)| b.select(bit, other, own))
            .collect();
        let right = node
            .iter()
            .zip(&sibling)
            .zip(&left)
            .map(|((own, other), left)| &(own + other) - left);
        let children: Vec<Lc> = left.iter().cloned().chain(right).collect();
        node = if children.len() == 4 {
            vec![compress(b, children)]
        } else {
            children
        };
    }
    Node(node)
}

/// `P4(a, b, c, d)[0] + a`.
fn compress(b: &mut Builder, mut children: Vec<Lc>) -> Lc {
    let first = children[0].clone();
    Poseidon2::of_width(4).permute(b, &mut children);
    &children[0] + &first
}

/// Enforces that `node` is the entry of the cap that a one-hot selector names. One constraint for each element of
/// the node, and one for each variable element of the cap.
pub fn assert_in_cap(b: &mut Builder, node: &Node, one_hot: &[Lc], cap: &Cap) {
    assert_eq!(one_hot.len(), cap.len(), "the selector covers the cap");
    for (k, element) in node.0.iter().enumerate() {
        let chosen = match cap {
            Cap::Constant(entries) => Lc::weighted(
                one_hot.iter().zip(
                    entries
                        .iter()
                        .map(|e| e.elements().nth(k).expect("cap height")),
                ),
            ),
            Cap::Variable(entries) => {
                let terms: Vec<Lc> = one_hot
                    .iter()
                    .zip(entries)
                    .map(|(hot, e)| b.mul(hot, &e.0[k]))
                    .collect();
                Lc::sum(&terms)
            }
        };
        b.enforce_equal(&chosen, element);
    }
}

/// A Merkle cap.
#[derive(Clone, Debug)]
pub enum Cap {
    /// The cap of verifier data.
    Constant(Vec<MerkleHash>),
    /// A cap that the proof carries.
    Variable(Vec<Node>),
}

impl Cap {
    /// Returns the number of entries.
    fn len(&self) -> usize {
        match self {
            Self::Constant(entries) => entries.len(),
            Self::Variable(entries) => entries.len(),
        }
    }
}
