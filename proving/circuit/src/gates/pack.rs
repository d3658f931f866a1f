//! Range-checks small integers and packs them into one field element.

use assay_statement::Lane;
use plonky2::field::types::{Field, PrimeField64};

use super::formula::{Algebra, Formula};
use super::limbs::{last_limb, limb_check, limbs, split};
use crate::field::{F, assert_no_wrap, signed};

/// Packs the lanes of one element: `packed = Σ (v_i + offset)·2^(width·i)`, each `min <= v_i < min + 2^bits`.
///
/// Wires: `packed`, the lanes, then for each lane all limbs but the last.
///
/// # Constraints
/// For each lane, `v_i - min` has `bits / 2` base-4 limbs, the last one implicit; and the sum above.
///
/// # Costs
/// int8: 4 elements a row. The native twin is [`Lane::pack`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pack {
    lane: Lane,
    min: i64,
    bits: u32,
}

impl Pack {
    /// Returns the gate for all values of a lane type.
    #[must_use]
    pub fn full(lane: Lane) -> Self {
        Self::narrow(lane, lane.min(), lane.bits())
    }

    /// Returns the gate for values from `min` up to, not including, `min + 2^bits`.
    ///
    /// # Panics
    /// If those are not all values of the lane type, or an absent one would not be zero bits.
    #[must_use]
    pub fn narrow(lane: Lane, min: i64, bits: u32) -> Self {
        assert!(
            min >= lane.min() && min + (1 << bits) - 1 <= lane.max(),
            "the range exceeds its lane"
        );
        assert!(
            lane.per_element() == 1 || min == lane.min(),
            "an absent lane of a shared element is zero bits"
        );
        let packed = 1 << (lane.bits() * lane.per_element() as u32);
        assert_no_wrap("packed lanes", packed, packed);
        Self { lane, min, bits }
    }

    /// Returns how many lanes an element has.
    #[must_use]
    pub fn lanes(&self) -> usize {
        self.lane.per_element()
    }

    /// Wire of the packed element.
    pub const PACKED: usize = 0;

    /// Returns the wire of a lane.
    #[must_use]
    pub const fn lane_wire(lane: usize) -> usize {
        1 + lane
    }

    fn hint_limbs(&self) -> usize {
        limbs(self.bits) - 1
    }

    fn limb_wires(&self, lane: usize) -> std::ops::Range<usize> {
        let start = self.routed() + lane * self.hint_limbs();
        start..start + self.hint_limbs()
    }
}

impl Formula for Pack {
    fn routed(&self) -> usize {
        1 + self.lanes()
    }

    fn hints(&self) -> usize {
        self.lanes() * self.hint_limbs()
    }

    fn degree(&self) -> usize {
        4
    }

    fn constraints(&self) -> usize {
        1 + self.lanes() * limbs(self.bits)
    }

    fn constrain<A: Algebra>(
        &self,
        a: &mut A,
        wires: &[A::V],
        _: &[A::V],
        mut emit: impl FnMut(A::V),
    ) {
        let mut sum = a.constant(F::ZERO);
        for lane in (0..self.lanes()).rev() {
            let value = wires[Self::lane_wire(lane)];
            let known = &wires[self.limb_wires(lane)];
            let raised = a.offset(value, -signed(self.min));
            let last = last_limb(a, raised, known);
            for &limb in known.iter().chain([&last]) {
                emit(limb_check(a, limb));
            }
            let unsigned = a.offset(value, signed(self.lane.offset()));
            sum = a.scaled(F::from_canonical_u64(1 << self.lane.bits()), sum, unsigned);
        }
        emit(a.sub(sum, wires[Self::PACKED]));
    }

    fn inputs(&self) -> Vec<usize> {
        (0..self.lanes()).map(Self::lane_wire).collect()
    }

    /// The smallest value: where values share an element, that is zero bits.
    fn idle(&self) -> F {
        signed(self.min)
    }

    fn fill(&self, read: impl Fn(usize) -> F, _: &[F], mut write: impl FnMut(usize, F)) {
        let mut sum = F::ZERO;
        for lane in (0..self.lanes()).rev() {
            let value = read(Self::lane_wire(lane));
            let raised = (value - signed(self.min)).to_canonical_u64();
            for (wire, limb) in self.limb_wires(lane).zip(split(raised, self.hint_limbs())) {
                write(wire, limb);
            }
            sum = sum * F::from_canonical_u64(1 << self.lane.bits())
                + value
                + signed(self.lane.offset());
        }
        write(Self::PACKED, sum);
    }
}
