//! Affine points without a flag, the form that key files and the kernels share.

use ark_bn254::{Fq, Fq2, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use ark_ff::{AdditiveGroup, PrimeField};

/// A point of G1: x, y.
pub type G1Point = Point<2>;
/// A point of G2: x.c0, x.c1, y.c0, y.c1.
pub type G2Point = Point<4>;

/// The coordinates of an affine point; all zero for the point at infinity, as they satisfy neither curve equation.
///
/// One cache line holds a point of G1, two hold one of G2.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C, align(64))]
pub struct Point<const COORDINATES: usize>(pub [Fq; COORDINATES]);

impl<const COORDINATES: usize> Point<COORDINATES> {
    /// The point at infinity.
    pub const INFINITY: Self = Self([Fq::ZERO; COORDINATES]);

    /// Says whether this is the point at infinity.
    pub fn is_infinity(&self) -> bool {
        *self == Self::INFINITY
    }

    /// Says whether the limbs of every coordinate are below the modulus. Whoever makes a point from limbs must check
    /// it; all else takes it for granted.
    pub fn is_canonical(&self) -> bool {
        self.0.iter().all(|value| value.0 < Fq::MODULUS)
    }
}

impl From<&G1Affine> for G1Point {
    fn from(point: &G1Affine) -> Self {
        point.xy().map_or(Self::INFINITY, |(x, y)| Self([x, y]))
    }
}

impl From<&G2Affine> for G2Point {
    fn from(point: &G2Affine) -> Self {
        point
            .xy()
            .map_or(Self::INFINITY, |(x, y)| Self([x.c0, x.c1, y.c0, y.c1]))
    }
}

/// The curve equation is not checked.
impl From<&G1Point> for G1Affine {
    fn from(point: &G1Point) -> Self {
        if point.is_infinity() {
            return Self::identity();
        }
        let [x, y] = point.0;
        Self::new_unchecked(x, y)
    }
}

/// Neither the curve equation nor the subgroup is checked.
impl From<&G2Point> for G2Affine {
    fn from(point: &G2Point) -> Self {
        if point.is_infinity() {
            return Self::identity();
        }
        let [x0, x1, y0, y1] = point.0;
        Self::new_unchecked(Fq2::new(x0, x1), Fq2::new(y0, y1))
    }
}
