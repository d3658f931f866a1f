//! A proof of L2 as the circuit sees it: its shape, and its values as range-checked variables.

use super::builder::Builder;
use super::extension::{Ext, words_of};
use super::goldilocks::Gl;
use super::merkle::{Cap, Node, elements_at};
use crate::layers::hash::{Bn254Hasher, MerkleHash};
use crate::layers::{CommonData, F, OuterProof};
use ark_bn254::Fr;
use ark_ff::Zero;
use plonky2::field::extension::quadratic::QuadraticExtension;
use plonky2::field::polynomial::PolynomialCoeffs;
use plonky2::field::types::{Field, PrimeField64};
use plonky2::fri::proof::{FriInitialTreeProof, FriProof, FriQueryRound, FriQueryStep};
use plonky2::hash::merkle_proofs::MerkleProof;
use plonky2::hash::merkle_tree::MerkleCap;
use plonky2::plonk::proof::{OpeningSet, Proof};

/// Extension elements of a proof.
type Element = QuadraticExtension<F>;

/// The openings at zeta (and of the Z polynomials at g * zeta), every word range-checked to 64 bits.
#[derive(Clone, Debug)]
pub struct Openings {
    /// Selectors and gate constants.
    pub constants: Vec<Ext>,
    /// The permutation polynomials.
    pub sigmas: Vec<Ext>,
    /// The wires.
    pub wires: Vec<Ext>,
    /// The permutation accumulators, one for each challenge.
    pub zs: Vec<Ext>,
    /// The same at g * zeta.
    pub zs_next: Vec<Ext>,
    /// The partial products of the permutation argument, by challenge.
    pub partial_products: Vec<Ext>,
    /// The chunks of the quotients, by challenge.
    pub quotients: Vec<Ext>,
}

impl Openings {
    /// Allocates the openings.
    pub fn witness(b: &mut Builder, openings: &OpeningSet<F, 2>) -> Self {
        let mut all = |values: &[Element]| {
            values
                .iter()
                .map(|v| Ext::committed_witness(b, words_of(v)))
                .collect()
        };
        Self {
            constants: all(&openings.constants),
            sigmas: all(&openings.plonk_sigmas),
            wires: all(&openings.wires),
            zs: all(&openings.plonk_zs),
            zs_next: all(&openings.plonk_zs_next),
            partial_products: all(&openings.partial_products),
            quotients: all(&openings.quotient_polys),
        }
    }

    /// Returns what is opened at zeta, in the order of the oracles.
    pub fn at_zeta(&self) -> impl Iterator<Item = &Ext> {
        let lists = [
            &self.constants,
            &self.sigmas,
            &self.wires,
            &self.zs,
            &self.partial_products,
            &self.quotients,
        ];
        lists.into_iter().flatten()
    }
}

/// The challenges of a proof.
#[derive(Clone, Debug)]
pub struct Challenges {
    /// The challenges of the permutation argument.
    pub betas: Vec<Gl>,
    /// The other ones.
    pub gammas: Vec<Gl>,
    /// The challenges that combine constraints.
    pub alphas: Vec<Gl>,
    /// The point of the openings.
    pub zeta: Ext,
    /// The challenge that combines polynomials in FRI.
    pub fri_alpha: Ext,
    /// One challenge for each folding.
    pub fri_betas: Vec<Ext>,
    /// The word that shows the work.
    pub pow_response: Vec<super::Lc>,
    /// The bits of each query index, lowest first.
    pub query_bits: Vec<Vec<super::Lc>>,
}

/// What the prover sends before the queries.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Plonky2's hash of the statement words.
    pub public_inputs_hash: [Gl; 4],
    /// The caps of wires, of Zs and partial products, and of quotient chunks.
    pub oracle_caps: [Cap; 3],
    /// The openings.
    pub openings: Openings,
    /// The cap of each folding.
    pub step_caps: Vec<Cap>,
    /// The coefficients of the final polynomial.
    pub final_poly: Vec<Ext>,
    /// The word that was ground.
    pub pow_witness: Gl,
}

