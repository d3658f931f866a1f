//! Additions of affine points with one inversion, eight at a time on AVX-512 IFMA.

use std::array::from_fn;

use ark_ff::batch_inversion;

use super::batch::Pairs;
use super::lanes::Fq2Lanes;
use super::point::{G1Point, G2Point};
use crate::bn254::ifma::FqLanes;

/// Vectors of additions that share one inversion: what they keep between the two passes fits in a core's cache.
const BATCH: usize = 256;

/// Lanes of a vector.
const LANES: usize = 8;

/// The lanes in which an addition is no line through two points and no tangent.
#[derive(Clone, Copy, Default)]
struct Special {
    /// The first point is the point at infinity: the sum is the second.
    first: u8,
    /// The second point is the point at infinity: the sum is the first.
    second: u8,
    /// The points are opposite.
    opposite: u8,
}

impl Special {
    fn any(self) -> u8 {
        self.first | self.second | self.opposite
    }
}

/// Writes the sums of pairs of points with coordinates `$lanes`. A macro, as functions of a trait cannot be safe and
/// have target features.
macro_rules! add_pairs {
    ($name:ident, $batch:ident, $forward:ident, $special:ident, $backward:ident, $step:ident, $lanes:ty, $point:ty) => {
        /// One vector of additions between the passes.
        struct $step {
            x1: $lanes,
            x2: $lanes,
            y1: $lanes,
            /// `y2 - y1`, or the tangent's numerator.
            numerator: $lanes,
            denominator: $lanes,
            /// The product of the denominators before this one.
            product: $lanes,
            special: Special,
        }

        /// Writes the sum of each pair.
        #[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
        pub(super) fn $name(pairs: &Pairs<'_, $point>, out: &mut [$point]) {
            let mut steps = Vec::with_capacity(BATCH.min(out.len().div_ceil(LANES)));
            let batches = pairs.references.chunks(BATCH * LANES);
            for (references, out) in batches.zip(out.chunks_mut(BATCH * LANES)) {
                $batch(pairs, references, out, &mut steps);
            }
        }

        #[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
        fn $batch(
            pairs: &Pairs<'_, $point>,
            references: &[[u32; 2]],
            out: &mut [$point],
            steps: &mut Vec<$step>,
        ) {
            steps.clear();
            let mut product = <$lanes>::one();
            for references in references.chunks(LANES) {
                let step = $forward(pairs, references, product);
                product = product.mul(step.denominator);
                steps.push(step);
            }
            let mut inverses = product.store();
            batch_inversion(&mut inverses);
            let mut inverse = <$lanes>::load(from_fn(|lane| &inverses[lane]));
            for (step, out) in steps.iter().zip(out.chunks_mut(LANES)).rev() {
                $backward(step, inverse, out);
                inverse = inverse.mul(step.denominator);
            }
        }

        #[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
        #[inline]
        fn $forward(pairs: &Pairs<'_, $point>, references: &[[u32; 2]], product: $lanes) -> $step {
            let infinity = <$point>::INFINITY;
            let mut points = [[&infinity; LANES]; 2];
            let mut negative = [0u8; 2];
            for (lane, pair) in references.iter().enumerate() {
                for side in 0..2 {
                    points[side][lane] = pairs.point(pair[side]);
                    negative[side] |= (pair[side] as u8 & 1) << lane;
                }
            }
            let [(x1, y1), (x2, y2)] = [
                <$lanes>::load_point(&points[0], negative[0]),
                <$lanes>::load_point(&points[1], negative[1]),
            ];
            let mut step = $step {
                x1,
                x2,
                y1,
                numerator: y2.sub(y1),
                denominator: x2.sub(x1),
                product,
                special: Special::default(),
            };
            if step.denominator.is_zero() | x1.is_zero() | x2.is_zero() != 0 {
                $special(&mut step, y2);
            }
            step
        }

        /// Finds lanes whose sum is not on the line through two points.
        #[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
        #[cold]
        fn $special(step: &mut $step, y2: $lanes) {
            let first = step.x1.is_zero() & step.y1.is_zero();
            let second = step.x2.is_zero() & y2.is_zero() & !first;
            let same_x = step.denominator.is_zero() & !first & !second;
            let tangent = same_x & step.numerator.is_zero() & !step.y1.is_zero();
            let opposite = same_x & !tangent;

            let square = step.x1.square();
            let triple = square.double().add(square);
            step.numerator = <$lanes>::select(tangent, triple, step.numerator);
            step.denominator = <$lanes>::select(tangent, step.y1.double(), step.denominator);
            step.special = Special {
                first,
                second,
                opposite,
            };
            // The inverse is that of a product: one leaves it alone.
            let any = step.special.any();
            step.denominator = <$lanes>::select(any, <$lanes>::one(), step.denominator);
        }

        #[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
        #[inline]
        fn $backward(step: &$step, inverse: $lanes, out: &mut [$point]) {
            let slope = step.numerator.mul(inverse.mul(step.product));
            let mut x = slope.square().sub(step.x1).sub(step.x2);
            let mut y = slope.mul(step.x1.sub(x)).sub(step.y1);
            if step.special.any() != 0 {
                let Special {
                    first,
                    second,
                    opposite,
                } = step.special;
                // The first point being infinite, its y is zero and the numerator is the second's y.
                x = <$lanes>::select(first, step.x2, x);
                y = <$lanes>::select(first, step.numerator, y);
                x = <$lanes>::select(second, step.x1, x);
                y = <$lanes>::select(second, step.y1, y);
                x = <$lanes>::select(opposite, <$lanes>::zero(), x);
                y = <$lanes>::select(opposite, <$lanes>::zero(), y);
            }
            <$lanes>::store_point(x, y, out);
        }
    };
}

add_pairs!(
    add_pairs_g1,
    add_batch_g1,
    forward_g1,
    special_g1,
    backward_g1,
    StepG1,
    FqLanes,
    G1Point
);
add_pairs!(
    add_pairs_g2,
    add_batch_g2,
    forward_g2,
    special_g2,
    backward_g2,
    StepG2,
    Fq2Lanes,
    G2Point
);
