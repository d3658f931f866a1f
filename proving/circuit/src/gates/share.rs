//! Shares of a row's exponentials in their sum.

use assay_model::quant::ops::softmax::{EXP_BITS, SHARE_SHIFT};
use plonky2::field::types::{Field, PrimeField64};

use super::formula::{Algebra, Formula};
use super::limbs::{compose, last_limb, limb_check, limbs, split};
use super::saturate::{LANE_BITS, LANE_MIN};
use crate::field::{F, assert_no_wrap, signed};

/// Takes seven lanes of a row of a softmax: their differences from the row's largest lane, which are the keys of a
/// lookup, and from what that finds, their exponentials, the result's lanes. It also carries on the sum of the
/// exponentials, and a product that is zero once a difference was.
///
/// # Constraints
/// - `difference = max - lane`
/// - `exponential·reciprocal + 2^21 = v·2^22 + u`, `u` in [0, 2^22), `v` in [0, 2^8)
/// - `share = v - 128`
/// - `sum' = sum + Σ exponential`
/// - `product' = product·Π difference`, three factors at a time, with the results between as hints
///
/// With the exponential and the reciprocal given, a division by 2^22 has one quotient and one remainder.
///
/// # Assumes
/// Exponentials up to 2^15, reciprocals below 2^16. The products of field elements are zero only if a factor is.
///
/// # Costs
/// 1/7 row a lane. Its native twin is `Softmax::rows` of `assay-model`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share;

/// Wires of every lane.
const OF_LANE: usize = 4;

/// Limbs of `v` but the last, then those of `u`.
const VALUE_LIMBS: usize = limbs(LANE_BITS) - 1;
const REMAINDER_LIMBS: usize = limbs(SHARE_SHIFT);
const HINTS: usize = VALUE_LIMBS + REMAINDER_LIMBS;

/// Factors between two products; the degree is one more.
const STEP: usize = 3;

impl Share {
    /// Lanes of a row.
    pub const LANES: usize = 7;

    /// Wire of the row's largest lane.
    pub const MAX: usize = 0;
    /// Wire of the quotient of a constant and the sum.
    pub const RECIPROCAL: usize = 1;
    /// Wire of the sum before.
    pub const SUM_BEFORE: usize = 2;
    /// Wire of the product before.
    pub const PRODUCT_BEFORE: usize = 3;
    /// Wire of the sum after.
    pub const SUM_AFTER: usize = 4;
    /// Wire of the product after.
    pub const PRODUCT_AFTER: usize = 5;

    const fn of_lane(lane: usize, index: usize) -> usize {
        6 + lane * OF_LANE + index
    }

    /// Returns the wire of a lane.
    #[must_use]
    pub const fn lane(lane: usize) -> usize {
        Self::of_lane(lane, 0)
    }

    /// Returns the wire of a lane's exponential.
    #[must_use]
    pub const fn exponential(lane: usize) -> usize {
        Self::of_lane(lane, 1)
    }

    /// Returns the wire of a lane's difference from the largest.
    #[must_use]
    pub const fn difference(lane: usize) -> usize {
        Self::of_lane(lane, 2)
    }

    /// Returns the wire of a result's lane.
    #[must_use]
    pub const fn share(lane: usize) -> usize {
        Self::of_lane(lane, 3)
    }

    /// Returns the gate.
    ///
    /// # Panics
    /// If one of its relations could wrap around the field.
    #[must_use]
    pub fn new() -> Self {
        assert_no_wrap(
            "a share",
            (1 << (2 * EXP_BITS + 1)) + (1 << SHARE_SHIFT),
            1 << (LANE_BITS + SHARE_SHIFT),
        );
        Self
    }

    const fn products() -> usize {
        Self::LANES.div_ceil(STEP)
    }

    /// Returns the wire of the product after a step.
    const fn product(step: usize) -> usize {
        if step + 1 == Self::products() {
            Self::PRODUCT_AFTER
        } else {
            Self::of_lane(Self::LANES, 0) + step
        }
    }