/// The shape of a proof, from the shape of its circuit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Statement words.
    pub public_inputs: usize,
    /// Opened polynomials: constants, sigmas, wires, Zs, partial products, quotient chunks.
    pub openings: [usize; 6],
    /// Polynomials of each oracle: constants and sigmas, wires, Zs and partial products, quotient chunks.
    pub oracles: [usize; 4],
    /// Entries of a Merkle cap, as a power of two.
    pub cap_height: usize,
    /// Size of the evaluation domain, as a power of two.
    pub lde_bits: usize,
    /// Size of each folding, as a power of two.
    pub arity_bits: Vec<usize>,
    /// Coefficients of the final polynomial.
    pub final_poly: usize,
    /// Queries.
    pub queries: usize,
}

/// Why a proof cannot be assigned.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShapeError {
    /// A list has another length than in every proof of the circuit.
    #[error("proof has {got} {what}, expected {expected}")]
    Length {
        /// What the list holds.
        what: &'static str,
        /// The length that the circuit has.
        expected: usize,
        /// The length found.
        got: usize,
    },
}

impl Shape {
    /// Returns the shape of proofs of a circuit.
    ///
    /// # Panics
    /// On circuits that this verifier does not cover: lookups and zero-knowledge salts.
    pub fn of(common: &CommonData) -> Self {
        let params = &common.fri_params;
        assert_eq!(
            common.num_lookup_polys, 0,
            "the outer circuit has no lookups"
        );
        assert!(!params.hiding, "the outer circuit has no salts");
        let challenges = common.config.num_challenges;
        let routed = common.config.num_routed_wires;
        let partial = challenges * common.num_partial_products;
        let quotients = challenges * common.quotient_degree_factor;
        let wires = common.config.num_wires;
        Self {
            public_inputs: common.num_public_inputs,
            openings: [
                common.num_constants,
                routed,
                wires,
                challenges,
                partial,
                quotients,
            ],
            oracles: [
                common.num_constants + routed,
                wires,
                challenges + partial,
                quotients,
            ],
            cap_height: params.config.cap_height,
            lde_bits: params.lde_bits(),
            arity_bits: params.reduction_arity_bits.clone(),
            final_poly: params.final_poly_len(),
            queries: params.config.num_query_rounds,
        }
    }

    /// Returns the binary levels between the leaves of a commitment and its cap: of the oracles (step 0), then of
    /// each folding.
    pub fn tree_depth(&self, step: usize) -> usize {
        self.lde_bits - self.arity_bits[..step].iter().sum::<usize>() - self.cap_height
    }

    /// Checks that a proof has this shape.
    pub fn check(&self, proof: &OuterProof) -> Result<(), ShapeError> {
        let same = |what, expected, got| {
            if expected == got {
                Ok(())
            } else {
                Err(ShapeError::Length {
                    what,
                    expected,
                    got,
                })
            }
        };
        let cap = 1 << self.cap_height;
        let Proof {
            wires_cap,
            plonk_zs_partial_products_cap,
            quotient_polys_cap,
            openings,
            opening_proof,
        } = &proof.proof;
        same(
            "public inputs",
            self.public_inputs,
            proof.public_inputs.len(),
        )?;
        for entries in [wires_cap, plonk_zs_partial_products_cap, quotient_polys_cap] {
            same("cap entries", cap, entries.0.len())?;
        }
        let lists = [
            &openings.constants,
            &openings.plonk_sigmas,
            &openings.wires,
            &openings.plonk_zs,
            &openings.partial_products,
            &openings.quotient_polys,
        ];
        for (list, expected) in lists.into_iter().zip(self.openings) {
            same("openings", expected, list.len())?;
        }
        same(
            "next openings",
            self.openings[3],
            openings.plonk_zs_next.len(),
        )?;
        same(
            "lookup openings",
            0,
            openings.lookup_zs.len() + openings.lookup_zs_next.len(),
        )?;
        let fri = opening_proof;
        same(
            "commit phase caps",
            self.arity_bits.len(),
            fri.commit_phase_merkle_caps.len(),
        )?;
        for entries in &fri.commit_phase_merkle_caps {
            same("commit phase cap entries", cap, entries.0.len())?;
        }
        same(
            "final coefficients",
            self.final_poly,
            fri.final_poly.coeffs.len(),
        )?;
        same("query rounds", self.queries, fri.query_round_proofs.len())?;
        for round in &fri.query_round_proofs {
            same(
                "oracle openings",
                self.oracles.len(),
                round.initial_trees_proof.evals_proofs.len(),
            )?;
            for ((leaf, path), expected) in round
                .initial_trees_proof
                .evals_proofs
                .iter()
                .zip(self.oracles)
            {
                same("leaf words", expected, leaf.len())?;
                same("oracle siblings", self.tree_depth(0), path.siblings.len())?;
            }
            same("folding steps", self.arity_bits.len(), round.steps.len())?;
            for (k, step) in round.steps.iter().enumerate() {
                same(
                    "folded evaluations",
                    1 << self.arity_bits[k],
                    step.evals.len(),
                )?;
                same(
                    "folding siblings",
                    self.tree_depth(k + 1),
                    step.merkle_proof.siblings.len(),
                )?;
            }
        }
        Ok(())
    }

