//! The permutation argument: Z starts at one, and each partial product follows from the one before.
//!
//! A check is `before · Π (w + β·k·zeta + γ) = after · Π (w + β·σ + γ)` over eight wires. Reducing each factor before
//! multiplying would cost 258 constraints a factor. Two factors are multiplied out instead, as a polynomial in β and γ
//! whose coefficients the three challenges share; a pair has 198 bits and is reduced once.

use super::super::builder::Builder;
use super::super::extension::Ext;
use super::super::goldilocks::Gl;
use super::super::proof::{Challenges, Openings};
use super::{CommonData, F};
use plonky2::field::types::{Field, PrimeField64};

/// The parameters of the argument.
#[derive(Clone, Debug)]
pub(super) struct Permutation {
    /// The coset shift of each routed wire.
    shifts: Vec<F>,
    /// Factors in one check.
    chunk: usize,
    num_partial_products: usize,
}

/// Two neighboring factors, or the last one alone.
struct Pair<'a> {
    wires: [Option<&'a Ext>; 2],
    sigmas: [Option<&'a Ext>; 2],
    shifts: [F; 2],
    /// `w·w'`, `w·σ' + w'·σ`, `σ·σ'`, if there are two.
    products: Option<[Ext; 3]>,
}

/// What the factors of one challenge share.
struct Factors {
    gamma: Gl,
    gamma_squared: Gl,
    beta: Gl,
    beta_squared: Gl,
    beta_gamma: Gl,
    beta_zeta: Ext,
    beta_zeta_squared: Ext,
}

impl Permutation {
    pub(super) fn new(common: &CommonData) -> Self {
        Self {
            shifts: common.k_is.clone(),
            chunk: common.quotient_degree_factor,
            num_partial_products: common.num_partial_products,
        }
    }

    /// The vanishing terms, in Plonky2's order: `L_0 · (Z − 1)` for each challenge, then the checks by challenge.
    pub(super) fn terms(
        &self,
        b: &mut Builder,
        openings: &Openings,
        challenges: &Challenges,
        l_0: &Ext,
    ) -> Vec<Ext> {
        let mut terms = Vec::new();
        for z in &openings.zs {
            terms.push(l_0.mul(b, &z.sub(&Ext::one())));
        }
        let chunks: Vec<Vec<Pair<'_>>> = (0..self.shifts.len())
            .collect::<Vec<_>>()
            .chunks(self.chunk)
            .map(|chunk| {
                let pairs = chunk.chunks(2);
                pairs.map(|pair| self.pair(b, openings, pair)).collect()
            })
            .collect();
        assert_eq!(
            chunks.len(),
            self.num_partial_products + 1,
            "one check for each partial product and one for the next Z"
        );
        for challenge in 0..challenges.betas.len() {
            let factors = Factors::new(b, challenges, challenge);
            let partial = &openings.partial_products[challenge * self.num_partial_products..]
                [..self.num_partial_products];
            let accumulators: Vec<&Ext> = [&openings.zs[challenge]]
                .into_iter()
                .chain(partial)
                .chain([&openings.zs_next[challenge]])
                .collect();
            for (pairs, accumulators) in chunks.iter().zip(accumulators.windows(2)) {
                let mut left = accumulators[0].clone();
                let mut right = accumulators[1].clone();
                for pair in pairs {
                    let numerator = factors.numerator(b, pair).reduce(b);
                    left = left.mul(b, &numerator);
                    let denominator = factors.denominator(b, pair).reduce(b);
                    right = right.mul(b, &denominator);
                }
                terms.push(left.sub(&right));
            }
        }
        terms
    }

    fn pair<'a>(&self, b: &mut Builder, openings: &'a Openings, wires: &[usize]) -> Pair<'a> {
        let get = |list: &'a [Ext], k: usize| wires.get(k).map(|&wire| &list[wire]);
        let shift = |k: usize| wires.get(k).map_or(F::ZERO, |&wire| self.shifts[wire]);
        let [w, s] = [&openings.wires, &openings.sigmas].map(|list| [get(list, 0), get(list, 1)]);
        let products = match (w, s) {
            ([Some(w0), Some(w1)], [Some(s0), Some(s1)]) => Some([
                w0.mul(b, w1),
                w0.mul(b, s1).add(&w1.mul(b, s0)),
                s0.mul(b, s1),
            ]),
            _ => None,
        };
        Pair {
            wires: w,
            sigmas: s,
            shifts: [shift(0), shift(1)],
            products,
        }
    }
}

impl Factors {
    fn new(b: &mut Builder, challenges: &Challenges, challenge: usize) -> Self {
        let (beta, gamma) = (&challenges.betas[challenge], &challenges.gammas[challenge]);
        let beta_zeta = challenges.zeta.mul_base(b, beta).reduce(b);
        Self {
            gamma_squared: gamma.square(b).reduce(b),
            beta_squared: beta.square(b).reduce(b),
            beta_gamma: beta.mul(b, gamma).reduce(b),
            beta_zeta_squared: beta_zeta.square(b).reduce(b),
            beta_zeta,
            beta: beta.clone(),
            gamma: gamma.clone(),
        }
    }

    /// `(w + k·βζ + γ)(w' + k'·βζ + γ)`, or the single factor.
    fn numerator(&self, b: &mut Builder, pair: &Pair<'_>) -> Ext {
        let [k0, k1] = pair.shifts;
        let word = |value: F| value.to_canonical_u64();
        match (pair.wires, &pair.products) {
            ([Some(w0), Some(w1)], Some([ww, _, _])) => {
                let by_beta_zeta = w0
                    .mul_base_const(word(k1))
                    .add(&w1.mul_base_const(word(k0)))
                    .add_base(&self.gamma.mul_const(word(k0 + k1)));
                Ext::sum([
                    &ww.add_base(&self.gamma_squared),
                    &w0.add(w1).mul_base(b, &self.gamma),
                    &by_beta_zeta.mul(b, &self.beta_zeta),
                    &self.beta_zeta_squared.mul_base_const(word(k0 * k1)),
                ])
            }
            ([Some(w), _], _) => {
                let shifted = self.beta_zeta.mul_base_const(word(k0));
                w.add(&shifted).add_base(&self.gamma)
            }
            _ => Ext::one(),
        }
    }

    /// `(w + β·σ + γ)(w' + β·σ' + γ)`, or the single factor.
    fn denominator(&self, b: &mut Builder, pair: &Pair<'_>) -> Ext {
        match (pair.wires, pair.sigmas, &pair.products) {
            ([Some(w0), Some(w1)], [Some(s0), Some(s1)], Some([ww, ws, ss])) => Ext::sum([
                &ww.add_base(&self.gamma_squared),
                &w0.add(w1).mul_base(b, &self.gamma),
                &ws.mul_base(b, &self.beta),
                &s0.add(s1).mul_base(b, &self.beta_gamma),
                &ss.mul_base(b, &self.beta_squared),
            ]),
            ([Some(w), _], [Some(s), _], _) => {
                s.mul_base(b, &self.beta).add(w).add_base(&self.gamma)
            }
            _ => Ext::one(),
        }
    }
}
