//! The reciprocal root of a row's variance.

use assay_model::quant::ops::LayerNorm;
use assay_model::quant::ops::layer_norm::ROOT_BITS;
use plonky2::field::types::{Field, PrimeField64};

use super::formula::{Algebra, Formula};
use super::limbs::{compose, last_limb, limb_check, limbs, split};
use super::max_pool::bits_of;
use crate::field::{F, assert_no_wrap};

/// Computes `r = ⌊2^24 / √W⌋` for `W = n·squares - sum² + epsilon`, of rows of `n` lanes.
///
/// # Constraints
/// - `r` and `product` have the bits of their bounds, rounded up to whole limbs
/// - `r·W = product`
/// - `below = 2^48 - r·product` and `above = 2·product + W - 1 - below` are not negative: they have the bits of
///   the largest `2·product + W`
///
/// So `r²·W <= 2^48 < (r + 1)²·W` in the integers: one `r` does that, and it decides the rest.
///
/// # Assumes
/// `sum` and `squares` are those of `n` int8 lanes, `epsilon` is in its committed range.
///
/// # Costs
/// One a row. Its native twin is `LayerNorm::rows` of `assay-model`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Root {
    width: usize,
}

impl Root {
    /// Wire of the sum of the lanes.
    pub const SUM: usize = 0;
    /// Wire of the sum of their squares.
    pub const SQUARES: usize = 1;
    /// Wire of the committed epsilon.
    pub const EPSILON: usize = 2;
    /// Wire of the reciprocal root.
    pub const ROOT: usize = 3;

    /// Returns the gate for rows of `width` lanes.
    ///
    /// # Panics
    /// If one of its relations could wrap around the field.
    #[must_use]
    pub fn new(width: usize) -> Self {
        let gate = Self { width };
        let variance = LayerNorm::variance_bound(width);
        let [root, product, gap] = gate.bits().map(|bits| 1_u128 << bits);
        let terms = variance + LayerNorm::epsilon_max(width).unsigned_abs() as u128;
        assert_no_wrap("a variance", terms, terms);
        assert_no_wrap("a root times a variance", root * variance, product);
        assert_no_wrap("a root", (1 << (2 * ROOT_BITS)) + root * product, gap);
        assert_no_wrap("the next root", 2 * product + variance + gap, gap);
        gate
    }

    /// Returns the bits of r, of `r·W`, and of both gaps.
    fn bits(&self) -> [u32; 3] {
        let product = LayerNorm::root_times_variance_bound(self.width);
        let gap = 2 * product + LayerNorm::variance_bound(self.width);
        [LayerNorm::root_bound(self.width), product, gap].map(bits_of)
    }

    /// Returns the wires of the limbs of r but the last, of `r·W`, and of both gaps.
    fn limb_wires(&self) -> [std::ops::Range<usize>; 4] {
        let [root, product, gap] = self.bits().map(limbs);
        let mut start = Self::ROOT + 1;
        [root - 1, product, gap, gap].map(|count| {
            start += count;
            start - count..start
        })
    }
}

impl Formula for Root {
    fn routed(&self) -> usize {
        Self::ROOT + 1
    }

    fn hints(&self) -> usize {
        self.limb_wires()[3].end - self.routed()
    }

    fn degree(&self) -> usize {
        4
    }

    fn constraints(&self) -> usize {
        self.hints() + 1 + 3
    }

    fn constrain<A: Algebra>(
        &self,
        a: &mut A,
        wires: &[A::V],
        _: &[A::V],
        mut emit: impl FnMut(A::V),
    ) {
        let root = wires[Self::ROOT];
        let [of_root, of_product, of_below, of_above] = self.limb_wires();
        let last = last_limb(a, root, &wires[of_root]);
        for &limb in wires[self.routed()..].iter().chain([&last]) {
            emit(limb_check(a, limb));
        }
        let product = compose(a, &wires[of_product]);
        let below = compose(a, &wires[of_below]);
        let above = compose(a, &wires[of_above]);

        // n·squares + epsilon - sum²
        let width = F::from_canonical_usize(self.width);
        let raised = a.scaled(width, wires[Self::SQUARES], wires[Self::EPSILON]);
        let sum = wires[Self::SUM];
        let variance = a.product(F::NEG_ONE, sum, sum, F::ONE, raised);

        let expected = a.mul(root, variance);
        emit(a.sub(expected, product));
        let total = a.mul_add(root, product, below);
        emit(a.offset(total, -F::from_canonical_u64(1 << (2 * ROOT_BITS))));
        let room = a.scaled(F::TWO, product, variance);
        let gaps = a.add(below, above);
        let gaps = a.offset(gaps, F::ONE);
        emit(a.sub(room, gaps));
    }

    fn inputs(&self) -> Vec<usize> {
        (Self::SUM..Self::ROOT).collect()
    }

    fn fill(&self, read: impl Fn(usize) -> F, _: &[F], mut write: impl FnMut(usize, F)) {
        let sum = read(Self::SUM);
        let squares = F::from_canonical_usize(self.width) * read(Self::SQUARES);
        let variance = squares - sum * sum + read(Self::EPSILON);
        let unit = 1_u64 << (2 * ROOT_BITS);
        // The root of the floor is the floor of the root. W is positive but for inputs that are not assumed.
        let quotient = unit.checked_div(variance.to_canonical_u64());
        let root = F::from_canonical_u64(quotient.unwrap_or(0).isqrt());
        let product = root * variance;
        let below = F::from_canonical_u64(unit) - root * product;
        let above = product.double() + variance - F::ONE - below;
        write(Self::ROOT, root);
        let numbers = [root, product, below, above];
        for (wires, number) in self.limb_wires().into_iter().zip(numbers) {
            let count = wires.len();
            for (wire, limb) in wires.zip(split(number.to_canonical_u64(), count)) {
                write(wire, limb);
            }
        }
    }
}
