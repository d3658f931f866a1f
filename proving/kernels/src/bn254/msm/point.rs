//! Affine points as plain words, the form that key files and the kernels share.

use ark_bn254::{Fq, Fq2, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use ark_ff::{BigInt, PrimeField};

/// A point of G1: x, y.
pub type G1Point = Point<8>;
/// A point of G2: x.c0, x.c1, y.c0, y.c1.
pub type G2Point = Point<16>;

/// An affine point as the words of its coordinates: four of 64 bits each, the lowest first, in Montgomery form for
/// `R = 2^256` and below the modulus. The point at infinity is all zeros, which satisfy neither curve equation.
///
/// One cache line holds a point of G1, two hold one of G2.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C, align(64))]
pub struct Point<const WORDS: usize>(pub [u64; WORDS]);

impl<const WORDS: usize> Point<WORDS> {
    /// The point at infinity.
    pub const INFINITY: Self = Self([0; WORDS]);

    /// Says whether this is the point at infinity.
    pub fn is_infinity(&self) -> bool {
        self.0.iter().all(|&word| word == 0)
    }

    /// Says whether every coordinate is below the modulus, as every other function expects.
    pub fn is_canonical(&self) -> bool {
        let (coordinates, _) = self.0.as_chunks::<4>();
        coordinates
            .iter()
            .all(|words| BigInt(*words) < Fq::MODULUS)
    }

    pub(super) fn coordinate(&self, index: usize) -> Fq {
        let mut words = [0; 4];
        words.copy_from_slice(&self.0[4 * index..][..4]);
        Fq::new_unchecked(BigInt(words))
    }

    fn set_coordinate(&mut self, index: usize, value: Fq) {
        self.0[4 * index..][..4].copy_from_slice(&value.0.0);
    }
}

impl G1Point {
    pub(super) fn from_coordinates(x: Fq, y: Fq) -> Self {
        let mut point = Self::INFINITY;
        point.set_coordinate(0, x);
        point.set_coordinate(1, y);
        point
    }
}

impl G2Point {
    pub(super) fn from_coordinates(x: Fq2, y: Fq2) -> Self {
        let mut point = Self::INFINITY;
        for (index, value) in [x.c0, x.c1, y.c0, y.c1].into_iter().enumerate() {
            point.set_coordinate(index, value);
        }
        point
    }

    pub(super) fn pair(&self, first: usize) -> Fq2 {
        Fq2::new(self.coordinate(first), self.coordinate(first + 1))
    }
}

impl From<&G1Affine> for G1Point {
    fn from(point: &G1Affine) -> Self {
        point
            .xy()
            .map_or(Self::INFINITY, |(x, y)| Self::from_coordinates(x, y))
    }
}

impl From<&G2Affine> for G2Point {
    fn from(point: &G2Affine) -> Self {
        point
            .xy()
            .map_or(Self::INFINITY, |(x, y)| Self::from_coordinates(x, y))
    }
}

/// The curve equation is not checked.
impl From<&G1Point> for G1Affine {
    fn from(point: &G1Point) -> Self {
        if point.is_infinity() {
            Self::identity()
        } else {
            Self::new_unchecked(point.coordinate(0), point.coordinate(1))
        }
    }
}

/// Neither the curve equation nor the subgroup is checked.
impl From<&G2Point> for G2Affine {
    fn from(point: &G2Point) -> Self {
        if point.is_infinity() {
            Self::identity()
        } else {
            Self::new_unchecked(point.pair(0), point.pair(2))
        }
    }
}
