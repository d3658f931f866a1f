//! What the parameters of a layer are worth, term by term.

use plonky2::plonk::circuit_data::CircuitConfig;

/// log2 of the order of Goldilocks, rounded down.
const FIELD_BITS: f64 = 63.999;
/// Degree bound of the constraints in the witness polynomials, and so of what is divided by the vanishing polynomial.
const CONSTRAINT_DEGREE: f64 = 9.0;
/// Upper bound of constraints combined by α: those of the widest gate and of the permutation argument.
const CONSTRAINTS: f64 = 256.0;
/// Upper bound of the polynomials that one FRI instance combines.
const POLYNOMIALS: f64 = 512.0;

/// What the random combination of modular reductions in the R1CS is worth, in bits: it draws its coefficients once and is
/// sound up to 2^-120 (`r1cs`, module `reductions`).
pub const REDUCTION_BATCH_BITS: f64 = 120.0;

/// Error terms of one layer's proof, each in bits.
#[derive(Debug, Clone, Copy)]
pub struct LayerSecurity {
    /// FRI queries and grinding. Under the conjecture of Plonky2 (each query gives `rate_bits`), which holds below the
    /// capacity of the code only approximately.
    pub fri_queries: f64,
    /// FRI batching and folding challenges from the quadratic extension.
    pub fri_folding: f64,
    /// The permutation (copy) argument: β and γ, repeated.
    pub permutation: f64,
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
        Self {
            fri_queries: (fri.rate_bits * fri.num_query_rounds) as f64 + grinding,
            fri_folding: 2.0 * word - degree - fri.rate_bits as f64 - POLYNOMIALS.log2(),
            permutation: challenges * (word - degree - routed.log2()),
            combination: challenges * (word - CONSTRAINTS.log2()),
            evaluation: 2.0 * word - degree - CONSTRAINT_DEGREE.log2(),
        }
    }

    /// Returns the least term.
    pub fn minimum(&self) -> f64 {
        [
            self.fri_queries,
            self.fri_folding,
            self.permutation,
            self.combination,
            self.evaluation,
        ]
        .into_iter()
        .fold(f64::INFINITY, f64::min)
    }
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
    fn every_layer_reaches_the_claimed_bits() {
        let challenge_bits = Some(hash::CHALLENGE_BITS);
        let layers = [
            // A model circuit at the largest size that is foreseen.
            LayerSecurity::new(&params::model(), 20, None),
            LayerSecurity::new(&params::shrink(), 14, None),
            LayerSecurity::new(&params::canonical(), params::DEGREE_BITS, None),
            LayerSecurity::new(&params::bind(), params::DEGREE_BITS, None),
            LayerSecurity::new(&params::outer(), params::DEGREE_BITS, challenge_bits),
        ];
        assert!(REDUCTION_BATCH_BITS >= params::CLAIMED_BITS as f64);
        for (index, layer) in layers.iter().enumerate() {
            assert!(
                layer.minimum() >= params::CLAIMED_BITS as f64,
                "layer {index}: {layer:?}"
            );
        }
    }
}
