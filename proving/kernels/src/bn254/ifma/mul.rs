//! Montgomery multiplication: the product in ten columns of 52 bits, then one limb a step is made zero from below
//! (Gueron and Krasnov 2012 describe the shape for vectors of 52-bit limbs).

use super::{LIMB_MASK, Lanes, broadcast};
use ark_ff::MontConfig;
use std::arch::x86_64::*;

impl<C: MontConfig<4>> Lanes<C> {
    /// Returns the product. Takes bounds `k` and `l` with `k·l <= 80`, gives bound `1 + k·l/84`.
    #[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
    #[inline]
    pub fn mul(self, other: Self) -> Self {
        let (a, b) = (self.limbs, other.limbs);
        let mut t = [_mm512_setzero_si512(); 10];
        for i in 0..5 {
            for j in 0..5 {
                t[i + j] = _mm512_madd52lo_epu64(t[i + j], a[i], b[j]);
            }
            for j in 0..5 {
                t[i + j + 1] = _mm512_madd52hi_epu64(t[i + j + 1], a[i], b[j]);
            }
        }
        Self::reduce_columns(t)
    }

    /// Returns the square. Takes bound 8.9, whose square is below 80.
    #[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
    #[inline]
    pub fn square(self) -> Self {
        let a = self.limbs;
        let mut t = [_mm512_setzero_si512(); 10];
        for i in 0..5 {
            for j in i + 1..5 {
                t[i + j] = _mm512_madd52lo_epu64(t[i + j], a[i], a[j]);
                t[i + j + 1] = _mm512_madd52hi_epu64(t[i + j + 1], a[i], a[j]);
            }
        }
        for column in &mut t[1..9] {
            *column = _mm512_add_epi64(*column, *column);
        }
        for i in 0..5 {
            t[2 * i] = _mm512_madd52lo_epu64(t[2 * i], a[i], a[i]);
            t[2 * i + 1] = _mm512_madd52hi_epu64(t[2 * i + 1], a[i], a[i]);
        }
        Self::reduce_columns(t)
    }

    /// Divides by 2^260 modulo `p`. Columns are below 2^57, so that sums of twenty halves of products fit easily.
    #[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
    #[inline]
    fn reduce_columns(mut t: [__m512i; 10]) -> Self {
        let zero = _mm512_setzero_si512();
        let p = broadcast(Self::P);
        let neg_inv = _mm512_set1_epi64(Self::NEG_INV as i64);
        for i in 0..5 {
            let m = _mm512_madd52lo_epu64(zero, t[i], neg_inv);
            for j in 0..5 {
                t[i + j] = _mm512_madd52lo_epu64(t[i + j], m, p[j]);
            }
            t[i + 1] = _mm512_add_epi64(t[i + 1], _mm512_srli_epi64::<52>(t[i]));
            for j in 0..5 {
                t[i + j + 1] = _mm512_madd52hi_epu64(t[i + j + 1], m, p[j]);
            }
        }
        let mask = _mm512_set1_epi64(LIMB_MASK as i64);
        for i in 5..9 {
            t[i + 1] = _mm512_add_epi64(t[i + 1], _mm512_srli_epi64::<52>(t[i]));
            t[i] = _mm512_and_si512(t[i], mask);
        }
        Self::new([t[5], t[6], t[7], t[8], t[9]])
    }
}
