//! The FRI verifier: combination of the openings, foldings, final polynomial, proof of work.

mod combination;
mod domain;

use super::builder::Builder;
use super::extension::Ext;
use super::goldilocks::Gl;
use super::index::{QueryIndex, Table, choose, one_hot};
use super::lc::Lc;
use super::merkle::{Cap, assert_in_cap, climb, hash_leaf};
use super::proof::{Challenges, Openings, Sent, Shape, elements_witness, words_witness};
use crate::layers::F;
use crate::layers::hash::Bn254Hasher;
use combination::Combined;
use domain::{Domain, inverse_of_arity, reversed, root_power};
use plonky2::field::types::{Field, PrimeField64};
use plonky2::fri::proof::{FriInitialTreeProof, FriQueryRound};
use plonky2::hash::merkle_tree::MerkleCap;

/// What does not depend on the proof: tables of powers of evaluation points.
pub struct Fri {
    shape: Shape,
    /// Bits of the index that are left after all foldings.
    window: usize,
    foldings: Vec<Folding>,
    /// The first coset's start, over the window and the bits of later foldings.
    start: Table,
    /// Powers of the last evaluation point, from the first power.
    final_powers: Vec<Table>,
    /// Generator of the trace domain.
    generator: u64,
}

/// The constants of one folding of `2^arity` evaluations at `s * w^rev(i)`, `w` of that order.
struct Folding {
    arity_bits: usize,
    /// Where the coset's own bits end: bits from here on name the coset.
    coset_bit: usize,
    /// `s^-k` for `k >= 1` over the bits that name the coset.
    inverse_powers: Vec<Table>,
}

/// What all queries of a proof share.
struct Shared {
    combined: Combined,
    /// Zeta and g * zeta.
    points: [Ext; 2],
    /// `beta^k / arity` for each folding and `k >= 1`.
    betas: Vec<Vec<Ext>>,
    final_poly: Vec<Ext>,
}

impl Fri {
    /// Prepares the tables for a shape of proofs with `2^degree_bits` rows.
    pub fn new(shape: &Shape, degree_bits: usize) -> Self {
        let total: usize = shape.arity_bits.iter().sum();
        let window = shape.lde_bits - total;
        let domain = Domain {
            bits: shape.lde_bits,
        };
        let mut folded = 0;
        let foldings = shape
            .arity_bits
            .iter()
            .map(|&arity_bits| {
                let (step, coset_bit) = (folded, folded + arity_bits);
                folded = coset_bit;
                let point =
                    |low: usize, high: usize| domain.point(step, coset_bit, low, high, total);
                let inverse_powers = (1..1u64 << arity_bits)
                    .map(|k| {
                        Table::new(total - coset_bit, window, |low, high| {
                            point(low, high).inverse().exp_u64(k).to_canonical_u64()
                        })
                    })
                    .collect();
                Folding {
                    arity_bits,
                    coset_bit,
                    inverse_powers,
                }
            })
            .collect();
        let first = shape.arity_bits.first().copied().unwrap_or(0);
        let start = Table::new(total - first, window, |low, high| {
            domain.point(0, first, low, high, total).to_canonical_u64()
        });
        let final_powers = (1..shape.final_poly as u64)
            .map(|k| {
                Table::new(0, window, |_, high| {
                    domain
                        .point(total, total, 0, high, total)
                        .exp_u64(k)
                        .to_canonical_u64()
                })
            })
            .collect();
        let generator = F::primitive_root_of_unity(degree_bits).to_canonical_u64();
        Self {
            shape: shape.clone(),
            window,
            foldings,
            start,
            final_powers,
            generator,
        }
    }

    /// Enforces the leading zeros of the response: a word of 63 bits, so one of them comes for free.
    pub fn verify_proof_of_work(b: &mut Builder, response: &[Lc], leading_zeros: u32) {
        let zeros = (response.len() + leading_zeros as usize).saturating_sub(64);
        let high = &response[response.len() - zeros..];
        // A sum of a few bits is zero iff each is.
        b.enforce(&Lc::sum(high), &Lc::one(), &Lc::zero());
    }

