//! Eight lanes in a 512-bit register.

use std::arch::x86_64::*;

use crate::goldilocks::field::{EPSILON, ORDER};

/// Eight words.
pub(crate) type V = __m512i;

/// Words of a vector.
pub(crate) const LANES: usize = 8;

/// The odd 32-bit halves.
const ODD: __mmask16 = 0xaaaa;

#[inline]
#[target_feature(enable = "avx512f")]
pub(crate) fn load(words: &[u64; LANES]) -> V {
    // SAFETY: the array has the 64 bytes that an unaligned load reads.
    unsafe { _mm512_loadu_si512(words.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx512f")]
pub(crate) fn store(words: &mut [u64; LANES], v: V) {
    // SAFETY: the array has the 64 bytes that an unaligned store writes.
    unsafe { _mm512_storeu_si512(words.as_mut_ptr().cast(), v) }
}

#[inline]
#[target_feature(enable = "avx512f")]
pub(crate) fn splat(word: u64) -> V {
    _mm512_set1_epi64(word as i64)
}

#[inline]
#[target_feature(enable = "avx512f")]
pub(crate) fn add_raw(a: V, b: V) -> V {
    _mm512_add_epi64(a, b)
}

#[inline]
#[target_feature(enable = "avx512f")]
pub(crate) fn sub_raw(a: V, b: V) -> V {
    _mm512_sub_epi64(a, b)
}

#[inline]
#[target_feature(enable = "avx512f")]
pub(crate) fn shl<const BITS: u32>(a: V) -> V {
    _mm512_slli_epi64::<BITS>(a)
}

/// The low 32 bits of each word.
#[inline]
#[target_feature(enable = "avx512f")]
pub(crate) fn low(a: V) -> V {
    _mm512_and_si512(a, splat(EPSILON))
}

/// The high 32 bits of each word, moved down.
#[inline]
#[target_feature(enable = "avx512f")]
pub(crate) fn high(a: V) -> V {
    _mm512_srli_epi64::<32>(a)
}

/// Returns the representatives below `p`.
#[inline]
#[target_feature(enable = "avx512f")]
pub(crate) fn canonical(a: V) -> V {
    _mm512_min_epu64(a, sub_raw(a, splat(ORDER)))
}

/// Returns `a + b`.
#[inline]
#[target_feature(enable = "avx512f")]
pub(crate) fn add(a: V, b: V) -> V {
    add_canonical(a, canonical(b))
}

/// Returns `a + b` for `a + b < 2^64 + p`, as holds for canonical `b`.
#[inline]
#[target_feature(enable = "avx512f")]
pub(crate) fn add_canonical(a: V, b: V) -> V {
    let sum = _mm512_add_epi64(a, b);
    let carry = _mm512_cmplt_epu64_mask(sum, b);
    _mm512_mask_add_epi64(sum, carry, sum, splat(EPSILON))
}

/// Returns `a - b`.
#[inline]
#[target_feature(enable = "avx512f")]
pub(crate) fn sub(a: V, b: V) -> V {
    sub_canonical(a, canonical(b))
}

/// Returns `a - b` for `b <= p`.
#[inline]
#[target_feature(enable = "avx512f")]
pub(crate) fn sub_canonical(a: V, b: V) -> V {
    let difference = _mm512_sub_epi64(a, b);
    let borrow = _mm512_cmplt_epu64_mask(a, b);
    _mm512_mask_sub_epi64(difference, borrow, difference, splat(EPSILON))
}

/// Returns `a b`.
#[inline]
#[target_feature(enable = "avx512f")]
pub(crate) fn mul(a: V, b: V) -> V {
    let (a_high, b_high) = (high(a), high(b));
    let low_low = _mm512_mul_epu32(a, b);
    let low_high = _mm512_mul_epu32(a, b_high);
    let high_low = _mm512_mul_epu32(a_high, b);
    let high_high = _mm512_mul_epu32(a_high, b_high);
    // Neither sum carries: (2^32 - 1)^2 + (2^32 - 1) < 2^64.
    let middle = add_raw(low_high, high(low_low));
    let second = add_raw(high_low, low(middle));
    let upper = add_raw(add_raw(high_high, high(middle)), high(second));
    reduce(with_high_half(low_low, second), upper)
}

/// Returns `a^2`.
#[inline]
#[target_feature(enable = "avx512f")]
pub(crate) fn square(a: V) -> V {
    let a_high = high(a);
    let low_low = _mm512_mul_epu32(a, a);
    let cross = _mm512_mul_epu32(a, a_high);
    let high_high = _mm512_mul_epu32(a_high, a_high);
    // The cross term counts twice, at 2^33. The sum does not carry: (2^32 - 1)^2 + 2^31 < 2^64.
    let middle = add_raw(cross, _mm512_srli_epi64::<33>(low_low));
    let upper = add_raw(high_high, _mm512_srli_epi64::<31>(middle));
    reduce(add_raw(low_low, shl::<33>(cross)), upper)
}

/// Returns a word of the class of `low + 2^32 high`, for `high` up to `2^64 - 2^32`.
#[inline]
#[target_feature(enable = "avx512f")]
pub(crate) fn join(low: V, high_part: V) -> V {
    let upper = add_raw(high_part, high(low));
    let product = _mm512_mul_epu32(high(upper), splat(EPSILON));
    add_canonical(with_high_half(low, upper), product)
}

/// Returns the low half of `a` with the low half of `b` above it.
#[inline]
#[target_feature(enable = "avx512f")]
fn with_high_half(a: V, b: V) -> V {
    _mm512_mask_shuffle_epi32::<0b10_10_00_00>(a, ODD, b)
}

/// Returns a word of the class of `low + 2^64 upper`.
#[inline]
#[target_feature(enable = "avx512f")]
fn reduce(low: V, upper: V) -> V {
    let difference = sub_canonical(low, high(upper));
    add_canonical(difference, _mm512_mul_epu32(upper, splat(EPSILON)))
}

/// Takes blocks of `SIZE` words (1, 2 or 4) apart: the even ones of `a` and `b` in turn, and the odd ones. It is its
/// own inverse.
#[inline]
#[target_feature(enable = "avx512f")]
pub(crate) fn interleave<const SIZE: usize>(a: V, b: V) -> (V, V) {
    match SIZE {
        1 => (_mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b)),
        2 => (
            _mm512_permutex2var_epi64(a, _mm512_setr_epi64(0, 1, 8, 9, 4, 5, 12, 13), b),
            _mm512_permutex2var_epi64(a, _mm512_setr_epi64(2, 3, 10, 11, 6, 7, 14, 15), b),
        ),
        _ => (
            _mm512_shuffle_i64x2::<0b01_00_01_00>(a, b),
            _mm512_shuffle_i64x2::<0b11_10_11_10>(a, b),
        ),
    }
}

/// A sum of products that is reduced once, in limbs of 52 bits: `low + 2^52 middle + 2^104 high`.
#[derive(Clone, Copy)]
pub(crate) struct Accumulator {
    low: V,
    middle: V,
    high: V,
}

/// A term adds at most 3 limbs of 52 bits to `middle`.
const _: () = assert!(3 * (super::MAX_TERMS as u64 + 1) <= 1 << 12);

impl Accumulator {
    /// Begins with a word.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn new(word: V) -> Self {
        Self {
            low: low_52(word),
            middle: above_52(word),
            high: splat(0),
        }
    }

    /// Adds a word.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn add(&mut self, a: V) {
        self.low = add_raw(self.low, low_52(a));
        self.middle = add_raw(self.middle, above_52(a));
    }

    /// Adds `a b`, for `b < 2^31`.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn add_small(&mut self, a: V, b: V) {
        self.low = _mm512_madd52lo_epu64(self.low, a, b);
        self.middle = _mm512_madd52hi_epu64(self.middle, a, b);
        self.middle = _mm512_madd52lo_epu64(self.middle, above_52(a), b);
    }

    /// Adds `a b`.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn add_product(&mut self, a: V, b: V) {
        let (a_above, b_above) = (above_52(a), above_52(b));
        self.low = _mm512_madd52lo_epu64(self.low, a, b);
        self.middle = _mm512_madd52hi_epu64(self.middle, a, b);
        self.high = _mm512_madd52hi_epu64(self.high, a_above, b);
        self.middle = _mm512_madd52lo_epu64(self.middle, a_above, b);
        self.high = _mm512_madd52hi_epu64(self.high, a, b_above);
        self.middle = _mm512_madd52lo_epu64(self.middle, a, b_above);
        self.high = _mm512_madd52lo_epu64(self.high, a_above, b_above);
    }

    /// Returns a word of the sum's class.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn finish(self) -> V {
        let middle = add_raw(self.middle, above_52(self.low));
        let low = _mm512_or_si512(low_52(self.low), shl::<52>(middle));
        // At 2^64: 2^32 - 1 times the low half; at 2^96: minus what is above it, and 2^104 is minus 2^8. The high limb
        // is below 2^37 for any number of terms that is allowed.
        let upper = _mm512_srli_epi64::<12>(middle);
        let minus = add_raw(high(upper), shl::<8>(self.high));
        add_canonical(
            sub_canonical(low, minus),
            _mm512_mul_epu32(upper, splat(EPSILON)),
        )
    }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn low_52(a: V) -> V {
    _mm512_and_si512(a, splat((1 << 52) - 1))
}

#[inline]
#[target_feature(enable = "avx512f")]
fn above_52(a: V) -> V {
    _mm512_srli_epi64::<52>(a)
}
