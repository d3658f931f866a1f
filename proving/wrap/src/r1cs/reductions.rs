//! Batched modular reductions: one quotient for all instead of one for each.
//!
//! A reduction allocates a remainder `r` of 64 bits and owes the proof of `x = r (mod p)`. Proving it alone costs a
//! quotient of as many bits as `x` has more than `p`. Here the differences `y = x - r` are collected, and at the end
//! random combinations of them must be multiples of `p`.
//!
//! # Soundness
//! The coefficients come from a sponge over everything the differences depend on: the transcript (and so every
//! commitment, opening and query index), and every word that was allocated as a hint and is bound nowhere else,
//! statement words included. What a leaf holds is bound by its Merkle path; other variables are functions of these
//! by their constraints.
//!
//! With the differences in rows `a` and columns `b`, repetition `j` demands
//! `sum_a u[a+j] sum_b v[b+j] y[a][b] = 0 (mod p)` for independent `u`, `v` of 16 bits. Let `a` be the last row with
//! a difference that is no multiple of `p`, and `b` the last such column in it. Given all `v` of lower index,
//! `v[b+j]` makes the row's sum vanish with probability at most 2^-16; if it does not, given all `u` of lower index,
//! `u[a+j]` makes the total vanish with probability at most 2^-16. Those coefficients are fresh in each repetition,
//! so eight of them accept a false difference with probability at most (2 * 2^-16)^8 = 2^-120.
//!
//! # Costs
//! Eight constraints a difference and twelve a remainder (the sponge), beside its own 64.

use super::builder::Builder;
use super::challenger::squeeze;
use super::lc::Lc;
use super::poseidon2::Poseidon2;
use super::uint::U256;
use crate::layers::hash::{WORDS_PER_ELEMENT, domain};
use ark_bn254::Fr;
use ark_ff::Field;
use std::collections::VecDeque;

/// Bits of a coefficient.
const COEFFICIENT_BITS: usize = 16;
/// Repetitions: 15 bits of soundness each.
const REPETITIONS: usize = 8;
/// Bits of the widest difference that is collected: with two coefficients and 2^14 differences 250 bits, so the sum
/// cannot wrap around in `Fr`.
pub(super) const MAX_DIFFERENCE_BITS: u32 = 204;
const MAX_DIFFERENCES: usize = 1 << 14;
/// Width of the permutation that absorbs the words; rate one less.
const WIDTH: usize = 16;
const DOMAIN: &str = "assay.reductions.v1";

/// What a builder collects while reductions are deferred.
#[derive(Default)]
pub(super) struct Deferred {
    words: Vec<Lc>,
    differences: Vec<Difference>,
}

/// An integer in `[-below, above]` that must be a multiple of `p`.
struct Difference {
    lc: Lc,
    below: U256,
    above: U256,
}

impl Deferred {
    /// Binds a word below 2^64 that the prover supplied.
    pub(super) fn bind(&mut self, word: &Lc) {
        self.words.push(word.clone());
    }

    /// Returns the number of bound words.
    #[cfg(test)]
    pub(super) fn bound(&self) -> usize {
        self.words.len()
    }

    /// Collects a difference unless it is too wide.
    pub(super) fn collect(&mut self, lc: Lc, below: U256, above: U256) -> bool {
        let fits = below.bits().max(above.bits()) <= MAX_DIFFERENCE_BITS;
        if fits {
            self.differences.push(Difference { lc, below, above });
        }
        fits
    }
}

/// Enforces all collected differences. `seed` binds what is committed in the transcript.
pub(super) fn settle(b: &mut Builder, deferred: &Deferred, seed: &[Lc]) {
    let Deferred { words, differences } = deferred;
    assert!(
        differences.len() <= MAX_DIFFERENCES,
        "at most {MAX_DIFFERENCES} differences, got {}",
        differences.len()
    );
    let columns = (1..)
        .find(|n| n * n >= differences.len())
        .expect("a square root exists");
    let rows = differences.len().div_ceil(columns);
    let counts = [rows + REPETITIONS, columns + REPETITIONS];
    let [u, v] = b.in_scope("coefficients", |b| coefficients(b, seed, words, counts));
    b.in_scope("combination", |b| {
        for repetition in 0..REPETITIONS {
            combine(b, differences, columns, &u[repetition..], &v[repetition..]);
        }
    });
}

/// Enforces `sum_a u[a] sum_b v[b] y[a][b] = 0 (mod p)`.
fn combine(b: &mut Builder, differences: &[Difference], columns: usize, u: &[Lc], v: &[Lc]) {
    let mut totals = Vec::new();
    let (mut below, mut above) = (U256::ZERO, U256::ZERO);
    for (row, u) in differences.chunks(columns).zip(u) {
        let products: Vec<Lc> = row.iter().zip(v).map(|(y, v)| b.mul(&y.lc, v)).collect();
        totals.push(b.mul(&Lc::sum(&products), u));
        for y in row {
            below = widen(&below, &y.below);
            above = widen(&above, &y.above);
        }
    }
    super::Gl::from_interval(Lc::sum(&totals), below, above).assert_zero_alone(b);
}

