//! What the parameters of a layer are worth, term by term.

use plonky2::fri::FriConfig;
use plonky2::plonk::circuit_data::CircuitConfig;

mod table;

pub use table::security_tables;

/// log2 of the order of Goldilocks, rounded down.
const FIELD_BITS: f64 = 63.999;
/// Degree bound of the constraints in the witness polynomials, and so of what is divided by the vanishing polynomial.
const CONSTRAINT_DEGREE: f64 = 9.0;
/// Upper bound of constraints combined by α: those of the widest gate and of the permutation argument.
const CONSTRAINTS: f64 = 256.0;
/// Upper bound of the polynomials that one FRI instance combines.
const POLYNOMIALS: f64 = 512.0;
/// Upper bound of the degrees in the challenge of all foldings together: eight by sixteen, less than 16 each.
const FOLDED: f64 = 128.0;
/// Multiplicities of the interpolation that are tried for what is proven: the theorem holds from 3, and beyond the last
/// one the proximity gap is worse than any gain.
const MULTIPLICITIES: std::ops::Range<u32> = 3..1000;

/// What the random combination of modular reductions in the R1CS is worth, in bits: it draws its coefficients once and is
/// sound up to 2^-120 (`r1cs`, module `reductions`).
pub const REDUCTION_BATCH_BITS: f64 = 120.0;

/// Error terms of one layer's proof, each in bits.
#[derive(Debug, Clone, Copy)]
pub struct LayerSecurity {
    /// FRI queries and grinding under the *random words* conjecture, on which the claim rests: combining words by a random
    /// challenge brings them no nearer to the code than a random word is.
    pub fri_queries: f64,
    /// What is proven of FRI, queries and all: up to the Johnson bound. No part of the claim, which rests on the
    /// conjecture.
    pub fri_proven: f64,
    /// FRI batching and folding challenges from the quadratic extension.
    pub fri_folding: f64,
    /// The permutation (copy) argument: β and γ, repeated.
    pub permutation: f64,
    /// The lookup argument of a circuit with tables, repeated. Both sums of logarithmic derivatives (Haböck, eprint
    /// 2022/1530), cleared of denominators, have as many linear factors in the challenges as there are lookups and
    /// entries, at most `routed / 2` a row, and the polynomial that ties the table to the circuit has at most
    /// `routed / 3` a row as its degree: an error below `rows · routed / p` each time, as in the permutation.
    pub lookups: f64,
    /// The combination of constraints by α, repeated.
    pub combination: f64,
    /// The identity test at ζ.
    pub evaluation: f64,
}

impl LayerSecurity {
    /// Computes the terms of a circuit of `2^degree_bits` rows.
    ///
    /// `challenge_bits` is the length of a challenge word where it is shorter than a field element.
    pub fn new(config: &CircuitConfig, degree_bits: usize, challenge_bits: Option<usize>) -> Self {
        let word = challenge_bits.map_or(FIELD_BITS, |bits| bits as f64);
        // A word that is shorter than 64 bits always starts with zeros: they are no work.
        let free_zeros = challenge_bits.map_or(0, |bits| 64 - bits);
        let fri = &config.fri_config;
        let grinding = f64::from(fri.proof_of_work_bits) - free_zeros as f64;
        let challenges = config.num_challenges as f64;
        let degree = degree_bits as f64;
        let routed = config.num_routed_wires as f64;
        let places = degree + routed.log2();
        Self {
            fri_queries: random_word_bits(fri, 2.0 * word) * fri.num_query_rounds as f64 + grinding,
            fri_proven: MULTIPLICITIES
                .map(|m| fri_proven(fri, degree, 2.0 * word, grinding, f64::from(m)))
                .fold(0.0, f64::max),
            fri_folding: 2.0 * word - degree - fri.rate_bits as f64 - POLYNOMIALS.log2(),
            permutation: challenges * (word - places),
            lookups: challenges * (word - places),
            combination: challenges * (word - CONSTRAINTS.log2()),
            evaluation: 2.0 * word - degree - CONSTRAINT_DEGREE.log2(),
        }
    }

    /// Returns the least of the terms that the claim is made of.
    pub fn minimum(&self) -> f64 {
        [
            self.fri_queries,
            self.fri_folding,
            self.permutation,
            self.lookups,
            self.combination,
            self.evaluation,
        ]
        .into_iter()
        .fold(f64::INFINITY, f64::min)
    }
}

/// Bits that one query is worth under the random words conjecture of Diamond and Gruen (eprint 2025/2010, section 1.5):
/// `-log2(ρ + η)` with `η = ρ · log2(e/ρ) / log2(q)`.
///
/// A random word agrees with some word of a code of rate ρ over `q` elements on a share `ρ + η` of the places: of the
/// `q^(ρn)` words of the code each agrees on given `(ρ + η)n` places with probability `q^-((ρ + η)n)`, and there are
/// about `(e/ρ)^(ρn)` choices of places; so one is expected for `q^(ηn) = (e/ρ)^(ρn)`. The older count, `-log2(ρ)`
/// (ethSTARK, eprint 2021/582), leaves η out, and what it rests on is disproved (2025/2010; 2025/2046).
fn random_word_bits(fri: &FriConfig, field_bits: f64) -> f64 {
    let rate = (-(fri.rate_bits as f64)).exp2();
    let eta = rate * (std::f64::consts::E / rate).log2() / field_bits;
    -(rate + eta).log2()
}

/// The error of FRI in bits by Theorem 1.5 of Ben-Sasson, Carmon, Haböck, Kopparty and Saraf (eprint 2025/2055): words of
/// a line `u0 + z·u1` over a code of rate ρ and length n are within `γ = 1 - √ρ - η`, `η = √ρ / (2m)`, `m >= 3`, for at
/// most
///
/// ```text
/// a = (2(m + 1/2)^5 + 3(m + 1/2)γρ) / (3 ρ^(3/2)) · n  +  (m + 1/2) / √ρ
/// ```
///
/// challenges z, unless u0 and u1 are together. Powers of one challenge, as FRI takes for combining polynomials and for
/// folding, cost the degree in it. A query then passes with probability `1 - γ`, and grinding is done before it is drawn.
fn fri_proven(fri: &FriConfig, degree: f64, field_bits: f64, grinding: f64, m: f64) -> f64 {
    let rate = (-(fri.rate_bits as f64)).exp2();
    let length = (degree + fri.rate_bits as f64).exp2();
    let agreement = rate.sqrt() * (1.0 + 0.5 / m);
    let shifted = m + 0.5;
    let exceptional = (2.0 * shifted.powi(5) + 3.0 * shifted * (1.0 - agreement) * rate)
        / (3.0 * rate.powf(1.5))
        * length
        + shifted / rate.sqrt();
    let commit = field_bits - ((POLYNOMIALS + FOLDED) * exceptional).log2();
    let queries = -agreement.log2() * fri.num_query_rounds as f64 + grinding;
    -((-commit).exp2() + (-queries).exp2()).log2()
}

#[cfg(test)]
mod tests;
