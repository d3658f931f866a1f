//! Sums, differences and comparison.

use super::{Lanes, Sum, broadcast, carry};
use ark_ff::MontConfig;
use std::arch::x86_64::*;

impl<C: MontConfig<4>> Lanes<C> {
    /// Returns the sum.
    #[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
    #[inline]
    pub fn add(self, other: Self) -> Self {
        let p2 = broadcast(Self::P2);
        let mut t = self.limbs;
        for i in 0..5 {
            t[i] = _mm512_sub_epi64(_mm512_add_epi64(t[i], other.limbs[i]), p2[i]);
        }
        Self::from_signed(t)
    }

    /// Returns the difference.
    #[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
    #[inline]
    pub fn sub(self, other: Self) -> Self {
        let mut t = self.limbs;
        for i in 0..5 {
            t[i] = _mm512_sub_epi64(t[i], other.limbs[i]);
        }
        Self::from_signed(t)
    }

    /// Returns twice the value.
    #[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
    #[inline]
    pub fn double(self) -> Self {
        self.add(self)
    }

    /// Returns the negative.
    #[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
    #[inline]
    pub fn neg(self) -> Self {
        Self::zero().sub(self)
    }

    /// Returns the sum without reduction: bounds add up, to at most 84.
    #[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
    #[inline]
    pub fn add_lazy(self, other: Self) -> Self {
        let mut t = self.limbs;
        for i in 0..5 {
            t[i] = _mm512_add_epi64(t[i], other.limbs[i]);
        }
        Self::new(carry(t))
    }

    /// Returns `self + 2p - other` without reduction: takes bounds `k` and 2, gives `k + 2`, at most 84.
    #[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
    #[inline]
    pub fn sub_lazy(self, other: Self) -> Self {
        let p2 = broadcast(Self::P2);
        let mut t = self.limbs;
        for i in 0..5 {
            t[i] = _mm512_sub_epi64(_mm512_add_epi64(t[i], p2[i]), other.limbs[i]);
        }
        Self::new(carry(t))
    }

    /// Takes bound 84, gives bound 1 + 2^-20: not canonical, but nearly as good for bounds.
    #[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
    #[inline]
    pub fn reduce(self) -> Self {
        Sum::new(self).reduce()
    }

    /// Takes bound 2, gives the canonical integer.
    #[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
    #[inline]
    pub fn canonical(self) -> Self {
        let p = broadcast(Self::P);
        let mut t = self.limbs;
        for i in 0..5 {
            t[i] = _mm512_sub_epi64(t[i], p[i]);
        }
        let t = carry(t);
        let negative = _mm512_movepi64_mask(t[4]);
        Self::select(negative, self, Self::new(t))
    }

    /// Returns the lanes that are zero, lane 0 in the lowest bit.
    #[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
    #[inline]
    pub fn is_zero(self) -> u8 {
        // Below 2p, only 0 and p are zero.
        let p = broadcast(Self::P);
        let t = self.limbs;
        let mut any = t[0];
        let mut differs = _mm512_xor_si512(t[0], p[0]);
        for i in 1..5 {
            any = _mm512_or_si512(any, t[i]);
            differs = _mm512_or_si512(differs, _mm512_xor_si512(t[i], p[i]));
        }
        _mm512_testn_epi64_mask(any, any) | _mm512_testn_epi64_mask(differs, differs)
    }

    /// Carries limbs of a value between `-2p` and `2p`, and adds `2p` where it is negative.
    #[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
    #[inline]
    fn from_signed(t: [__m512i; 5]) -> Self {
        let p2 = broadcast(Self::P2);
        let mut t = carry(t);
        let negative = _mm512_movepi64_mask(t[4]);
        for i in 0..5 {
            t[i] = _mm512_mask_add_epi64(t[i], negative, t[i], p2[i]);
        }
        Self::new(carry(t))
    }
}