    /// Verifies every query. `preprocessed` is the cap of constants and sigmas.
    pub fn verify(
        &self,
        b: &mut Builder,
        preprocessed: &MerkleCap<F, Bn254Hasher>,
        sent: &Sent,
        challenges: &Challenges,
        rounds: &[FriQueryRound<F, Bn254Hasher, 2>],
    ) {
        let [wires, zs, quotients] = sent.oracle_caps.clone();
        let oracle_caps = [Cap::Constant(preprocessed.0.clone()), wires, zs, quotients];
        assert_eq!(
            challenges.query_bits.len(),
            rounds.len(),
            "one round for each query index"
        );
        assert_eq!(
            sent.step_caps.len(),
            self.foldings.len(),
            "one cap for each folding"
        );
        assert_eq!(
            challenges.fri_betas.len(),
            self.foldings.len(),
            "one challenge for each folding"
        );
        assert_eq!(
            sent.final_poly.len(),
            self.shape.final_poly,
            "the final polynomial has its length"
        );
        let shared = self.prepare(b, &sent.openings, &sent.final_poly, challenges);
        for (bits, round) in challenges.query_bits.iter().zip(rounds) {
            b.in_scope("query", |b| {
                let index = b.in_scope("index", |b| {
                    QueryIndex::new(b, bits[..self.shape.lde_bits].to_vec(), self.window)
                });
                let top = index.top_one_hot(self.shape.cap_height);
                let leaves =
                    self.oracle_leaves(b, &index, &top, &oracle_caps, &round.initial_trees_proof);
                let steps = self.step_evaluations(b, &index, &top, &sent.step_caps, round);
                self.check_values(b, &index, &shared, &leaves, &steps);
            });
        }
    }

    /// Computes what all queries share.
    fn prepare(
        &self,
        b: &mut Builder,
        openings: &Openings,
        final_poly: &[Ext],
        challenges: &Challenges,
    ) -> Shared {
        Shared {
            combined: b.in_scope("combine", |b| {
                Combined::new(b, openings, &challenges.fri_alpha)
            }),
            points: b.in_scope("combine", |b| self.opening_points(b, &challenges.zeta)),
            betas: b.in_scope("betas", |b| self.scaled_betas(b, &challenges.fri_betas)),
            final_poly: final_poly.to_vec(),
        }
    }

    /// Enforces what a query's values owe each other, wherever they are committed: the first folding holds the
    /// combination of the leaves, each folding what the one before gives, the final polynomial what the last gives.
    fn check_values(
        &self,
        b: &mut Builder,
        index: &QueryIndex,
        shared: &Shared,
        leaves: &[Vec<Gl>],
        steps: &[Vec<Ext>],
    ) {
        b.in_scope("combine", |b| {
            self.check_combination(
                b,
                index,
                &shared.combined,
                &shared.points,
                leaves,
                &steps[0],
            );
        });
        for (k, evaluations) in steps.iter().enumerate() {
            b.in_scope("fold", |b| {
                let folded = self.fold(b, index, k, evaluations, &shared.betas[k]);
                let expected = match steps.get(k + 1) {
                    Some(next) => self.own_evaluation(b, index, k + 1, next),
                    None => self.final_evaluation(b, index, &shared.final_poly),
                };
                folded.assert_equal(b, &expected);
            });
        }
    }

    /// Returns zeta and g * zeta. Zeta is not a base field element, so it is no point of the evaluation domain, and
    /// no denominator below is zero; a proof with another zeta is refused (probability 2^-63).
    fn opening_points(&self, b: &mut Builder, zeta: &Ext) -> [Ext; 2] {
        zeta.c1.inverse(b);
        [zeta.clone(), zeta.mul_base_const(self.generator).reduce(b)]
    }

    /// Returns `beta^k / arity` for each folding and `k >= 1`, reduced.
    fn scaled_betas(&self, b: &mut Builder, betas: &[Ext]) -> Vec<Vec<Ext>> {
        let scale = |b: &mut Builder, (folding, beta): (&Folding, &Ext)| {
            let inverse = inverse_of_arity(folding.arity_bits);
            let first = beta.mul_base_const(inverse).reduce(b);
            let mut powers = vec![first];
            for _ in 2..1usize << folding.arity_bits {
                let next = powers[powers.len() - 1].mul(b, beta).reduce(b);
                powers.push(next);
            }
            powers
        };
        self.foldings
            .iter()
            .zip(betas)
            .map(|pair| scale(b, pair))
            .collect()
    }

