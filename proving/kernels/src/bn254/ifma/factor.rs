//! Products with constants.

use super::{Element, LIMB_MASK, Lanes, Sum, broadcast, carry};
use crate::bn254::limbs::{long_division, split};
use ark_ff::{MontConfig, PrimeField};
use std::arch::x86_64::*;
use std::marker::PhantomData;

/// A constant factor of every lane: the integer `d < p` (no Montgomery form) and `floor(d·2^260 / p)`.
///
/// A product with it needs no Montgomery reduction, whose steps wait for each other: the quotient by `p` comes from the
/// second number (Shoup's trick, as in NTL), and of the two products that are subtracted only the low halves are
/// computed.
#[derive(Debug)]
pub struct Factor<C> {
    value: [u64; 5],
    quotient: [u64; 5],
    field: PhantomData<C>,
}

impl<C> Clone for Factor<C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C> Copy for Factor<C> {}

impl<C: MontConfig<4>> Factor<C> {
    /// Prepares a constant.
    pub fn new(element: &Element<C>) -> Self {
        let value = element.into_bigint().0;
        let mut quotient = [0u64; 5];
        long_division(value, C::MODULUS.0, 260, |bit| {
            quotient[bit / 52] |= 1 << (bit % 52)
        });
        Self {
            value: split(value),
            quotient,
            field: PhantomData,
        }
    }
}

impl<C: MontConfig<4>> Lanes<C> {
    /// Returns `self·factor + addend`. Takes bound 84 and an addend of bound `m <= 72`, gives bound `12 + m`.
    ///
    /// The quotient leaves out the columns below 2^260, nine halves of products and what they carry: it is too small
    /// by less than 12.
    #[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
    #[inline]
    pub fn mul_factor(self, factor: &Factor<C>, addend: Sum<C>) -> Self {
        let x = self.limbs;
        let e = broadcast(factor.quotient);
        let mut q = [_mm512_setzero_si512(); 5];
        for i in 0..5 {
            for j in 5 - i..5 {
                q[i + j - 5] = _mm512_madd52lo_epu64(q[i + j - 5], x[i], e[j]);
            }
            for j in 4 - i..5 {
                q[i + j - 4] = _mm512_madd52hi_epu64(q[i + j - 4], x[i], e[j]);
            }
        }
        let q = carry(q);
        let t = add_low_product(addend.limbs, x, broadcast(factor.value));
        let mut t = carry(add_low_product(t, q, broadcast(Self::NEG_P)));
        t[4] = _mm512_and_si512(t[4], _mm512_set1_epi64(LIMB_MASK as i64));
        Self::new(t)
    }
}

/// Returns `t + a·b` without the columns from 2^260 up.
#[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
#[inline]
fn add_low_product(mut t: [__m512i; 5], a: [__m512i; 5], b: [__m512i; 5]) -> [__m512i; 5] {
    for i in 0..5 {
        for j in 0..5 - i {
            t[i + j] = _mm512_madd52lo_epu64(t[i + j], a[i], b[j]);
        }
        for j in 0..4 - i {
            t[i + j + 1] = _mm512_madd52hi_epu64(t[i + j + 1], a[i], b[j]);
        }
    }
    t
}
