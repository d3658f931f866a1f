//! The two groups.

use std::fmt::Debug;

use ark_bn254::{Fq, Fq2, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use ark_ff::Field;

use super::batch::{self, Pairs};
#[cfg(target_arch = "x86_64")]
use super::ifma;
use super::point::{G1Point, G2Point, Point};
use crate::Path;

/// A group that sums are computed in.
pub trait Group: Copy + Debug + Send + Sync + 'static + Arithmetic {}

impl Group for G1 {}
impl Group for G2 {}

/// G1 of BN254.
#[derive(Clone, Copy, Debug)]
pub struct G1;

/// G2 of BN254.
#[derive(Clone, Copy, Debug)]
pub struct G2;

/// What the sums need of a group. Not public: [`Group`] is implemented here and nowhere else.
pub trait Arithmetic: Sized {
    /// The field of the coordinates.
    type Field: Field;
    /// The affine form of arkworks.
    type Affine: AffineRepr<Group = Self::Total>;
    /// The result of a sum.
    type Total: ark_ec::CurveGroup<Affine = Self::Affine>;
    /// A base.
    type Point: Copy + Debug + PartialEq + Send + Sync + 'static;

    /// The point at infinity.
    const INFINITY: Self::Point;

    /// The coordinates; both zero for the point at infinity.
    fn coordinates(point: &Self::Point) -> (Self::Field, Self::Field);

    /// The point with these coordinates.
    fn point(x: Self::Field, y: Self::Field) -> Self::Point;

    /// The form that arkworks adds.
    fn affine(point: &Self::Point) -> Self::Affine;

    /// Adds pairs of points.
    fn add_pairs(path: Path, pairs: &Pairs<'_, Self::Point>, out: &mut [Self::Point]);
}

impl Arithmetic for G1 {
    type Field = Fq;
    type Affine = G1Affine;
    type Total = ark_bn254::G1Projective;
    type Point = G1Point;

    const INFINITY: G1Point = G1Point::INFINITY;

    fn coordinates(point: &G1Point) -> (Fq, Fq) {
        (point.0[0], point.0[1])
    }

    fn point(x: Fq, y: Fq) -> G1Point {
        Point([x, y])
    }

    fn affine(point: &G1Point) -> G1Affine {
        point.into()
    }

    fn add_pairs(path: Path, pairs: &Pairs<'_, G1Point>, out: &mut [G1Point]) {
        match path {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: the processor has the path, as was just asked.
            Path::Avx512 if path.is_available() => unsafe { ifma::add_pairs_g1(pairs, out) },
            _ => batch::add_pairs::<Self>(pairs, out),
        }
    }
}

impl Arithmetic for G2 {
    type Field = Fq2;
    type Affine = G2Affine;
    type Total = ark_bn254::G2Projective;
    type Point = G2Point;

    const INFINITY: G2Point = G2Point::INFINITY;

    fn coordinates(point: &G2Point) -> (Fq2, Fq2) {
        let [x0, x1, y0, y1] = point.0;
        (Fq2::new(x0, x1), Fq2::new(y0, y1))
    }

    fn point(x: Fq2, y: Fq2) -> G2Point {
        Point([x.c0, x.c1, y.c0, y.c1])
    }

    fn affine(point: &G2Point) -> G2Affine {
        point.into()
    }

    fn add_pairs(path: Path, pairs: &Pairs<'_, G2Point>, out: &mut [G2Point]) {
        match path {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: the processor has the path, as was just asked.
            Path::Avx512 if path.is_available() => unsafe { ifma::add_pairs_g2(pairs, out) },
            _ => batch::add_pairs::<Self>(pairs, out),
        }
    }
}
