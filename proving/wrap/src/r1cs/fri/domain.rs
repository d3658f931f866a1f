//! The evaluation domain of FRI: where an index lies, and the roots of unity of its cosets.

use crate::layers::F;
use plonky2::field::types::{Field, PrimeField64};

pub(super) fn inverse_of_arity(arity_bits: usize) -> u64 {
    F::from_canonical_u64(1 << arity_bits)
        .inverse()
        .to_canonical_u64()
}

/// Returns a power of the root of unity of order `2^bits`.
pub(super) fn root_power(bits: usize, exponent: usize) -> u64 {
    F::primitive_root_of_unity(bits)
        .exp_u64(exponent as u64)
        .to_canonical_u64()
}

pub(super) fn reversed(value: usize, bits: usize) -> usize {
    if bits == 0 {
        0
    } else {
        value.reverse_bits() >> (usize::BITS as usize - bits)
    }
}

/// The evaluation domain: index `i` lies at `shift * w^rev(i)`.
pub(super) struct Domain {
    pub(super) bits: usize,
}

impl Domain {
    /// Returns the point `x^(2^folded)` for an index whose bits below `from` are zero, those in `from..split` are
    /// `low` and those from `split` on are `high`.
    pub(super) fn point(
        &self,
        folded: usize,
        from: usize,
        low: usize,
        high: usize,
        split: usize,
    ) -> F {
        let index = low << from | high << split;
        let point = F::MULTIPLICATIVE_GROUP_GENERATOR
            * F::primitive_root_of_unity(self.bits).exp_u64(reversed(index, self.bits) as u64);
        point.exp_power_of_2(folded)
    }
}
