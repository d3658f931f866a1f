//! The Merkle nodes of an L2 proof against the heights that they stand at.
//!
//! A node of the 4-ary trees is one hash or two by its height alone (`hash`). Plonky2's verifier sees nodes only as
//! something to combine, so a prover could send one kind where the other belongs. Checked here: no path meets nodes of
//! different heights, and the words that a transcript observes of a cap belong to one cap only.

use plonky2::hash::merkle_proofs::MerkleProof;
use plonky2::hash::merkle_tree::MerkleCap;

use super::hash::{Bn254Hasher, MerkleHash};
use super::{CommonData, F, OuterProof};

/// Why the nodes of a proof are not those of its trees.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum HeightError {
    /// A list of nodes is longer or shorter than in every proof of the circuit.
    #[error("{got} {what}, expected {expected}")]
    Count {
        /// What the list holds.
        what: &'static str,
        /// The length that the circuit has.
        expected: usize,
        /// The length found.
        got: usize,
    },
    /// A node has as many hashes as belong to another height.
    #[error("a node of {got} hashes {level} levels above the leaves, expected {expected}")]
    Node {
        /// Binary levels above the leaves.
        level: usize,
        /// Hashes of every node there.
        expected: usize,
        /// Hashes of this one.
        got: usize,
    },
}

/// Checks caps and siblings of a proof: how many there are, and that each has the kind of its height.
pub(super) fn check(proof: &OuterProof, common: &CommonData) -> Result<(), HeightError> {
    let params = &common.fri_params;
    let cap_height = params.config.cap_height;
    let proof = &proof.proof;
    let fri = &proof.opening_proof;
    let steps = params.reduction_arity_bits.len();
    check_count(
        "caps of foldings",
        steps,
        fri.commit_phase_merkle_caps.len(),
    )?;

    // The trees of the oracles, then of each folding, each lower than the one before.
    let mut depths = vec![params.lde_bits() - cap_height];
    for arity_bits in &params.reduction_arity_bits {
        depths.push(depths[depths.len() - 1] - arity_bits);
    }
    for cap in [
        &proof.wires_cap,
        &proof.plonk_zs_partial_products_cap,
        &proof.quotient_polys_cap,
    ] {
        check_cap(cap, cap_height, depths[0])?;
    }
    for (cap, &depth) in fri.commit_phase_merkle_caps.iter().zip(&depths[1..]) {
        check_cap(cap, cap_height, depth)?;
    }
    for round in &fri.query_round_proofs {
        for (_, path) in &round.initial_trees_proof.evals_proofs {
            check_path(path, depths[0])?;
        }
        check_count("folding steps", steps, round.steps.len())?;
        for (step, &depth) in round.steps.iter().zip(&depths[1..]) {
            check_path(&step.merkle_proof, depth)?;
        }
    }
    Ok(())
}

fn check_cap(
    cap: &MerkleCap<F, Bn254Hasher>,
    cap_height: usize,
    depth: usize,
) -> Result<(), HeightError> {
    check_count("cap entries", 1 << cap_height, cap.0.len())?;
    cap.0.iter().try_for_each(|node| check_node(node, depth))
}

/// Each sibling is combined with a node of its own height, the first with a leaf's hash.
fn check_path(path: &MerkleProof<F, Bn254Hasher>, depth: usize) -> Result<(), HeightError> {
    check_count("siblings", depth, path.siblings.len())?;
    let mut nodes = path.siblings.iter().enumerate();
    nodes.try_for_each(|(level, node)| check_node(node, level))
}

/// Every other level only concatenates: there a node is two hashes that wait for the other two.
fn check_node(node: &MerkleHash, level: usize) -> Result<(), HeightError> {
    let (expected, got) = (1 + level % 2, node.elements().count());
    if expected == got {
        return Ok(());
    }
    Err(HeightError::Node {
        level,
        expected,
        got,
    })
}

fn check_count(what: &'static str, expected: usize, got: usize) -> Result<(), HeightError> {
    if expected == got {
        return Ok(());
    }
    Err(HeightError::Count {
        what,
        expected,
        got,
    })
}
