//! Eight lanes of a BN254 field on AVX-512 IFMA.
//!
//! [`Lanes`] holds eight elements as five vectors, vector `i` with limb `i` (52 bits) of each. An element `a` is held as
//! an integer congruent to `a·2^260 mod p` (Montgomery form, Montgomery 1985); arkworks holds `a·2^256`, and loading
//! and storing change the factor.
//!
//! # Bounds
//!
//! Integers are not always below `p`. The *bound* of a value is the `k` for which it is below `k·p`; 2^260 is above
//! `84·p`, so much can wait. Every function says what it takes and gives; where nothing is said, it takes bound 2 and
//! gives bound 2. Limbs are always below 2^52.
//!
//! A Montgomery product is below `a·b / 2^260 + p`: with bounds `k` and `l` it is below `(1 + k·l/84)·p`, so factors
//! may have any bounds with `k·l <= 80`.

mod add;
mod convert;
mod factor;
mod mul;
mod sum;
#[cfg(test)]
mod tests;

use super::limbs::{LIMB_MASK, power_of_two, split, times};
use ark_ff::{Fp, MontBackend, MontConfig};
use std::arch::x86_64::*;
use std::marker::PhantomData;

pub use factor::Factor;
pub use sum::Sum;

/// An element of arkworks' field with the parameters `C`.
pub type Element<C> = Fp<MontBackend<C, 4>, 4>;

/// Eight lanes of `Fr`.
pub type FrLanes = Lanes<ark_bn254::FrConfig>;
/// Eight lanes of `Fq`.
pub type FqLanes = Lanes<ark_bn254::FqConfig>;

/// Eight elements of the field with parameters `C`; see the module for the representation.
#[derive(Debug)]
pub struct Lanes<C> {
    /// Limb `i` of each lane, the lowest first.
    limbs: [__m512i; 5],
    field: PhantomData<C>,
}

impl<C> Clone for Lanes<C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C> Copy for Lanes<C> {}

impl<C: MontConfig<4>> Lanes<C> {
    /// The modulus.
    const P: [u64; 5] = split(C::MODULUS.0);
    /// Twice the modulus.
    const P2: [u64; 5] = split(times(C::MODULUS.0, 2));
    /// `-p^-1 mod 2^52`.
    const NEG_INV: u64 = C::INV & LIMB_MASK;
    /// `2^260 - p`, to subtract multiples of `p` by adding.
    const NEG_P: [u64; 5] = complement(Self::P);
    /// The form of one, `2^260 mod p`.
    const ONE: [u64; 5] = split(power_of_two(260, C::MODULUS.0));
    /// The form of the Montgomery factor, `2^520 mod p`: a product with it brings an integer into the form.
    const FACTOR: [u64; 5] = split(power_of_two(520, C::MODULUS.0));

    #[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
    #[inline]
    fn new(limbs: [__m512i; 5]) -> Self {
        Self {
            limbs,
            field: PhantomData,
        }
    }

    /// Returns zero in every lane.
    #[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
    #[inline]
    pub fn zero() -> Self {
        Self::new([_mm512_setzero_si512(); 5])
    }

    /// Returns one in every lane.
    #[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
    #[inline]
    pub fn one() -> Self {
        Self::new(broadcast(Self::ONE))
    }

    /// Returns one element in every lane, with bound 1.
    #[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
    #[inline]
    pub fn splat(element: &Element<C>) -> Self {
        Self::load([element; 8])
    }

    /// Returns the lanes of `yes` where the mask has a one, else those of `no`. Bounds are kept.
    #[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
    #[inline]
    pub fn select(mask: u8, yes: Self, no: Self) -> Self {
        let mut limbs = no.limbs;
        for i in 0..5 {
            limbs[i] = _mm512_mask_mov_epi64(no.limbs[i], mask, yes.limbs[i]);
        }
        Self::new(limbs)
    }
}

/// Returns `2^260 - x`.
const fn complement(x: [u64; 5]) -> [u64; 5] {
    let mut out = [0; 5];
    let mut carry = 1;
    let mut i = 0;
    while i < 5 {
        let limb = (x[i] ^ LIMB_MASK) + carry;
        out[i] = limb & LIMB_MASK;
        carry = limb >> 52;
        i += 1;
    }
    out
}

/// Returns each limb in every lane.
#[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
#[inline]
fn broadcast(limbs: [u64; 5]) -> [__m512i; 5] {
    let mut out = [_mm512_setzero_si512(); 5];
    for i in 0..5 {
        out[i] = _mm512_set1_epi64(limbs[i] as i64);
    }
    out
}

/// Carries so that limbs are below 2^52, but for the top one, which keeps what is left. Limbs may be negative as
/// two's complement.
#[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
#[inline]
fn carry(mut t: [__m512i; 5]) -> [__m512i; 5] {
    let mask = _mm512_set1_epi64(LIMB_MASK as i64);
    for i in 0..4 {
        t[i + 1] = _mm512_add_epi64(t[i + 1], _mm512_srai_epi64::<52>(t[i]));
        t[i] = _mm512_and_si512(t[i], mask);
    }
    t
}
