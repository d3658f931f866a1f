//! One query at a time against a recorded proof: its challenges are given and its Merkle paths left out, so what refuses
//! a bent value is the arithmetic between the values.

use std::sync::LazyLock;

use ark_bn254::Fr;
use ark_ff::One;
use plonky2::field::extension::quadratic::QuadraticExtension;
use plonky2::fri::proof::FriChallenges;
use plonky2::plonk::proof::OpeningSet;
use rayon::prelude::*;

use super::*;
use crate::r1cs::extension::words_of;
use crate::r1cs::goldilocks::P;
use crate::r1cs::testing::check_part;
use crate::r1cs::tests::fixture::fixture;
use crate::r1cs::{Mode, Unsatisfied};

type Element = QuadraticExtension<F>;

static FRI: LazyLock<Fri> = LazyLock::new(|| {
    let common = &fixture().data.common;
    Fri::new(&Shape::of(common), common.degree_bits())
});

static DRAWN: LazyLock<(Element, FriChallenges<F, 2>)> = LazyLock::new(|| {
    let (proof, data) = (&fixture().proof, &fixture().data);
    let hash = proof.get_public_inputs_hash();
    let digest = &data.verifier_only.circuit_digest;
    let drawn = proof.get_challenges(hash, digest, &data.common).unwrap();
    (drawn.plonk_zeta, drawn.fri_challenges)
});

/// All that one query's arithmetic depends on.
#[derive(Clone)]
struct Query {
    index: usize,
    zeta: Element,
    alpha: Element,
    betas: Vec<Element>,
    openings: OpeningSet<F, 2>,
    /// The words of the four oracles.
    leaves: Vec<Vec<F>>,
    /// The coset of each folding.
    steps: Vec<Vec<Element>>,
    final_poly: Vec<Element>,
}

impl Query {
    fn recorded(query: usize) -> Self {
        let (zeta, drawn) = &*DRAWN;
        let proof = &fixture().proof.proof;
        let round = &proof.opening_proof.query_round_proofs[query];
        let leaves = round.initial_trees_proof.evals_proofs.iter();
        Self {
            index: drawn.fri_query_indices[query],
            zeta: *zeta,
            alpha: drawn.fri_alpha,
            betas: drawn.fri_betas.clone(),
            openings: proof.openings.clone(),
            leaves: leaves.map(|(words, _)| words.clone()).collect(),
            steps: round.steps.iter().map(|step| step.evals.clone()).collect(),
            final_poly: proof.opening_proof.final_poly.coeffs.clone(),
        }
    }

    /// Allocates the values and enforces what they owe each other. Every reduction is proved alone, so that the first
    /// violated row is in the scope of what refuses.
    fn build(&self, mode: Mode, bends: &[(usize, Fr)]) -> Builder {
        let mut b = Builder::new(mode, &[]);
        self.enforce(&mut b, bends);
        b
    }

    /// As [`Self::build`], with reductions in one batch as in the whole verifier.
    fn build_deferred(&self, mode: Mode, bends: &[(usize, Fr)]) -> Builder {
        let mut b = Builder::new(mode, &[]);
        b.defer_reductions();
        let seed = self.enforce(&mut b, bends);
        b.in_scope("reductions", |b| b.settle_reductions(&seed));
        b
    }

    fn enforce(&self, b: &mut Builder, bends: &[(usize, Fr)]) -> Vec<Lc> {
        for (hint, delta) in bends {
            b.bend_hint(*hint, *delta);
        }
        let [zeta, fri_alpha] = [self.zeta, self.alpha].map(|e| Ext::witness(b, words_of(&e)));
        let challenges = Challenges {
            betas: vec![],
            gammas: vec![],
            alphas: vec![],
            zeta,
            fri_alpha,
            fri_betas: elements_witness(b, &self.betas),
            pow_response: vec![],
            query_bits: vec![],
        };
        let openings = Openings::witness(b, &self.openings);
        let final_poly = elements_witness(b, &self.final_poly);
        let bits = (0..FRI.shape.lde_bits).map(|k| b.boolean(self.index >> k & 1 == 1));
        let bits = bits.collect();
        let leaves: Vec<Vec<Gl>> = self
            .leaves
            .iter()
            .map(|leaf| words_witness(b, leaf))
            .collect();
        let steps: Vec<Vec<Ext>> = self.steps.iter().map(|s| elements_witness(b, s)).collect();

        let shared = FRI.prepare(b, &openings, &final_poly, &challenges);
        let index = QueryIndex::new(b, bits, FRI.window);
        FRI.check_values(b, &index, &shared, &leaves, &steps);

        let elements = openings.at_zeta().chain(&openings.zs_next);
        let elements = elements.chain(&challenges.fri_betas).chain(&final_poly);
        let elements = elements.chain(steps.iter().flatten());
        let words = elements.flat_map(|e| [&e.c0, &e.c1]);
        let words = words.chain(leaves.iter().flatten());
        words.map(|word| word.lc().clone()).collect()
    }

