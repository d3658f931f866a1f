//! Opens, range-checks and uses 28 committed int8 weights in one row of a Freivalds check.

use assay_statement::Lane;
use plonky2::field::extension::quadratic::QuadraticExtension;
use plonky2::field::types::{Field, PrimeField64};

use super::extension::{Pair, pair_mul_add, pair_scale_add, read_pair, write_pair};
use super::formula::{Algebra, Formula};
use super::limbs::split;
use super::weight_row::{HINT_LIMBS, open};
use crate::field::F;

/// A piece of `Σ_o base^(N-1-o) Σ_k w[o][k]·s_k` for the weights of four outputs at seven inputs, where `s_k`
/// are values of the challenge field: `after = before·base⁴ + Σ_{o<4} base^(3-o) Σ_{k<7} w[o][k]·s_k`.
///
/// `w[o]` are the lanes of one packed element. As in [`super::WeightRow`] only their limbs have wires.
///
/// # Constraints
/// Each element has 28 base-4 limbs, the last one implicit, so it is below 2^56 and its 7 lanes are unique;
/// and the sum above with `w = 4 limbs - 128`.
///
/// # Assumes
/// Nothing: the sum is one of field elements.
///
/// # Costs
/// 1/28 row a weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WeightColumn;

const LANE: Lane = Lane::Int8;

impl WeightColumn {
    /// Outputs that a row works on, one packed element of each.
    pub const OUTPUTS: usize = 4;

    /// Inputs that a row takes.
    pub const INPUTS: usize = LANE.per_element();

    /// An element whose weights are all zero.
    pub const ZERO_ELEMENT: u64 = {
        let mut element = 0;
        let mut lane = 0;
        while lane < Self::INPUTS {
            element = element << LANE.bits() | LANE.offset().cast_unsigned();
            lane += 1;
        }
        element
    };

    /// Returns the wire of an output's packed element.
    #[must_use]
    pub const fn element(output: usize) -> usize {
        output
    }

    /// Returns the wire of an input's value, two wires.
    #[must_use]
    pub const fn input(input: usize) -> usize {
        Self::OUTPUTS + 2 * input
    }

    /// Wire of the base, two wires.
    pub const BASE: usize = Self::input(Self::INPUTS);
    /// Wire of the sum before, two wires.
    pub const BEFORE: usize = Self::BASE + 2;
    /// Wire of the sum after, two wires.
    pub const AFTER: usize = Self::BEFORE + 2;

    fn limb_wires(element: usize) -> std::ops::Range<usize> {
        let start = Self::AFTER + 2 + element * HINT_LIMBS;
        start..start + HINT_LIMBS
    }
}

impl Formula for WeightColumn {
    fn routed(&self) -> usize {
        Self::AFTER + 2
    }

    fn hints(&self) -> usize {
        Self::OUTPUTS * HINT_LIMBS
    }

    fn degree(&self) -> usize {
        // A limb, a value and three times the base; or the sum and four times the base.
        Self::OUTPUTS + 1
    }

    fn constraints(&self) -> usize {
        Self::OUTPUTS * (HINT_LIMBS + 1) + 2
    }

    fn constrain<A: Algebra>(
        &self,
        a: &mut A,
        wires: &[A::V],
        _: &[A::V],
        mut emit: impl FnMut(A::V),
    ) {
        let pair = |wire: usize| [wires[wire], wires[wire + 1]];
        let zero = a.constant(F::ZERO);
        // Σ (u - 128)·s = Σ u·s - 128·Σ s, and all outputs share Σ s.
        let inputs: [Pair<A::V>; Self::INPUTS] =
            std::array::from_fn(|input| pair(Self::input(input)));
        let total = inputs.iter().fold([zero; 2], |sum, input| {
            [a.add(input[0], sum[0]), a.add(input[1], sum[1])]
        });
        let offset = -F::from_canonical_u64(LANE.offset().cast_unsigned());
        let shared = total.map(|part| a.scaled(offset, part, zero));
        let mut sum = pair(Self::BEFORE);
        for output in 0..Self::OUTPUTS {
            let known = &wires[Self::limb_wires(output)];
            let lanes = open(a, wires[Self::element(output)], known, &mut emit);
            let dot = inputs
                .iter()
                .zip(lanes)
                .fold(shared, |dot, (&input, lane)| {
                    pair_scale_add(a, input, lane, dot)
                });
            sum = pair_mul_add(a, sum, pair(Self::BASE), dot);
        }
        for (sum, after) in sum.into_iter().zip(pair(Self::AFTER)) {
            emit(a.sub(sum, after));
        }
    }

    fn inputs(&self) -> Vec<usize> {
        (0..Self::AFTER).collect()
    }

    fn fill(&self, read: impl Fn(usize) -> F, _: &[F], mut write: impl FnMut(usize, F)) {
        let base = read_pair(&read, Self::BASE);
        let mut sum = read_pair(&read, Self::BEFORE);
        for output in 0..Self::OUTPUTS {
            let packed = read(Self::element(output)).to_canonical_u64();
            for (wire, limb) in Self::limb_wires(output).zip(split(packed, HINT_LIMBS)) {
                write(wire, limb);
            }
            sum *= base;
            for lane in 0..Self::INPUTS {
                let lane_bits = (packed >> (LANE.bits() as usize * lane)) & 0xff;
                let weight = F::from_canonical_u64(lane_bits)
                    - F::from_canonical_u64(LANE.offset().cast_unsigned());
                sum += read_pair(&read, Self::input(lane)) * QuadraticExtension::from(weight);
            }
        }
        write_pair(&mut write, Self::AFTER, sum);
    }
}
