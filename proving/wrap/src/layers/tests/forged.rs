//! A proof of L2 for any statement at all, by Merkle nodes of the wrong kinds. Plonky2's verifier alone takes every one
//! of its paths if siblings of different heights give a constant.

use ark_bn254::Fr;
use ark_ff::Zero;
use plonky2::field::extension::quadratic::QuadraticExtension;
use plonky2::field::polynomial::PolynomialCoeffs;
use plonky2::field::types::{Field, PrimeField64};
use plonky2::hash::merkle_proofs::{MerkleProof, verify_merkle_proof_to_cap};
use plonky2::hash::merkle_tree::MerkleCap;
use plonky2::hash::poseidon::PoseidonHash;
use plonky2::iop::challenger::Challenger;
use plonky2::plonk::config::Hasher;
use rayon::prelude::*;

use super::super::hash::{Bn254Hasher, MerkleHash, domain};
use super::super::heights::{self, HeightError};
use super::super::{D, F, LayerError, OuterProof};
use super::sample::outer;
use crate::r1cs::tests::fixture::fixture;

type Element = QuadraticExtension<F>;

const ONE: fn() -> MerkleHash = || MerkleHash::One(Fr::zero());
const TWO: fn() -> MerkleHash = || MerkleHash::Two(Fr::zero(), Fr::zero());

/// Siblings of their heights, all zeros, but the last of the other kind.
fn path_of_another_kind(depth: usize) -> MerkleProof<F, Bn254Hasher> {
    let siblings = (0..depth).map(|level| {
        let is_one = (level % 2 == 0) != (level + 1 == depth);
        if is_one { ONE() } else { TWO() }
    });
    MerkleProof {
        siblings: siblings.collect(),
    }
}

/// What siblings of different heights give, if it is one hash for all of them.
fn of_different_heights() -> MerkleHash {
    Bn254Hasher::two_to_one(ONE(), TWO())
}

#[test]
fn no_cap_opens_to_every_leaf() {
    for constant in [
        of_different_heights(),
        MerkleHash::One(domain("assay.mismatch.v1", 0)),
    ] {
        for depth in [12, 9, 6] {
            let cap = MerkleCap(vec![constant; 16]);
            let path = path_of_another_kind(depth);
            for leaf in [vec![F::ZERO; 135], vec![F::TWO; 135]] {
                verify_merkle_proof_to_cap(leaf, 5, &cap, &path).unwrap_err();
            }
        }
    }
}

/// Siblings of different heights depend on every element and on which of them is the higher.
#[test]
fn siblings_of_different_heights_give_different_hashes() {
    let [a, b, c] = [1u64, 2, 3].map(Fr::from);
    let pairs = [
        (MerkleHash::One(a), MerkleHash::Two(b, c)),
        (MerkleHash::Two(a, b), MerkleHash::One(c)),
        (MerkleHash::One(b), MerkleHash::Two(a, c)),
        (MerkleHash::One(a), MerkleHash::Two(c, b)),
        (MerkleHash::One(a), MerkleHash::Two(b, b)),
    ];
    for (k, (left, right)) in pairs.iter().enumerate() {
        let hash = Bn254Hasher::two_to_one(*left, *right);
        assert!(matches!(hash, MerkleHash::One(_)));
        for (other_left, other_right) in &pairs[..k] {
            assert_ne!(hash, Bn254Hasher::two_to_one(*other_left, *other_right));
        }
    }
}

/// Openings for which every constraint holds without a witness: no gate is selected, no wire moves, all quotients are
/// zero.
fn open_to_nothing(proof: &mut OuterProof, zeta: Element) {
    let unused_selector = Element::from_canonical_u32(u32::MAX);
    let shifts = &outer().circuit().common.k_is;
    let openings = &mut proof.proof.openings;
    openings.constants.fill(unused_selector);
    for (sigma, &shift) in openings.plonk_sigmas.iter_mut().zip(shifts) {
        *sigma = zeta * Element::from(shift);
    }
    openings.wires.fill(Element::ZERO);
    openings.plonk_zs.fill(Element::ONE);
    openings.plonk_zs_next.fill(Element::ONE);
    openings.partial_products.fill(Element::ONE);
    openings.quotient_polys.fill(Element::ZERO);
}