    fn check(&self) -> Result<(), Unsatisfied> {
        self.build(Mode::Witness, &[]).check()
    }
}

/// Changes one part of an element.
fn bend(element: &mut Element, part: usize) {
    element.0[part] += F::ONE;
}

/// Bends a query in each of `count` ways and expects the first violated row in a scope.
fn refused(scope: &str, count: usize, bend: impl Fn(&mut Query, usize) + Sync) {
    let recorded = Query::recorded(3);
    (0..count).into_par_iter().for_each(|k| {
        let mut bent = recorded.clone();
        bend(&mut bent, k);
        let error = bent.check().expect_err("accepted");
        assert_eq!(error.scope, scope, "bend {k}");
    });
}

#[test]
fn every_query_of_a_real_proof_is_accepted() {
    for query in 0..FRI.shape.queries {
        Query::recorded(query).check().unwrap();
    }
    let recorded = Query::recorded(0);
    recorded
        .build(Mode::Synthesize, &[])
        .is_satisfied()
        .unwrap();
    let deferred = recorded.build_deferred(Mode::Synthesize, &[]);
    deferred.is_satisfied().unwrap();
}

/// One of the lists of openings.
type List = fn(&mut OpeningSet<F, 2>) -> &mut Vec<Element>;

#[test]
fn each_bent_opening_is_refused() {
    let lists: [List; 7] = [
        |o| &mut o.constants,
        |o| &mut o.plonk_sigmas,
        |o| &mut o.wires,
        |o| &mut o.plonk_zs,
        |o| &mut o.plonk_zs_next,
        |o| &mut o.partial_products,
        |o| &mut o.quotient_polys,
    ];
    for list in lists {
        let count = list(&mut Query::recorded(3).openings).len();
        refused("combine", count, |query, k| {
            bend(&mut list(&mut query.openings)[k], k % 2);
        });
    }
}

#[test]
fn each_bent_leaf_word_is_refused() {
    for oracle in 0..4 {
        let count = FRI.shape.oracles[oracle];
        refused("combine", count, |query, k| {
            query.leaves[oracle][k] += F::ONE
        });
    }
}

/// The evaluation at the query's own place is bound to what comes before, the others to what comes after.
#[test]
fn each_bent_evaluation_is_refused() {
    let recorded = Query::recorded(3);
    for step in 0..2 {
        let own = recorded.index >> (3 * step) & 7;
        let before = ["combine", "fold"][step];
        for (scope, places) in [
            (before, vec![own]),
            ("fold", (0..8).filter(|k| *k != own).collect()),
        ] {
            refused(scope, 2 * places.len(), |query, k| {
                bend(&mut query.steps[step][places[k / 2]], k % 2);
            });
        }
    }
}

#[test]
fn each_bent_final_coefficient_is_refused() {
    refused("fold", 2 * FRI.shape.final_poly, |query, k| {
        bend(&mut query.final_poly[k / 2], k % 2);
    });
}

#[test]
fn each_bent_challenge_is_refused() {
    refused("fold", 4, |query, k| bend(&mut query.betas[k / 2], k % 2));
    refused("combine", 2, |query, k| bend(&mut query.alpha, k));
    refused("combine", 2, |query, k| bend(&mut query.zeta, k));
}

#[test]
fn values_of_another_index_are_refused() {
    refused("combine", FRI.shape.lde_bits, |query, k| {
        query.index ^= 1 << k
    });
}

