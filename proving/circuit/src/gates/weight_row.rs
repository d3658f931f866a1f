//! Opens, range-checks and uses 28 committed int8 weights in one row.

use assay_statement::Lane;
use plonky2::field::types::{Field, PrimeField64};

use super::formula::{Algebra, Formula};
use super::limbs::{compose, last_limb, limb_check, limbs, split};
use crate::field::F;

/// A piece of two dot products that share their activations: for each output `o` of two, over 14 inputs,
/// `after[o] = before[o] + Σ w[o][i]·x[i]`, where `w[o]` are the lanes of two packed elements.
///
/// The weights themselves have no wires: only their base-4 limbs do, all but the last of each element.
///
/// Wires: 2×2 packed elements, 14 activations, `before[2]`, `after[2]`, 4×27 limbs: 130, of them 22 routed.
///
/// # Constraints
/// Each element has 28 base-4 limbs, the last one implicit, so it is below 2^56 and its 7 lanes are unique;
/// and the two sums above with `w = 4 limbs - 128`.
///
/// # Assumes
/// Activations are lanes and the accumulators are bounded: see `ops::dense`.
///
/// # Costs
/// 1/28 row a weight, besides 1/56 for hashing the packed elements. The native twin is the sum itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WeightRow;

const LANE: Lane = Lane::Int8;
const LANES: usize = LANE.per_element();
const LIMBS_PER_WEIGHT: usize = limbs(LANE.bits());
/// Limbs of a packed element that have wires.
pub(super) const HINT_LIMBS: usize = LANES * LIMBS_PER_WEIGHT - 1;

impl WeightRow {
    /// Outputs that a row works on.
    pub const OUTPUTS: usize = 2;

    /// Packed elements of each output.
    pub const ELEMENTS: usize = 2;

    /// Inputs that a row takes.
    pub const INPUTS: usize = Self::ELEMENTS * LANES;

    /// Returns the wire of a packed element of an output.
    #[must_use]
    pub const fn element(output: usize, element: usize) -> usize {
        output * Self::ELEMENTS + element
    }

    /// Returns the wire of an activation.
    #[must_use]
    pub const fn activation(input: usize) -> usize {
        Self::OUTPUTS * Self::ELEMENTS + input
    }

    /// Returns the wire of an output's accumulator before this row.
    #[must_use]
    pub const fn before(output: usize) -> usize {
        Self::activation(Self::INPUTS) + output
    }

    /// Returns the wire of an output's accumulator after this row.
    #[must_use]
    pub const fn after(output: usize) -> usize {
        Self::before(Self::OUTPUTS) + output
    }

    fn limb_wires(element: usize) -> std::ops::Range<usize> {
        let start = Self::after(Self::OUTPUTS) + element * HINT_LIMBS;
        start..start + HINT_LIMBS
    }
}

/// Emits the limb checks of one packed element and returns its lanes, still offset.
pub(super) fn open<A: Algebra>(
    a: &mut A,
    packed: A::V,
    known: &[A::V],
    emit: &mut impl FnMut(A::V),
) -> [A::V; LANES] {
    let last = last_limb(a, packed, known);
    let all: [A::V; HINT_LIMBS + 1] =
        std::array::from_fn(|i| known.get(i).copied().unwrap_or(last));
    for &limb in &all {
        emit(limb_check(a, limb));
    }
    std::array::from_fn(|lane| {
        compose(
            a,
            &all[lane * LIMBS_PER_WEIGHT..(lane + 1) * LIMBS_PER_WEIGHT],
        )
    })
}

impl Formula for WeightRow {
    fn routed(&self) -> usize {
        Self::after(Self::OUTPUTS)
    }

    fn hints(&self) -> usize {
        Self::OUTPUTS * Self::ELEMENTS * HINT_LIMBS
    }

    fn degree(&self) -> usize {
        4
    }

    fn constraints(&self) -> usize {
        Self::OUTPUTS * (Self::ELEMENTS * (HINT_LIMBS + 1) + 1)
    }

    fn constrain<A: Algebra>(
        &self,
        a: &mut A,
        wires: &[A::V],
        _: &[A::V],
        mut emit: impl FnMut(A::V),
    ) {
        // Σ (u - 128)·x = Σ u·x - 128·Σ x, and both outputs share Σ x.
        let zero = a.constant(F::ZERO);
        let activations = &wires[Self::activation(0)..Self::activation(Self::INPUTS)];
        let total = activations.iter().fold(zero, |sum, &x| a.add(x, sum));
        for output in 0..Self::OUTPUTS {
            let offset = -F::from_canonical_u64(LANE.offset().cast_unsigned());
            let mut sum = a.scaled(offset, total, wires[Self::before(output)]);
            for (element, inputs) in activations.chunks(LANES).enumerate() {
                let element = Self::element(output, element);
                let lanes = open(
                    a,
                    wires[element],
                    &wires[Self::limb_wires(element)],
                    &mut emit,
                );
                for (&lane, &x) in lanes.iter().zip(inputs) {
                    sum = a.mul_add(lane, x, sum);
                }
            }
            emit(a.sub(sum, wires[Self::after(output)]));
        }
    }

    fn inputs(&self) -> Vec<usize> {
        (0..Self::after(0)).collect()
    }

    fn fill(&self, read: impl Fn(usize) -> F, _: &[F], mut write: impl FnMut(usize, F)) {
        for output in 0..Self::OUTPUTS {
            let mut sum = read(Self::before(output));
            for element in 0..Self::ELEMENTS {
                let wire = Self::element(output, element);
                let packed = read(wire).to_canonical_u64();
                for (wire, limb) in Self::limb_wires(wire).zip(split(packed, HINT_LIMBS)) {
                    write(wire, limb);
                }
                for lane in 0..LANES {
                    let lane_bits = (packed >> (LANE.bits() as usize * lane)) & 0xff;
                    let weight = F::from_canonical_u64(lane_bits) - F::from_canonical_u64(1 << 7);
                    sum += weight * read(Self::activation(element * LANES + lane));
                }
            }
            write(Self::after(output), sum);
        }
    }
}