/// A proof of 24 words of the forger's choice, whose caps are all one constant: if any leaf opens those, each query is
/// answered after its index is known.
fn forgery(constant: MerkleHash) -> OuterProof {
    let circuit = outer().circuit();
    let common = &circuit.common;
    let cap = MerkleCap::<F, Bn254Hasher>(vec![constant; 16]);
    let mut proof = fixture().proof.clone();
    let words = (0..24).map(|k| F::from_canonical_u64(424_242 + k));
    proof.public_inputs = words.collect();
    proof.proof.wires_cap = cap.clone();
    proof.proof.plonk_zs_partial_products_cap = cap.clone();
    proof.proof.quotient_polys_cap = cap.clone();

    let digest = &circuit.verifier_only.circuit_digest;
    let inputs_hash = proof.get_public_inputs_hash();
    let mut transcript = Challenger::<F, Bn254Hasher>::new();
    common.fri_params.observe(&mut transcript);
    transcript.observe_hash::<Bn254Hasher>(*digest);
    transcript.observe_hash::<PoseidonHash>(inputs_hash);
    transcript.observe_cap::<Bn254Hasher>(&cap);
    transcript.get_n_challenges(2 * common.config.num_challenges);
    transcript.observe_cap::<Bn254Hasher>(&cap);
    transcript.get_n_challenges(common.config.num_challenges);
    transcript.observe_cap::<Bn254Hasher>(&cap);
    let zeta: Element = transcript.get_extension_challenge::<D>();
    open_to_nothing(&mut proof, zeta);

    let openings = &proof.proof.openings;
    let at_zeta: Vec<Element> = [
        &openings.constants,
        &openings.plonk_sigmas,
        &openings.wires,
        &openings.plonk_zs,
        &openings.partial_products,
        &openings.quotient_polys,
    ]
    .into_iter()
    .flatten()
    .copied()
    .collect();
    let next = openings.plonk_zs_next.clone();
    transcript.observe_extension_elements::<D>(&at_zeta);
    transcript.observe_extension_elements::<D>(&next);
    let alpha: Element = transcript.get_extension_challenge::<D>();
    let fri = &mut proof.proof.opening_proof;
    for folded in &mut fri.commit_phase_merkle_caps {
        *folded = cap.clone();
        transcript.observe_cap::<Bn254Hasher>(&cap);
        transcript.get_extension_challenge::<D>();
    }
    fri.final_poly = PolynomialCoeffs::new(vec![Element::ZERO; fri.final_poly.coeffs.len()]);
    transcript.observe_extension_elements::<D>(&fri.final_poly.coeffs);
    let zeros = common.config.fri_config.proof_of_work_bits;
    let works = |word: &u64| {
        let mut transcript = transcript.clone();
        transcript.observe_element(F::from_canonical_u64(*word));
        let response = transcript.get_challenge().to_canonical_u64();
        response.leading_zeros() >= zeros
    };
    let work = (0..1u64 << 26).into_par_iter().find_any(works).unwrap();
    fri.pow_witness = F::from_canonical_u64(work);

    let drawn = proof.get_challenges(inputs_hash, digest, common).unwrap();
    assert_eq!(drawn.plonk_zeta, zeta);
    assert_eq!(drawn.fri_challenges.fri_alpha, alpha);
    for (round, index) in drawn.fri_challenges.fri_query_indices.iter().enumerate() {
        answer(&mut proof, round, *index, zeta, alpha, [&at_zeta, &next]);
    }
    proof
}

/// Answers a query such that the combination of all polynomials is zero at its point: two words of the wires' leaf are
/// solved for.
fn answer(
    proof: &mut OuterProof,
    round: usize,
    index: usize,
    zeta: Element,
    alpha: Element,
    [at_zeta, next]: [&[Element]; 2],
) {
    let circuit = outer().circuit();
    let lde_bits = circuit.common.fri_params.lde_bits();
    let reduce = |values: &[Element]| {
        values
            .iter()
            .rev()
            .fold(Element::ZERO, |sum, &x| sum * alpha + x)
    };
    let exponent = index.reverse_bits() >> (usize::BITS as usize - lde_bits);
    let point = Element::from(
        F::MULTIPLICATIVE_GROUP_GENERATOR
            * F::primitive_root_of_unity(lde_bits).exp_u64(exponent as u64),
    );
    let step = Element::from(F::primitive_root_of_unity(circuit.common.degree_bits()));
    let tree = &circuit.prover_only.constants_sigmas_commitment.merkle_tree;

    let round = &mut proof.proof.opening_proof.query_round_proofs[round];
    let leaves = &mut round.initial_trees_proof.evals_proofs;
    leaves[0] = (tree.get(index).to_vec(), tree.prove(index));
    for (leaf, path) in &mut leaves[1..] {
        leaf.fill(F::ZERO);
        *path = path_of_another_kind(path.siblings.len());
    }
    // alpha^3 (A(x) - a) / (x - zeta) + (0 - n) / (x - g zeta) = 0
    let shift = alpha.exp_u64(next.len() as u64);
    let wanted = reduce(at_zeta) + reduce(next) / (point - step * zeta) * (point - zeta) / shift;
    let constants: Vec<Element> = leaves[0]
        .0
        .iter()
        .map(|&word| Element::from(word))
        .collect();
    let rest = (wanted - reduce(&constants)) / alpha.exp_u64(constants.len() as u64);
    let second = rest.0[1] / alpha.0[1];
    leaves[1].0[0] = rest.0[0] - alpha.0[0] * second;
    leaves[1].0[1] = second;
    for step in &mut round.steps {
        step.evals.fill(Element::ZERO);
        step.merkle_proof = path_of_another_kind(step.merkle_proof.siblings.len());
    }
}