/// A prover that bends a leaf and keeps the quotient `t` of the honest one: everything after `t` is as it was, and only
/// the equation that ties `t` to the leaf refuses.
#[test]
fn quotient_cannot_be_chosen() {
    let recorded = Query::recorded(3);
    let honest = recorded.build(Mode::Witness, &[]);
    let hints = honest.scope_hints();
    let (_, [first, last]) = hints
        .into_iter()
        .find(|(scope, _)| *scope == "combine/quotient")
        .unwrap();
    assert_eq!(last - first, 127, "two words and their bits");
    let quotient = |b: &Builder| [first, first + 64].map(|hint| b.assignment()[1 + hint]);
    for oracle in 0..4 {
        let mut bent = recorded.clone();
        // The last word of each: no opening at g * zeta has it.
        *bent.leaves[oracle].last_mut().unwrap() += F::ONE;
        let derived = quotient(&bent.build(Mode::Witness, &[]));
        let kept = quotient(&honest);
        let bends = [
            (first, kept[0] - derived[0]),
            (first + 64, kept[1] - derived[1]),
        ];
        let error = bent.build(Mode::Witness, &bends).check().unwrap_err();
        assert_eq!(error.scope, "combine", "oracle {oracle}");
    }
    // The quotient alone, everything else as recorded.
    for hint in [first, first + 64] {
        for delta in [Fr::one(), -Fr::one(), Fr::from(1u64 << 33)] {
            recorded
                .build(Mode::Witness, &[(hint, delta)])
                .check()
                .unwrap_err();
        }
    }
}

#[test]
fn every_variable_is_constrained_and_bent_words_are_refused() {
    let recorded = Query::recorded(5);
    check_part(0, 9, |mode, bends| recorded.build_deferred(mode, bends));
}

/// With zeta in the base field a denominator could be zero, and its quotient anything.
#[test]
fn zeta_in_the_base_field_is_refused() {
    let accepted = |zeta: [u64; 2]| {
        let mut b = Builder::new(Mode::Synthesize, &[]);
        let zeta = Ext::witness(&mut b, zeta);
        FRI.opening_points(&mut b, &zeta);
        b.is_satisfied().is_ok()
    };
    assert!(accepted([5, 1]));
    assert!(accepted([0, P - 1]));
    for c1 in [0, P] {
        assert!(!accepted([5, c1]), "c1 = {c1}");
    }
}

/// A challenge word has 63 bits; the 64th counts as the first of the zeros.
#[test]
fn each_high_bit_of_the_response_is_refused() {
    let zeros = fixture().data.common.config.fri_config.proof_of_work_bits;
    let accepted = |set: &dyn Fn(usize) -> bool| {
        let mut b = Builder::new(Mode::Synthesize, &[]);
        let response: Vec<Lc> = (0..63).map(|k| b.boolean(set(k))).collect();
        Fri::verify_proof_of_work(&mut b, &response, zeros);
        b.is_satisfied().is_ok()
    };
    let lowest = 64 - zeros as usize;
    assert!(accepted(&|k| k < lowest));
    for high in lowest..63 {
        assert!(!accepted(&|k| k == high), "bit {high}");
        assert!(!accepted(&|k| k <= high), "bits up to {high}");
    }
    assert!(!accepted(&|k| k >= lowest));
}

/// The native twin of the domain: `subgroup_x` of Plonky2's verifier, and of its foldings.
#[test]
fn points_are_those_of_plonky2() {
    let domain = Domain { bits: 16 };
    for index in [0usize, 1, 6, 0b1010_0110_0101_1100, 0xffff] {
        let root = F::primitive_root_of_unity(16);
        let reversed = (index as u16).reverse_bits();
        let mut x = F::MULTIPLICATIVE_GROUP_GENERATOR * root.exp_u64(reversed.into());
        assert_eq!(domain.point(0, 0, index & 63, index >> 6, 6), x);
        for step in 1..3 {
            // Folding puts the coset's first place in for its own.
            let mut first = index;
            first >>= 3 * step;
            first <<= 3 * step;
            x = F::MULTIPLICATIVE_GROUP_GENERATOR
                * root.exp_u64((first as u16).reverse_bits().into());
            let low = (first & 63) >> (3 * step);
            let got = domain.point(3 * step, 3 * step, low, first >> 6, 6);
            assert_eq!(got, x.exp_power_of_2(3 * step));
        }
    }
}