/// Adds a bound times the largest product of two coefficients.
fn widen(sum: &U256, bound: &U256) -> U256 {
    let weight = U256::ones(2 * COEFFICIENT_BITS as u32);
    let part = bound.checked_mul(&weight).expect("differences are narrow");
    sum.checked_add(&part).expect("there are few differences")
}

/// Absorbs seed and words and draws two lists of coefficients.
fn coefficients(b: &mut Builder, seed: &[Lc], words: &[Lc], counts: [usize; 2]) -> [Vec<Lc>; 2] {
    let permutation = Poseidon2::of_width(WIDTH);
    let weights = (0u64..).map(|k| Fr::from(2u64).pow([64 * k]));
    let cells = words
        .chunks(WORDS_PER_ELEMENT)
        .map(|group| Lc::weighted(group.iter().zip(weights.clone())));
    let input: Vec<Lc> = seed.iter().cloned().chain(cells).collect();
    let mut state = vec![Lc::zero(); WIDTH];
    state[WIDTH - 1] = Lc::constant(domain(DOMAIN, words.len() as u64));
    for block in input.chunks(WIDTH - 1) {
        for (lane, cell) in state.iter_mut().zip(block) {
            *lane += cell;
        }
        permutation.permute(b, &mut state);
    }
    if input.is_empty() {
        permutation.permute(b, &mut state);
    }
    let mut lanes: VecDeque<Lc> = state[..WIDTH - 1].iter().cloned().collect();
    let mut drawn: Vec<Lc> = Vec::new();
    while drawn.len() < counts[0] + counts[1] {
        let lane = lanes.pop_front().unwrap_or_else(|| {
            permutation.permute(b, &mut state);
            lanes = state[1..WIDTH - 1].iter().cloned().collect();
            state[0].clone()
        });
        for bits in squeeze(b, &lane).chunks_exact(COEFFICIENT_BITS) {
            drawn.push(b.materialize(&Lc::from_bits(bits)));
        }
    }
    let second = drawn.split_off(counts[0]);
    [drawn, second]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::r1cs::goldilocks::P;
    use crate::r1cs::testing::check_gadget;
    use crate::r1cs::{Ext, Gl, Mode};
    use plonky2::field::goldilocks_field::GoldilocksField;
    use plonky2::field::types::{Field as _, PrimeField64};

    fn gadget(b: &mut Builder) {
        b.defer_reductions();
        let x = Ext {
            c0: Gl::from_range_checked(b.input(0), 64),
            c1: Gl::from_range_checked(b.input(1), 64),
        };
        let cube = x.square(b).reduce(b).mul(b, &x).reduce(b);
        let inverse = x.inverse(b);
        cube.mul(b, &inverse).sub(&x.square(b)).assert_zero(b);
        cube.c0.sub(&cube.c1).mul(b, &inverse.c0).neg().reduce(b);
        b.settle_reductions(&[]);
    }

    #[test]
    fn deferred_reductions_refuse_every_bent_hint() {
        check_gadget(&[7, u64::MAX], &[3, 0], gadget);
        check_gadget(&[P - 1, 12], &[3, 0], gadget);
    }

    /// A hint that could be chosen after the coefficients are known could be solved for.
    #[test]
    fn coefficients_depend_on_every_bound_word_and_on_the_seed() {
        let draw = |words: [u64; 4], seed: u64| {
            let mut b = Builder::new(Mode::Witness, &[]);
            b.defer_reductions();
            for word in words {
                Gl::witness(&mut b, word);
            }
            let Deferred { words, .. } = b.deferred().map(std::mem::take).unwrap();
            assert_eq!(words.len(), 4, "every hint is bound");
            let [u, v] = coefficients(&mut b, &[Lc::constant(seed.into())], &words, [3, 3]);
            u.iter().chain(&v).map(Lc::value).collect::<Vec<Fr>>()
        };
        let first = draw([1, 2, 3, 4], 5);
        assert_eq!(first, draw([1, 2, 3, 4], 5));
        for (words, seed) in [
            ([0, 2, 3, 4], 5),
            ([1, 2, 3, 5], 5),
            ([2, 1, 3, 4], 5),
            ([1, 2, 3, 4], 6),
        ] {
            assert!(draw(words, seed).iter().zip(&first).all(|(x, y)| x != y));
        }
    }

    #[test]
    fn false_difference_is_refused() {
        for residue in [1, 2, P - 1] {
            let mut b = Builder::new(Mode::Synthesize, &[Fr::from(residue)]);
            b.defer_reductions();
            Gl::from_range_checked(b.input(0), 64).assert_zero(&mut b);
            for _ in 0..30 {
                Gl::zero().assert_zero(&mut b);
            }
            b.settle_reductions(&[]);
            assert!(b.is_satisfied().is_err(), "{residue} is not zero");
        }
    }

    /// Differences of a prover that has seen the coefficients: not all zero, and the chosen repetitions accept them.
    /// All are in one row if `drawn` are the coefficients of columns, and in one column if they are those of rows.
    fn vanishing_differences(drawn: &[u64], repetitions: &[usize]) -> Vec<u64> {
        let unknowns = repetitions.len() + 1;
        let coefficient = |j: usize, k: usize| GoldilocksField::from_canonical_u64(drawn[j + k]);
        // Equations `sum_k drawn[j + k] y[k] = 0` with the last unknown one, solved by elimination.
        let mut rows: Vec<Vec<GoldilocksField>> = repetitions
            .iter()
            .map(|j| (0..unknowns).map(|k| coefficient(*j, k)).collect())
            .collect();
        for pivot in 0..rows.len() {
            let usable = (pivot..rows.len()).find(|row| rows[*row][pivot] != GoldilocksField::ZERO);
            rows.swap(pivot, usable.expect("random rows are independent"));
            let inverse = rows[pivot][pivot].inverse();
            rows[pivot].iter_mut().for_each(|cell| *cell *= inverse);
            let top = rows[pivot].clone();
            for (_, row) in rows.iter_mut().enumerate().filter(|(row, _)| *row != pivot) {
                let share = row[pivot];
                for (cell, above) in row.iter_mut().zip(&top) {
                    *cell -= share * *above;
                }
            }
        }
        let solved = rows.iter().map(|row| -row[unknowns - 1]);
        let differences = solved.chain([GoldilocksField::ONE]);
        differences.map(|y| y.to_canonical_u64()).collect()
    }

    /// More than the repetitions, so that all of them can be solved for.
    const COLUMNS: usize = 9;

    /// Settles 81 differences, of which those at a stride are given and the others zero.
    fn settled(differences: &[u64], stride: usize) -> Result<(), crate::r1cs::Unsatisfied> {
        let mut inputs = vec![Fr::from(0u64); COLUMNS * COLUMNS];
        for (input, difference) in inputs.iter_mut().step_by(stride).zip(differences) {
            *input = Fr::from(*difference);
        }
        let mut b = Builder::new(Mode::Synthesize, &inputs);
        b.defer_reductions();
        for k in 0..inputs.len() {
            Gl::from_range_checked(b.input(k), 64).assert_zero(&mut b);
        }
        b.settle_reductions(&[]);
        b.is_satisfied()
    }

    /// Every repetition draws coefficients of its own for rows and for columns: a prover that knows them all and is free
    /// to choose differences afterwards makes any seven vanish, and the eighth refuses. All eight it makes vanish with
    /// one difference more, which is why everything is bound before they are drawn.
    #[test]
    fn each_repetition_refuses_what_the_others_accept() {
        settled(&[], 1).unwrap();
        let mut b = Builder::new(Mode::Witness, &[]);
        let drawn = coefficients(&mut b, &[], &[], [COLUMNS + REPETITIONS; 2]);
        let words = |drawn: &[Lc]| -> Vec<u64> {
            let words = drawn.iter().map(|c| U256::from_fr(&c.value()).0);
            words.map(|[low, ..]| low).collect()
        };
        let [u, v] = drawn.map(|drawn| words(&drawn));
        assert!(u.iter().chain(&v).all(|c| c >> COEFFICIENT_BITS == 0));
        for (drawn, stride) in [(v, 1), (u, COLUMNS)] {
            let first = vanishing_differences(&drawn, &[0]);
            assert_eq!(first.len(), 2, "two false differences");
            settled(&first, stride).expect_err("only the first repetition vanishes");
            for honest in 0..8 {
                let cheated: Vec<usize> = (0..8).filter(|j| *j != honest).collect();
                let differences = vanishing_differences(&drawn, &cheated);
                settled(&differences, stride).expect_err("seven of eight vanish");
            }
            let all: Vec<usize> = (0..8).collect();
            let unbound = vanishing_differences(&drawn, &all);
            settled(&unbound, stride).expect("what nothing binds can be solved for");
            settled(&[1, P - 1], stride).expect_err("coefficients are not all alike");
        }
    }

    /// A difference that is too wide for the batch is proved by itself, before the batch is.
    #[test]
    fn wide_difference_is_proved_alone() {
        let check = |factor: u64, addend: u64| {
            // A multiple of p of 240 bits, or not quite.
            let wide =
                Fr::from(P) * Fr::from(2u64).pow([175]) * Fr::from(factor) + Fr::from(addend);
            let mut b = Builder::new(Mode::Synthesize, &[wide]);
            b.defer_reductions();
            let difference = Gl::from_interval(b.input(0), U256::ZERO, U256::ones(240));
            difference.assert_zero(&mut b);
            assert_ne!(b.num_constraints(), 0, "not collected");
            b.settle_reductions(&[]);
            b.is_satisfied()
        };
        check(1, 0).unwrap();
        check(1, 1).unwrap_err();
    }

    #[test]
    #[should_panic(expected = "deferred reductions are settled")]
    fn unsettled_reductions_cannot_be_exported() {
        let mut b = Builder::new(Mode::Synthesize, &[]);
        b.defer_reductions();
        Gl::one().assert_zero(&mut b);
        b.into_matrices();
    }
}