    /// Returns a proof of this shape, all zeros: enough to record the constraints, and it satisfies none.
    pub fn dummy(&self) -> OuterProof {
        let zeros = |count: usize| vec![Element::ZERO; count];
        let path = |depth: usize| MerkleProof {
            siblings: vec![MerkleHash::One(Fr::zero()); depth],
        };
        let cap =
            || MerkleCap::<F, Bn254Hasher>(vec![MerkleHash::One(Fr::zero()); 1 << self.cap_height]);
        let [constants, sigmas, wires, zs, partial, quotients] = self.openings.map(zeros);
        let round = FriQueryRound {
            initial_trees_proof: FriInitialTreeProof {
                evals_proofs: self
                    .oracles
                    .map(|n| (vec![F::ZERO; n], path(self.tree_depth(0))))
                    .to_vec(),
            },
            steps: (0..self.arity_bits.len())
                .map(|k| FriQueryStep {
                    evals: zeros(1 << self.arity_bits[k]),
                    merkle_proof: path(self.tree_depth(k + 1)),
                })
                .collect(),
        };
        OuterProof {
            public_inputs: vec![F::ZERO; self.public_inputs],
            proof: Proof {
                wires_cap: cap(),
                plonk_zs_partial_products_cap: cap(),
                quotient_polys_cap: cap(),
                openings: OpeningSet {
                    constants,
                    plonk_sigmas: sigmas,
                    wires,
                    plonk_zs_next: zs.clone(),
                    plonk_zs: zs,
                    partial_products: partial,
                    quotient_polys: quotients,
                    lookup_zs: vec![],
                    lookup_zs_next: vec![],
                },
                opening_proof: FriProof {
                    commit_phase_merkle_caps: self.arity_bits.iter().map(|_| cap()).collect(),
                    query_round_proofs: vec![round; self.queries],
                    final_poly: PolynomialCoeffs::new(zeros(self.final_poly)),
                    pow_witness: F::ZERO,
                },
            },
        }
    }
}

/// Allocates the entries of a cap that lies `depth` levels above the leaves.
pub fn cap_witness(b: &mut Builder, cap: &MerkleCap<F, Bn254Hasher>, depth: usize) -> Cap {
    Cap::Variable(
        cap.0
            .iter()
            .map(|hash| Node::witness(b, hash, elements_at(depth)))
            .collect(),
    )
}

/// Allocates a list of base field words, each range-checked to 64 bits.
pub fn words_witness(b: &mut Builder, words: &[F]) -> Vec<Gl> {
    words
        .iter()
        .map(|word| Gl::committed_witness(b, word.to_canonical_u64()))
        .collect()
}

/// Allocates a list of extension elements, each word range-checked to 64 bits.
pub fn elements_witness(b: &mut Builder, elements: &[Element]) -> Vec<Ext> {
    elements
        .iter()
        .map(|element| Ext::committed_witness(b, words_of(element)))
        .collect()
}