    const fn hints_of_lane(lane: usize) -> std::ops::Range<usize> {
        let start = Self::of_lane(Self::LANES, 0) + Self::products() - 1 + lane * HINTS;
        start..start + HINTS
    }
}

impl Default for Share {
    fn default() -> Self {
        Self::new()
    }
}

/// What is added before the division: half of what divides.
const HALF: u64 = 1 << (SHARE_SHIFT - 1);

impl Formula for Share {
    fn routed(&self) -> usize {
        Self::of_lane(Self::LANES, 0)
    }

    fn hints(&self) -> usize {
        Self::products() - 1 + Self::LANES * HINTS
    }

    fn degree(&self) -> usize {
        4
    }

    fn constraints(&self) -> usize {
        // Of a lane the difference, the ranges and the division; of a row the sum and the products.
        Self::LANES * (2 + HINTS + 1) + 1 + Self::products()
    }

    fn constrain<A: Algebra>(
        &self,
        a: &mut A,
        wires: &[A::V],
        _: &[A::V],
        mut emit: impl FnMut(A::V),
    ) {
        let mut sum = wires[Self::SUM_BEFORE];
        for lane in 0..Self::LANES {
            let [value, exponential, difference, share] =
                std::array::from_fn(|index| wires[Self::of_lane(lane, index)]);
            let expected = a.sub(wires[Self::MAX], value);
            emit(a.sub(expected, difference));
            sum = a.add(sum, exponential);

            let (known, remainder) = wires[Self::hints_of_lane(lane)].split_at(VALUE_LIMBS);
            let quotient = a.offset(share, signed(-LANE_MIN));
            let last = last_limb(a, quotient, known);
            for &limb in known.iter().chain([&last]).chain(remainder) {
                emit(limb_check(a, limb));
            }
            let remainder = compose(a, remainder);
            let half = a.constant(F::from_canonical_u64(HALF));
            let dividend = a.mul_add(exponential, wires[Self::RECIPROCAL], half);
            let divided = a.scaled(F::from_canonical_u64(1 << SHARE_SHIFT), quotient, remainder);
            emit(a.sub(dividend, divided));
        }
        emit(a.sub(sum, wires[Self::SUM_AFTER]));
        let mut product = wires[Self::PRODUCT_BEFORE];
        for step in 0..Self::products() {
            for lane in step * STEP..((step + 1) * STEP).min(Self::LANES) {
                product = a.mul(product, wires[Self::difference(lane)]);
            }
            let after = wires[Self::product(step)];
            emit(a.sub(product, after));
            product = after;
        }
    }

    fn inputs(&self) -> Vec<usize> {
        let of_lanes =
            (0..Self::LANES).flat_map(|lane| [Self::lane(lane), Self::exponential(lane)]);
        (0..Self::SUM_AFTER).chain(of_lanes).collect()
    }

    fn fill(&self, read: impl Fn(usize) -> F, _: &[F], mut write: impl FnMut(usize, F)) {
        let mut sum = read(Self::SUM_BEFORE);
        let mut product = read(Self::PRODUCT_BEFORE);
        for lane in 0..Self::LANES {
            let exponential = read(Self::exponential(lane));
            let difference = read(Self::MAX) - read(Self::lane(lane));
            sum += exponential;
            product *= difference;
            if (lane + 1) % STEP == 0 && lane + 1 < Self::LANES {
                write(Self::product(lane / STEP), product);
            }
            let dividend = exponential * read(Self::RECIPROCAL) + F::from_canonical_u64(HALF);
            let dividend = dividend.to_canonical_u64();
            let quotient = dividend >> SHARE_SHIFT;
            write(Self::difference(lane), difference);
            write(
                Self::share(lane),
                F::from_canonical_u64(quotient) + signed(LANE_MIN),
            );
            let limbs = split(quotient, VALUE_LIMBS).chain(split(dividend, REMAINDER_LIMBS));
            for (wire, limb) in Self::hints_of_lane(lane).zip(limbs) {
                write(wire, limb);
            }
        }
        write(Self::SUM_AFTER, sum);
        write(Self::PRODUCT_AFTER, product);
    }
}
