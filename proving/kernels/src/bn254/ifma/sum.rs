//! Sums whose carries wait.

use super::{LIMB_MASK, Lanes, broadcast, carry};
use ark_ff::MontConfig;
use std::arch::x86_64::*;
use std::marker::PhantomData;

/// A sum on its way: limbs are below 2^60 and the value is below 2^268, so that up to 2^8 values may be added.
#[derive(Debug)]
pub struct Sum<C> {
    pub(super) limbs: [__m512i; 5],
    field: PhantomData<C>,
}

impl<C> Clone for Sum<C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C> Copy for Sum<C> {}

/// Bits that a top limb loses to become a factor of 52 bits.
const TOP_SHIFT: u32 = 8;
/// Bits below the quotient in the high half of that factor times [`Sum::INVERSE`].
const QUOTIENT_SHIFT: u32 = 37;

impl<C: MontConfig<4>> Sum<C> {
    /// `2^(52+37) / (floor(p / 2^216) + 1)`: 52 bits.
    const INVERSE: u64 =
        ((1u128 << (52 + QUOTIENT_SHIFT)) / ((Lanes::<C>::P[4] >> TOP_SHIFT) as u128 + 1)) as u64;

    /// Starts with a value.
    #[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
    #[inline]
    pub fn new(value: Lanes<C>) -> Self {
        Self {
            limbs: value.limbs,
            field: PhantomData,
        }
    }

    /// Returns the sum with another one.
    #[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
    #[inline]
    pub fn plus(mut self, other: Self) -> Self {
        for i in 0..5 {
            self.limbs[i] = _mm512_add_epi64(self.limbs[i], other.limbs[i]);
        }
        self
    }

    /// Returns the sum with a constant of five limbs in each lane.
    #[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
    #[inline]
    pub(crate) fn plus_constant(mut self, constant: &[u64; 5]) -> Self {
        for i in 0..5 {
            let limb = _mm512_set1_epi64(constant[i] as i64);
            self.limbs[i] = _mm512_add_epi64(self.limbs[i], limb);
        }
        self
    }

    /// Returns twice the sum.
    #[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
    #[inline]
    pub fn double(self) -> Self {
        self.plus(self)
    }

    /// Returns the value modulo `p`, with bound 1 + 2^-20.
    ///
    /// The quotient by `p` is estimated from the top limb: never above the true one, and below it by less than one
    /// beyond the part that is cut off.
    #[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
    #[inline]
    pub fn reduce(self) -> Lanes<C> {
        let mut t = self.limbs;
        let top = _mm512_add_epi64(t[4], _mm512_srli_epi64::<52>(t[3]));
        let quotient = _mm512_srli_epi64::<QUOTIENT_SHIFT>(_mm512_madd52hi_epu64(
            _mm512_setzero_si512(),
            _mm512_srli_epi64::<TOP_SHIFT>(top),
            _mm512_set1_epi64(Self::INVERSE as i64),
        ));
        // Subtracts by adding 2^260 - p; the multiples of 2^260 fall off at the top.
        let neg_p = broadcast(Lanes::<C>::NEG_P);
        for i in 0..5 {
            t[i] = _mm512_madd52lo_epu64(t[i], quotient, neg_p[i]);
        }
        for i in 0..4 {
            t[i + 1] = _mm512_madd52hi_epu64(t[i + 1], quotient, neg_p[i]);
        }
        let mut t = carry(t);
        t[4] = _mm512_and_si512(t[4], _mm512_set1_epi64(LIMB_MASK as i64));
        Lanes::new(t)
    }
}
