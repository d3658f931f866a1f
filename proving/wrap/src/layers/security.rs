//! What the parameters of a layer are worth, term by term.

use plonky2::fri::FriConfig;
use plonky2::plonk::circuit_data::CircuitConfig;

/// log2 of the order of Goldilocks, rounded down.
const FIELD_BITS: f64 = 63.999;
/// Degree bound of the constraints in the witness polynomials, and so of what is divided by the vanishing polynomial.
const CONSTRAINT_DEGREE: f64 = 9.0;
/// Upper bound of constraints combined by α: those of the widest gate and of the permutation argument.
const CONSTRAINTS: f64 = 256.0;
/// Upper bound of the polynomials that one FRI instance combines.
const POLYNOMIALS: f64 = 512.0;
/// Upper bound of the summed sizes of all foldings: eight by sixteen.
const FOLDED: f64 = 128.0;

/// What the random combination of modular reductions in the R1CS is worth, in bits: it draws its coefficients once and is
/// sound up to 2^-120 (`r1cs`, module `reductions`).
pub const REDUCTION_BATCH_BITS: f64 = 120.0;

/// Error terms of one layer's proof, each in bits.
#[derive(Debug, Clone, Copy)]
pub struct LayerSecurity {
    /// FRI queries and grinding. Under the conjecture of Plonky2 (each query gives `rate_bits`), which holds below the
    /// capacity of the code only approximately.
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
            fri_queries: (fri.rate_bits * fri.num_query_rounds) as f64 + grinding,
            fri_proven: (3..200)
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

/// The error of FRI in bits by Theorem 8.3 of Ben-Sasson, Carmon, Ishai, Kopparty and Saraf (eprint 2020/654), with
/// their free parameter `m`. The theorem combines polynomials by independent coefficients; powers of one challenge cost
/// their number (Theorem 6.2).
fn fri_proven(fri: &FriConfig, degree: f64, field_bits: f64, grinding: f64, m: f64) -> f64 {
    let rate = (-(fri.rate_bits as f64)).exp2();
    let domain = (degree + fri.rate_bits as f64).exp2();
    let proximity = POLYNOMIALS * (m + 0.5).powi(7) / (2.0 * rate.powf(1.5)) * domain * domain;
    let folding = (2.0 * m + 1.0) * (domain + 1.0) / rate.sqrt() * FOLDED;
    let commit = field_bits - (proximity + folding).log2();
    let query = -(rate.sqrt() * (1.0 + 0.5 / m)).log2();
    let queries = query * fri.num_query_rounds as f64 + grinding;
    -((-commit).exp2() + (-queries).exp2()).log2()
}

#[cfg(test)]
mod tests {
    use super::super::tests::sample::outer;
    use super::super::{CommonData, canonical, hash, params};
    use super::*;

    fn assert_within_bounds(common: &CommonData) {
        let challenges = common.config.num_challenges;
        let products = 1 + common.num_partial_products;
        assert!((common.num_gate_constraints + 1 + products) as f64 <= CONSTRAINTS);
        let polynomials = common.num_constants
            + common.config.num_routed_wires
            + common.config.num_wires
            + challenges * products
            + challenges * common.quotient_degree_factor;
        // Those of the permutation argument are opened at two points.
        assert!((polynomials + challenges) as f64 <= POLYNOMIALS);
        assert!(
            common
                .gates
                .iter()
                .all(|gate| gate.0.degree() as f64 <= CONSTRAINT_DEGREE)
        );
        assert!((common.quotient_degree_factor + 1) as f64 <= CONSTRAINT_DEGREE);
    }

    #[test]
    fn built_circuits_stay_within_the_assumed_sizes() {
        assert_within_bounds(&canonical::pinned());
        assert_within_bounds(&outer().circuit().common);
    }

    #[test]
    fn every_layer_draws_three_challenges() {
        let layers = [
            params::model(),
            params::shrink(),
            params::canonical(),
            params::bind(),
            params::outer(),
        ];
        assert_eq!(layers.map(|layer| layer.num_challenges), [3; 5]);
        assert_eq!(canonical::pinned().config.num_challenges, 3);
        assert_eq!(outer().circuit().common.config.num_challenges, 3);
    }

    /// `num_challenges` by size: two would be worth what the queries are up to 2^7 rows only, which no model saves by, so that
    /// every size draws three and all circuits have one configuration.
    #[test]
    fn two_challenges_are_enough_up_to_128_rows_alone() {
        let with = |challenges, degree| {
            let config = CircuitConfig {
                num_challenges: challenges,
                ..params::model()
            };
            LayerSecurity::new(&config, degree, None).permutation
        };
        let least = params::SECURITY_BITS as f64;
        assert!((1..=7).all(|degree| with(2, degree) >= least));
        assert!((8..=20).all(|degree| with(2, degree) < least));
        assert!((1..=20).all(|degree| with(3, degree) >= least));
    }

    /// Terms of every layer, rounded down: queries, folding, permutation and lookups, α, ζ, and what is proven of FRI.
    /// `ARCHITECTURE.md` has this table.
    #[test]
    fn terms_are_those_of_the_table() {
        let short = Some(hash::CHALLENGE_BITS);
        let degree = params::DEGREE_BITS;
        let rows = [
            (params::model(), 13, None, [100, 102, 134, 167, 111, 55]),
            (params::model(), 17, None, [100, 98, 122, 167, 107, 54]),
            // The largest size that is foreseen.
            (params::model(), 20, None, [100, 95, 113, 167, 104, 52]),
            (params::shrink(), 13, None, [100, 101, 134, 167, 111, 57]),
            (params::shrink(), 14, None, [100, 100, 131, 167, 110, 57]),
            (
                params::canonical(),
                degree,
                None,
                [100, 103, 137, 167, 112, 56],
            ),
            (params::bind(), degree, None, [100, 102, 137, 167, 112, 57]),
            (
                params::outer(),
                degree,
                short,
                [100, 101, 136, 165, 110, 55],
            ),
        ];
        assert!(REDUCTION_BATCH_BITS >= params::CLAIMED_BITS as f64);
        for (index, (config, degree, bits, expected)) in rows.into_iter().enumerate() {
            let layer = LayerSecurity::new(&config, degree, bits);
            let terms = [
                layer.fri_queries,
                layer.fri_folding,
                layer.permutation.min(layer.lookups),
                layer.combination,
                layer.evaluation,
                layer.fri_proven,
            ];
            assert_eq!(terms.map(|bits| bits as u32), expected, "row {index}");
            assert!(layer.fri_queries >= params::SECURITY_BITS as f64);
            assert!(
                layer.minimum() >= params::CLAIMED_BITS as f64,
                "row {index}"
            );
        }
    }
}
