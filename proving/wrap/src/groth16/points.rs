//! Curve points from and to canonical big-endian coordinates.

use ark_bn254::{Fq, Fq2, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use ark_ff::{BigInt, BigInteger, PrimeField, Zero};

/// Bytes of one coordinate.
pub(super) const WORD_BYTES: usize = 32;

/// Why coordinates are not a point.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PointError {
    /// A coordinate is not reduced modulo the base field's order.
    #[error("coordinate {coordinate} of point {point} is not below the field order")]
    NotCanonical {
        /// The name of the point.
        point: &'static str,
        /// The name of the coordinate.
        coordinate: &'static str,
    },
    /// The point is the point at infinity.
    #[error("point {point} is the point at infinity")]
    Infinity {
        /// The name of the point.
        point: &'static str,
    },
    /// The point does not satisfy the curve equation.
    #[error("point {point} is not on the curve")]
    NotOnCurve {
        /// The name of the point.
        point: &'static str,
    },
    /// The point is outside the subgroup of prime order.
    #[error("point {point} is not in the prime-order subgroup")]
    NotInSubgroup {
        /// The name of the point.
        point: &'static str,
    },
}

/// A finite point of the first group from x, y.
pub(super) fn g1_from_words(
    point: &'static str,
    words: &[[u8; WORD_BYTES]; 2],
) -> Result<G1Affine, PointError> {
    let x = coordinate(point, "x", &words[0])?;
    let y = coordinate(point, "y", &words[1])?;
    if x.is_zero() && y.is_zero() {
        return Err(PointError::Infinity { point });
    }
    let g1 = G1Affine::new_unchecked(x, y);
    check_g1(point, &g1)?;
    Ok(g1)
}

/// A finite point of the second group from x.c1, x.c0, y.c1, y.c0, the order of the EVM's precompile.
pub(super) fn g2_from_words(
    point: &'static str,
    words: &[[u8; WORD_BYTES]; 4],
) -> Result<G2Affine, PointError> {
    let x_c1 = coordinate(point, "x.c1", &words[0])?;
    let x_c0 = coordinate(point, "x.c0", &words[1])?;
    let y_c1 = coordinate(point, "y.c1", &words[2])?;
    let y_c0 = coordinate(point, "y.c0", &words[3])?;
    let (x, y) = (Fq2::new(x_c0, x_c1), Fq2::new(y_c0, y_c1));
    if x.is_zero() && y.is_zero() {
        return Err(PointError::Infinity { point });
    }
    let g2 = G2Affine::new_unchecked(x, y);
    check_g2(point, &g2)?;
    Ok(g2)
}

/// Refuses infinity and what is no point of the first group.
pub(super) fn check_g1(point: &'static str, g1: &G1Affine) -> Result<(), PointError> {
    if g1.is_zero() {
        return Err(PointError::Infinity { point });
    }
    // The cofactor is one: the curve equation is the whole subgroup check.
    if g1.is_on_curve() {
        Ok(())
    } else {
        Err(PointError::NotOnCurve { point })
    }
}

/// Refuses infinity and what is no point of the second group.
pub(super) fn check_g2(point: &'static str, g2: &G2Affine) -> Result<(), PointError> {
    if g2.is_zero() {
        return Err(PointError::Infinity { point });
    }
    if !g2.is_on_curve() {
        return Err(PointError::NotOnCurve { point });
    }
    if !g2.is_in_correct_subgroup_assuming_on_curve() {
        return Err(PointError::NotInSubgroup { point });
    }
    Ok(())
}

/// The words that [`g1_from_words`] reads; zeros for the point at infinity.
pub(super) fn g1_to_words(point: &G1Affine) -> [[u8; WORD_BYTES]; 2] {
    let (x, y) = point.xy().unwrap_or_default();
    [field_to_word(&x), field_to_word(&y)]
}

/// The words that [`g2_from_words`] reads; zeros for the point at infinity.
pub(super) fn g2_to_words(point: &G2Affine) -> [[u8; WORD_BYTES]; 4] {
    let (x, y) = point.xy().unwrap_or_default();
    [x.c1, x.c0, y.c1, y.c0].map(|value| field_to_word(&value))
}

/// The 32 big-endian bytes of a field element.
pub(super) fn field_to_word<F: PrimeField>(value: &F) -> [u8; WORD_BYTES] {
    let mut word = [0u8; WORD_BYTES];
    word.copy_from_slice(&value.into_bigint().to_bytes_be());
    word
}

/// A field element from 32 big-endian bytes; `None` unless canonical.
pub(super) fn field_from_word<F: PrimeField<BigInt = BigInt<4>>>(
    word: &[u8; WORD_BYTES],
) -> Option<F> {
    let mut limbs = [0u64; 4];
    for (limb, bytes) in limbs.iter_mut().rev().zip(word.as_chunks::<8>().0) {
        *limb = u64::from_be_bytes(*bytes);
    }
    F::from_bigint(BigInt(limbs))
}

fn coordinate(
    point: &'static str,
    coordinate: &'static str,
    word: &[u8; WORD_BYTES],
) -> Result<Fq, PointError> {
    field_from_word(word).ok_or(PointError::NotCanonical { point, coordinate })
}