    /// Allocates the leaves of the four oracles at the query's index and checks their paths.
    fn oracle_leaves(
        &self,
        b: &mut Builder,
        index: &QueryIndex,
        top: &[Lc],
        caps: &[Cap; 4],
        proof: &FriInitialTreeProof<F, Bn254Hasher>,
    ) -> Vec<Vec<Gl>> {
        assert_eq!(
            proof.evals_proofs.len(),
            caps.len(),
            "one leaf for each oracle"
        );
        let path_bits = &index.bits[..self.shape.tree_depth(0)];
        let mut leaves = Vec::new();
        for ((words, path), cap) in proof.evals_proofs.iter().zip(caps) {
            let leaf = b.in_scope("leaf range", |b| words_witness(b, words));
            let hash = b.in_scope("leaf hash", |b| hash_leaf(b, &leaf));
            b.in_scope("path", |b| {
                let node = climb(b, hash, path_bits, &path.siblings);
                assert_in_cap(b, &node, top, cap);
            });
            leaves.push(leaf);
        }
        leaves
    }

    /// Allocates the cosets of every folding that the query's index falls into and checks their paths.
    fn step_evaluations(
        &self,
        b: &mut Builder,
        index: &QueryIndex,
        top: &[Lc],
        caps: &[Cap],
        round: &FriQueryRound<F, Bn254Hasher, 2>,
    ) -> Vec<Vec<Ext>> {
        assert_eq!(round.steps.len(), caps.len(), "one coset for each folding");
        let mut out = Vec::new();
        for (k, (step, cap)) in round.steps.iter().zip(caps).enumerate() {
            let evaluations = b.in_scope("leaf range", |b| elements_witness(b, &step.evals));
            let words: Vec<Gl> = evaluations
                .iter()
                .flat_map(|e| [e.c0.clone(), e.c1.clone()])
                .collect();
            let hash = b.in_scope("leaf hash", |b| hash_leaf(b, &words));
            b.in_scope("path", |b| {
                let from = self.foldings[k].coset_bit;
                let path_bits = &index.bits[from..from + self.shape.tree_depth(k + 1)];
                let node = climb(b, hash, path_bits, &step.merkle_proof.siblings);
                assert_in_cap(b, &node, top, cap);
            });
            out.push(evaluations);
        }
        out
    }

    /// Enforces `v = a^n (A(x) - A) / (x - zeta) + (N(x) - N) / (x - g zeta)`, where `v` is the query's value in the
    /// first folding, `A`, `N` the combined openings at both points and `n` the number of those at `g zeta`.
    ///
    /// The first quotient is a hint `t`: `t (x - zeta) = a^n (A(x) - A)`, then `(v - t)(x - g zeta) = N(x) - N`.
    /// Neither denominator is zero, so both are determined.
    fn check_combination(
        &self,
        b: &mut Builder,
        index: &QueryIndex,
        combined: &Combined,
        points: &[Ext; 2],
        leaves: &[Vec<Gl>],
        first_step: &[Ext],
    ) {
        let x = self.evaluation_point(b, index);
        let distances = [0, 1].map(|k| Ext::from_base(x.clone()).sub(&points[k]));
        let all: Vec<&Gl> = leaves.iter().flatten().collect();
        let zs = &leaves[2][..self.shape.openings[3]];
        let numerator = combined.reduce_leaf(b, &all).sub(&combined.at_zeta);
        let next_terms: Vec<Ext> = zs
            .iter()
            .zip(&combined.inner)
            .map(|(z, power)| power.mul_base(b, z))
            .collect();
        let next_numerator = Ext::sum(&next_terms).sub(&combined.at_next);

        let quotient = b.in_scope("quotient", |b| divide(b, &numerator, &distances[0]));
        quotient.mul(b, &distances[0]).assert_equal(b, &numerator);
        let value = self.own_evaluation(b, index, 0, first_step);
        value
            .sub(&quotient)
            .mul(b, &distances[1])
            .assert_equal(b, &next_numerator);
    }

