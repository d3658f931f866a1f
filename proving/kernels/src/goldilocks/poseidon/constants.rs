//! The constants of the permutation, as the caller has them and as the kernels take them.

use super::{FULL_ROUNDS, PARTIAL_ROUNDS, WIDTH};
use crate::goldilocks::field::{EPSILON, ORDER};

/// The first row of the circulant part of the matrix whose product the kernels have written out.
const CIRCULANT: [u64; WIDTH] = [17, 15, 41, 16, 2, 28, 13, 13, 39, 18, 34, 20];

/// The diagonal part of that matrix.
const DIAGONAL: [u64; WIDTH] = [8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/// What plonky2 publishes about its Poseidon: names of its items are in the fields' documentation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoseidonConstants {
    /// `plonky2::hash::poseidon::ALL_ROUND_CONSTANTS`, a row a round.
    pub rounds: [u64; WIDTH * (FULL_ROUNDS + PARTIAL_ROUNDS)],
    /// `<GoldilocksField as Poseidon>::MDS_MATRIX_CIRC`.
    pub circulant: [u64; WIDTH],
    /// `<GoldilocksField as Poseidon>::MDS_MATRIX_DIAG`.
    pub diagonal: [u64; WIDTH],
    /// `<GoldilocksField as Poseidon>::FAST_PARTIAL_FIRST_ROUND_CONSTANT`.
    pub partial_first: [u64; WIDTH],
    /// `<GoldilocksField as Poseidon>::FAST_PARTIAL_ROUND_CONSTANTS`.
    pub partial: [u64; PARTIAL_ROUNDS],
}

/// Constants that the kernels do not take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PoseidonConstantsError {
    /// The kernels have one matrix written out, and this is another one.
    #[error("the matrix is not the one of plonky2's Poseidon over Goldilocks")]
    OtherMatrix,
    /// A round constant is not below the field's order.
    #[error("the constant {constant} is not canonical")]
    NotCanonical {
        /// The constant.
        constant: u64,
    },
}

/// The permutation, made from its constants once.
#[derive(Clone, Debug)]
pub struct Poseidon {
    /// Added before the first round.
    pub(super) first: [u64; WIDTH],
    /// Added after the matrix of each of the first full rounds; the last row begins the partial rounds.
    pub(super) beginning: [Split; FULL_ROUNDS / 2],
    /// Added to the first element after its power, in each partial round.
    pub(super) partial: [(u64, u64); PARTIAL_ROUNDS],
    /// Added after the last partial round's matrix, then after each of the last full rounds'; the last row is zero.
    pub(super) end: [Split; FULL_ROUNDS / 2 + 1],
}

/// Constants as low and high halves, to be added before the halves of a state are joined.
#[derive(Clone, Copy, Debug)]
pub(super) struct Split {
    pub(super) low: [u64; WIDTH],
    pub(super) high: [u64; WIDTH],
}

impl Poseidon {
    /// Checks the constants and prepares them.
    pub fn new(constants: &PoseidonConstants) -> Result<Self, PoseidonConstantsError> {
        if constants.circulant != CIRCULANT || constants.diagonal != DIAGONAL {
            return Err(PoseidonConstantsError::OtherMatrix);
        }
        let all = constants
            .rounds
            .iter()
            .chain(&constants.partial_first)
            .chain(&constants.partial);
        if let Some(&constant) = all.clone().find(|constant| **constant >= ORDER) {
            return Err(PoseidonConstantsError::NotCanonical { constant });
        }
        let half = FULL_ROUNDS / 2;
        let round = |r: usize| std::array::from_fn(|i| constants.rounds[WIDTH * r + i]);
        Ok(Self {
            first: round(0),
            beginning: std::array::from_fn(|r| {
                Split::new(&if r + 1 < half {
                    round(r + 1)
                } else {
                    constants.partial_first
                })
            }),
            partial: constants
                .partial
                .map(|constant| (constant & EPSILON, constant >> 32)),
            end: std::array::from_fn(|r| {
                Split::new(&if r < half {
                    round(half + PARTIAL_ROUNDS + r)
                } else {
                    [0; WIDTH]
                })
            }),
        })
    }
}

impl Split {
    fn new(constants: &[u64; WIDTH]) -> Self {
        Self {
            low: constants.map(|constant| constant & EPSILON),
            high: constants.map(|constant| constant >> 32),
        }
    }
}
