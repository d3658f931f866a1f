//! Products with constants.

use super::{Element, Lanes, Sum, broadcast, carry};
use crate::bn254::limbs::split;
use ark_ff::{Field, MontConfig, PrimeField};
use std::arch::x86_64::*;
use std::array::from_fn;
use std::marker::PhantomData;

/// A constant factor `d` of every lane, as the integers `d·2^52(i+1) mod p` for each limb `i` of the other factor.
///
/// Limb by limb, the other factor meets integers that are reduced already: the sum of the products has 309 bits, and
/// one Montgomery step makes an element of it instead of five.
#[derive(Debug)]
pub struct Factor<C> {
    rows: [[u64; 5]; 5],
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
        let limb = Element::<C>::from(1u64 << 52);
        let row = |i: usize| split((*element * limb.pow([i as u64 + 1])).into_bigint().0);
        Self {
            rows: from_fn(row),
            field: PhantomData,
        }
    }
}

impl<C: MontConfig<4>> Lanes<C> {
    /// Returns `self·factor + addend`. Takes bound 84 and an addend of bound `m <= 78`, gives bound `6 + m`.
    #[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
    #[inline]
    pub fn mul_factor(self, factor: &Factor<C>, addend: Sum<C>) -> Self {
        let [s0, s1, s2, s3, s4] = addend.limbs;
        let mut t = [_mm512_setzero_si512(), s0, s1, s2, s3, s4];
        for i in 0..5 {
            let x = self.limbs[i];
            let row = broadcast(factor.rows[i]);
            for j in 0..5 {
                t[j] = _mm512_madd52lo_epu64(t[j], x, row[j]);
                t[j + 1] = _mm512_madd52hi_epu64(t[j + 1], x, row[j]);
            }
        }
        let p = broadcast(Self::P);
        let neg_inv = _mm512_set1_epi64(Self::NEG_INV as i64);
        let m = _mm512_madd52lo_epu64(_mm512_setzero_si512(), t[0], neg_inv);
        for j in 0..5 {
            t[j] = _mm512_madd52lo_epu64(t[j], m, p[j]);
            t[j + 1] = _mm512_madd52hi_epu64(t[j + 1], m, p[j]);
        }
        t[1] = _mm512_add_epi64(t[1], _mm512_srli_epi64::<52>(t[0]));
        Self::new(carry([t[1], t[2], t[3], t[4], t[5]]))
    }
}