    /// Returns the query's point of the evaluation domain, reduced.
    fn evaluation_point(&self, b: &mut Builder, index: &QueryIndex) -> Gl {
        let folding = &self.foldings[0];
        let low = self.later_bits(b, index, 0);
        let start = index.look_up(b, &self.start, &low);
        let within = one_hot(b, &index.bits[..folding.arity_bits]);
        // Exactly one term is not zero, so the sum has the magnitude of the largest: 48 bits when folding by eight.
        let order = folding.arity_bits;
        let roots = (0..within.len()).map(|k| Gl::constant(root_power(order, reversed(k, order))));
        let rotation = Gl::choose_constant(&within, &roots.collect::<Vec<_>>());
        start.mul(b, &rotation).reduce(b)
    }

    /// Returns the one-hot selector of the bits between a folding's coset and the window.
    fn later_bits(&self, b: &mut Builder, index: &QueryIndex, step: usize) -> Vec<Lc> {
        let end = self.shape.lde_bits - self.window;
        one_hot(b, &index.bits[self.foldings[step].coset_bit..end])
    }

    /// Returns the evaluation at the query's own place in its coset.
    fn own_evaluation(
        &self,
        b: &mut Builder,
        index: &QueryIndex,
        step: usize,
        evaluations: &[Ext],
    ) -> Ext {
        let folding = &self.foldings[step];
        choose(
            b,
            &index.bits[folding.coset_bit - folding.arity_bits..folding.coset_bit],
            evaluations,
        )
    }

    /// Interpolates a coset at beta: `1/n sum_k C_k (beta / s)^k` with `C_k = sum_j e_j w^(-jk)`. The roots of unity
    /// of small order are powers of two, so the `C_k` stay short and nothing is reduced.
    fn fold(
        &self,
        b: &mut Builder,
        index: &QueryIndex,
        step: usize,
        evaluations: &[Ext],
        betas: &[Ext],
    ) -> Ext {
        let folding = &self.foldings[step];
        let arity = 1usize << folding.arity_bits;
        let coefficient = |k: usize| {
            let terms: Vec<Ext> = (0..arity)
                .map(|j| {
                    let exponent = (arity - j * k % arity) % arity;
                    evaluations[reversed(j, folding.arity_bits)]
                        .mul_base_const(root_power(folding.arity_bits, exponent))
                })
                .collect();
            Ext::sum(&terms)
        };
        let low = self.later_bits(b, index, step);
        let mut terms = vec![coefficient(0).mul_base_const(inverse_of_arity(folding.arity_bits))];
        for k in 1..arity {
            let power = index.look_up(b, &folding.inverse_powers[k - 1], &low);
            let beta = &betas[k - 1];
            let ratio = Ext {
                c0: power.mul(b, &beta.c0),
                c1: power.mul(b, &beta.c1),
            };
            terms.push(coefficient(k).mul(b, &ratio));
        }
        Ext::sum_reducing(b, &terms)
    }

    /// Evaluates the final polynomial at the query's last point.
    fn final_evaluation(&self, b: &mut Builder, index: &QueryIndex, final_poly: &[Ext]) -> Ext {
        let mut terms = vec![final_poly[0].clone()];
        for (coefficient, table) in final_poly[1..].iter().zip(&self.final_powers) {
            let power = index.look_up_window(table);
            terms.push(Ext {
                c0: power.mul(b, &coefficient.c0),
                c1: power.mul(b, &coefficient.c1),
            });
        }
        Ext::sum_reducing(b, &terms)
    }
}

/// Allocates the quotient of two extension elements; the caller enforces the product.
fn divide(b: &mut Builder, numerator: &Ext, denominator: &Ext) -> Ext {
    use plonky2::field::extension::quadratic::QuadraticExtension;
    let element = |e: &Ext| QuadraticExtension(e.residue().map(F::from_canonical_u64));
    let inverse = element(denominator)
        .try_inverse()
        .unwrap_or(QuadraticExtension::ZERO);
    Ext::witness(
        b,
        super::extension::words_of(&(element(numerator) * inverse)),
    )
}

#[cfg(test)]
mod tests;
