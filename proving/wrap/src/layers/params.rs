//! The parameters of every layer and what they are worth.

use plonky2::fri::FriConfig;
use plonky2::fri::reduction_strategies::FriReductionStrategy;
use plonky2::plonk::circuit_data::CircuitConfig;

/// Base-field challenges of the permutation and lookup arguments, at every layer: with two, the permutation error of
/// a large circuit is above 2^-80.
pub const NUM_CHALLENGES: usize = 3;

/// Rows of L1 and L2, as a power of two.
pub const DEGREE_BITS: usize = 12;

/// Height of every Merkle cap: 16 hashes.
pub const CAP_HEIGHT: usize = 4;

/// Rows of the largest model circuit, as a power of two: up to here every term of the security arithmetic reaches what
/// is claimed.
pub const MAX_MODEL_DEGREE_BITS: usize = 20;

/// What the queries and grinding of every layer add up to by Plonky2's count, a query being worth the bits of the rate.
/// Its conjecture is disproved; what they are worth under a weaker one is `LayerSecurity::fri_queries`.
pub const SECURITY_BITS: usize = 100;

/// What is claimed: every term of every layer reaches it, in bits, for model circuits up to 2^20 rows, under the
/// conjecture about FRI that [`super::LayerSecurity`] names. The least are the folding challenges of FRI, which come from a field of 128 bits.
pub const CLAIMED_BITS: usize = 95;

/// Parameters for the circuits of models: fast to prove, dear to verify.
pub fn model() -> CircuitConfig {
    config(80, 3, 28, 16, arity16())
}

/// Parameters of a shrink step: as fast to prove as a model circuit, with one query less, made up for by grinding, so
/// that L1 fits 2^12 rows over a step of 2^13.
pub fn shrink() -> CircuitConfig {
    config(80, 3, 27, 19, arity16())
}

/// Parameters of the canonical layer L1: at this rate it takes few queries, so that L2 fits 2^12 rows with few routed
/// wires.
pub fn canonical() -> CircuitConfig {
    config(80, 4, 20, 20, arity16())
}

/// Parameters of L2. Few routed wires and folding by eight keep the R1CS small; a higher rate would double the
/// BN254 hashing. One bit of grinding more than elsewhere, as challenge words have 63 bits.
pub fn outer() -> CircuitConfig {
    config(48, 4, 21, 17, FriReductionStrategy::Fixed(vec![3, 3]))
}

/// Folding by sixteen down to at most 32 coefficients: all steps alike, so that recursion needs one kind of
/// interpolation gate.
fn arity16() -> FriReductionStrategy {
    FriReductionStrategy::ConstantArityBits(4, 5)
}

fn config(
    num_routed_wires: usize,
    rate_bits: usize,
    num_query_rounds: usize,
    proof_of_work_bits: u32,
    reduction_strategy: FriReductionStrategy,
) -> CircuitConfig {
    CircuitConfig {
        num_routed_wires,
        num_challenges: NUM_CHALLENGES,
        security_bits: SECURITY_BITS,
        fri_config: FriConfig {
            rate_bits,
            cap_height: CAP_HEIGHT,
            proof_of_work_bits,
            reduction_strategy,
            num_query_rounds,
        },
        ..CircuitConfig::standard_recursion_config()
    }
}