/// Were there a constant for siblings of different heights, and no look at the heights, this proof would verify: nothing
/// else in it is wrong.
#[test]
fn forged_proof_of_any_statement_is_refused() {
    let proof = forgery(of_different_heights());
    // The cap of the first folding: one constant where two hashes belong.
    let refused = HeightError::Node {
        level: 9,
        expected: 2,
        got: 1,
    };
    let common = &outer().circuit().common;
    assert_eq!(heights::check(&proof, common), Err(refused));
    let error = outer().verify(&proof).unwrap_err();
    assert!(matches!(error, LayerError::Rejected { .. }), "{error:?}");
    // Neither look is needed for the other to refuse.
    outer().circuit().verify(proof).unwrap_err();
}

type Bend = fn(&mut OuterProof);

/// With nodes of the right heights it is Plonky2's verifier that refuses.
#[test]
fn bent_proof_of_the_right_heights_is_refused() {
    outer().verify(&fixture().proof).unwrap();
    let bends: [Bend; 3] = [
        |p| p.public_inputs[17] += F::ONE,
        |p| p.proof.openings.wires[0].0[1] += F::ONE,
        |p| p.proof.wires_cap.0[2] = ONE(),
    ];
    for (k, bend) in bends.into_iter().enumerate() {
        let mut proof = fixture().proof.clone();
        bend(&mut proof);
        heights::check(&proof, &outer().circuit().common).unwrap();
        let error = outer().verify(&proof).unwrap_err();
        assert!(matches!(error, LayerError::Rejected { .. }), "{k}: {error}");
    }
}

/// Gives a node the other kind with the same first element.
fn turn(node: &mut MerkleHash) {
    *node = match *node {
        MerkleHash::One(a) => MerkleHash::Two(a, a),
        MerkleHash::Two(a, _) => MerkleHash::One(a),
    };
}

#[test]
fn nodes_of_another_height_are_refused_before_anything_is_hashed() {
    let oracle: Bend = |p| {
        let round = &mut p.proof.opening_proof.query_round_proofs[20];
        turn(&mut round.initial_trees_proof.evals_proofs[3].1.siblings[11]);
    };
    let folding: Bend = |p| {
        let round = &mut p.proof.opening_proof.query_round_proofs[0];
        turn(&mut round.steps[1].merkle_proof.siblings[0]);
    };
    // Where the node stands, and how many hashes belong there.
    let cases: [(&str, usize, usize, Bend); 7] = [
        ("wires cap", 12, 1, |p| turn(&mut p.proof.wires_cap.0[15])),
        ("zs cap", 12, 1, |p| {
            turn(&mut p.proof.plonk_zs_partial_products_cap.0[0])
        }),
        ("quotient cap", 12, 1, |p| {
            turn(&mut p.proof.quotient_polys_cap.0[7])
        }),
        ("first folding cap", 9, 2, |p| {
            turn(&mut p.proof.opening_proof.commit_phase_merkle_caps[0].0[3])
        }),
        ("second folding cap", 6, 1, |p| {
            turn(&mut p.proof.opening_proof.commit_phase_merkle_caps[1].0[3])
        }),
        ("oracle sibling", 11, 2, oracle),
        ("folding sibling", 0, 1, folding),
    ];
    let common = &outer().circuit().common;
    heights::check(&fixture().proof, common).unwrap();
    for (name, level, expected, bend) in cases {
        let mut proof = fixture().proof.clone();
        bend(&mut proof);
        let error = HeightError::Node {
            level,
            expected,
            got: 3 - expected,
        };
        assert_eq!(heights::check(&proof, common), Err(error.clone()), "{name}");
        match outer().verify(&proof) {
            Err(LayerError::Rejected { reason, .. }) => {
                assert_eq!(reason, error.to_string(), "{name}");
            }
            other => panic!("{name}: {other:?}"),
        }
    }
}

/// Lists of another length, for some of which Plonky2's own verifier stops the program.
#[test]
fn lists_of_nodes_have_their_lengths() {
    let cases: [(&str, Bend); 6] = [
        ("caps of foldings", |p| {
            p.proof.opening_proof.commit_phase_merkle_caps.truncate(1)
        }),
        ("cap entries", |p| p.proof.wires_cap.0.truncate(15)),
        ("cap entries", |p| {
            p.proof.opening_proof.commit_phase_merkle_caps[1]
                .0
                .push(ONE())
        }),
        ("siblings", |p| {
            let round = &mut p.proof.opening_proof.query_round_proofs[2];
            round.initial_trees_proof.evals_proofs[0]
                .1
                .siblings
                .truncate(11);
        }),
        ("folding steps", |p| {
            p.proof.opening_proof.query_round_proofs[2]
                .steps
                .truncate(1)
        }),
        ("siblings", |p| {
            let round = &mut p.proof.opening_proof.query_round_proofs[2];
            round.steps[0].merkle_proof.siblings.push(ONE());
        }),
    ];
    for (expected, bend) in cases {
        let mut proof = fixture().proof.clone();
        bend(&mut proof);
        match heights::check(&proof, &outer().circuit().common) {
            Err(HeightError::Count { what, .. }) => assert_eq!(what, expected),
            other => panic!("{expected}: {other:?}"),
        }
        outer().verify(&proof).unwrap_err();
    }
}
