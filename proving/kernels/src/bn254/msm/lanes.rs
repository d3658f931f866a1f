//! What additions of points need of eight lanes of `Fq`, and eight lanes of `Fq2 = Fq[u] / (u² + 1)`.

use std::array::from_fn;

use ark_bn254::Fq2;

use super::point::{G1Point, G2Point};
use crate::bn254::ifma::FqLanes;

impl FqLanes {
    /// Loads eight points, negated where the mask has a one.
    #[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
    #[inline]
    pub(super) fn load_point(points: &[&G1Point; 8], negative: u8) -> (Self, Self) {
        let x = Self::load(from_fn(|lane| &points[lane].0[0]));
        let y = Self::load(from_fn(|lane| &points[lane].0[1]));
        (x, Self::select(negative, y.neg(), y))
    }

    /// Stores as many points as there is room for.
    #[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
    #[inline]
    pub(super) fn store_point(x: Self, y: Self, out: &mut [G1Point]) {
        let coordinates = [x.store(), y.store()];
        for (lane, point) in out.iter_mut().enumerate() {
            point.0 = from_fn(|index| coordinates[index][lane]);
        }
    }
}

/// Eight elements of `Fq2`; coordinates keep the bounds of [`FqLanes`].
#[derive(Clone, Copy)]
pub(super) struct Fq2Lanes {
    c0: FqLanes,
    c1: FqLanes,
}

impl Fq2Lanes {
    #[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
    #[inline]
    pub(super) fn zero() -> Self {
        let c0 = FqLanes::zero();
        Self { c0, c1: c0 }
    }

    #[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
    #[inline]
    pub(super) fn one() -> Self {
        Self {
            c0: FqLanes::one(),
            c1: FqLanes::zero(),
        }
    }

    #[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
    #[inline]
    pub(super) fn load(elements: [&Fq2; 8]) -> Self {
        Self {
            c0: FqLanes::load(elements.map(|element| &element.c0)),
            c1: FqLanes::load(elements.map(|element| &element.c1)),
        }
    }

    #[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
    #[inline]
    pub(super) fn store(self) -> [Fq2; 8] {
        let (c0, c1) = (self.c0.store(), self.c1.store());
        from_fn(|lane| Fq2::new(c0[lane], c1[lane]))
    }

    #[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
    #[inline]
    pub(super) fn select(mask: u8, yes: Self, no: Self) -> Self {
        Self {
            c0: FqLanes::select(mask, yes.c0, no.c0),
            c1: FqLanes::select(mask, yes.c1, no.c1),
        }
    }

    #[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
    #[inline]
    pub(super) fn is_zero(self) -> u8 {
        self.c0.is_zero() & self.c1.is_zero()
    }

    #[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
    #[inline]
    pub(super) fn add(self, other: Self) -> Self {
        Self {
            c0: self.c0.add(other.c0),
            c1: self.c1.add(other.c1),
        }
    }

    #[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
    #[inline]
    pub(super) fn sub(self, other: Self) -> Self {
        Self {
            c0: self.c0.sub(other.c0),
            c1: self.c1.sub(other.c1),
        }
    }

    #[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
    #[inline]
    pub(super) fn double(self) -> Self {
        self.add(self)
    }

    #[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
    #[inline]
    pub(super) fn neg(self) -> Self {
        Self::zero().sub(self)
    }

    /// Karatsuba: the sums of coordinates have bound 4 each.
    #[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
    #[inline]
    pub(super) fn mul(self, other: Self) -> Self {
        let low = self.c0.mul(other.c0);
        let high = self.c1.mul(other.c1);
        let sums = self.c0.add_lazy(self.c1).mul(other.c0.add_lazy(other.c1));
        Self {
            c0: low.sub(high),
            c1: sums.sub(low).sub(high),
        }
    }

    /// `(c0 + c1)(c0 - c1) + 2·c0·c1·u`, factors with bound 4.
    #[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
    #[inline]
    pub(super) fn square(self) -> Self {
        let (c0, c1) = (self.c0, self.c1);
        Self {
            c0: c0.add_lazy(c1).mul(c0.sub_lazy(c1)),
            c1: c0.add_lazy(c0).mul(c1),
        }
    }

    /// Loads eight points, negated where the mask has a one.
    #[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
    #[inline]
    pub(super) fn load_point(points: &[&G2Point; 8], negative: u8) -> (Self, Self) {
        let coordinate = |index: usize| FqLanes::load(from_fn(|lane| &points[lane].0[index]));
        let x = Self {
            c0: coordinate(0),
            c1: coordinate(1),
        };
        let y = Self {
            c0: coordinate(2),
            c1: coordinate(3),
        };
        (x, Self::select(negative, y.neg(), y))
    }

    /// Stores as many points as there is room for.
    #[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
    #[inline]
    pub(super) fn store_point(x: Self, y: Self, out: &mut [G2Point]) {
        let coordinates = [x.c0.store(), x.c1.store(), y.c0.store(), y.c1.store()];
        for (lane, point) in out.iter_mut().enumerate() {
            point.0 = from_fn(|index| coordinates[index][lane]);
        }
    }
}
