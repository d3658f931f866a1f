//! Four lanes in a 256-bit register.
//!
//! AVX2 compares signed words only; with the top bit of both sides turned over, that is an unsigned comparison.

use std::arch::x86_64::*;

use crate::goldilocks::field::{EPSILON, ORDER};

/// Four words.
pub(crate) type V = __m256i;

/// Words of a vector.
pub(crate) const LANES: usize = 4;

const TOP: u64 = 1 << 63;

#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn load(words: &[u64; LANES]) -> V {
    // SAFETY: the array has the 32 bytes that an unaligned load reads.
    unsafe { _mm256_loadu_si256(words.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn store(words: &mut [u64; LANES], v: V) {
    // SAFETY: the array has the 32 bytes that an unaligned store writes.
    unsafe { _mm256_storeu_si256(words.as_mut_ptr().cast(), v) }
}

#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn splat(word: u64) -> V {
    _mm256_set1_epi64x(word as i64)
}

#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn add_raw(a: V, b: V) -> V {
    _mm256_add_epi64(a, b)
}

#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn sub_raw(a: V, b: V) -> V {
    _mm256_sub_epi64(a, b)
}

#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn shl<const BITS: u32>(a: V) -> V {
    // The intrinsic's own constant is an i32, which a u32 parameter cannot name; the shift by a register that is
    // known at compile time becomes the same instruction.
    _mm256_sll_epi64(a, _mm_cvtsi32_si128(BITS as i32))
}

/// The low 32 bits of each word.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn low(a: V) -> V {
    _mm256_and_si256(a, splat(EPSILON))
}

/// The high 32 bits of each word, moved down.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn high(a: V) -> V {
    _mm256_srli_epi64::<32>(a)
}

/// Returns the representatives below `p`.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn canonical(a: V) -> V {
    let below = _mm256_cmpgt_epi64(splat(ORDER ^ TOP), turned(a));
    // Minus p is plus EPSILON modulo 2^64.
    add_raw(a, _mm256_andnot_si256(below, splat(EPSILON)))
}

/// Returns `a + b`.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn add(a: V, b: V) -> V {
    add_canonical(a, canonical(b))
}

/// Returns `a + b` for `a + b < 2^64 + p`, as holds for canonical `b`.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn add_canonical(a: V, b: V) -> V {
    let turned_a = turned(a);
    let carry = _mm256_cmpgt_epi64(turned_a, add_raw(turned_a, b));
    // A lane's mask, all ones, moved down by 32 is EPSILON.
    add_raw(add_raw(a, b), high(carry))
}

/// Returns `a - b`.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn sub(a: V, b: V) -> V {
    sub_canonical(a, canonical(b))
}

/// Returns `a - b` for `b <= p`.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn sub_canonical(a: V, b: V) -> V {
    let turned_a = turned(a);
    let borrow = _mm256_cmpgt_epi64(sub_raw(turned_a, b), turned_a);
    sub_raw(sub_raw(a, b), high(borrow))
}

/// Returns `a b`.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn mul(a: V, b: V) -> V {
    let (low_low, second, upper) = product(a, b);
    reduce(with_high_half(low_low, second), upper)
}

/// Returns `a^2`.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn square(a: V) -> V {
    let a_high = high(a);
    let low_low = _mm256_mul_epu32(a, a);
    let cross = _mm256_mul_epu32(a, a_high);
    let high_high = _mm256_mul_epu32(a_high, a_high);
    // The cross term counts twice, at 2^33. The sum does not carry: (2^32 - 1)^2 + 2^31 < 2^64.
    let middle = add_raw(cross, _mm256_srli_epi64::<33>(low_low));
    let upper = add_raw(high_high, _mm256_srli_epi64::<31>(middle));
    reduce(add_raw(low_low, _mm256_slli_epi64::<33>(cross)), upper)
}

/// Returns a word of the class of `low + 2^32 high`, for `high` up to `2^64 - 2^32`.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn join(low: V, high_part: V) -> V {
    let upper = add_raw(high_part, high(low));
    let product = _mm256_mul_epu32(high(upper), splat(EPSILON));
    add_canonical(with_high_half(low, upper), product)
}

/// Returns the low half of `a` with the low half of `b` above it.
#[inline]
#[target_feature(enable = "avx2")]
fn with_high_half(a: V, b: V) -> V {
    _mm256_blend_epi32::<0b1010_1010>(a, _mm256_slli_epi64::<32>(b))
}

/// Returns a word of the class of `low + 2^64 upper`.
#[inline]
#[target_feature(enable = "avx2")]
fn reduce(low: V, upper: V) -> V {
    let difference = sub_canonical(low, high(upper));
    add_canonical(difference, _mm256_mul_epu32(upper, splat(EPSILON)))
}

#[inline]
#[target_feature(enable = "avx2")]
fn turned(a: V) -> V {
    _mm256_xor_si256(a, splat(TOP))
}

/// Takes blocks of `SIZE` words (1 or 2) apart: the even ones of `a` and `b` in turn, and the odd ones. It is its own
/// inverse.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn interleave<const SIZE: usize>(a: V, b: V) -> (V, V) {
    match SIZE {
        1 => (_mm256_unpacklo_epi64(a, b), _mm256_unpackhi_epi64(a, b)),
        _ => (
            _mm256_permute2x128_si256::<0x20>(a, b),
            _mm256_permute2x128_si256::<0x31>(a, b),
        ),
    }
}

/// A sum of products that is reduced once, in limbs of 32 bits.
#[derive(Clone, Copy)]
pub(crate) struct Accumulator {
    limbs: [V; 4],
}

impl Accumulator {
    /// Begins with a word.
    #[inline]
    #[target_feature(enable = "avx2")]
    pub(crate) fn new(word: V) -> Self {
        Self {
            limbs: [low(word), high(word), splat(0), splat(0)],
        }
    }

    /// Adds a word.
    #[inline]
    #[target_feature(enable = "avx2")]
    pub(crate) fn add(&mut self, a: V) {
        self.limbs[0] = add_raw(self.limbs[0], low(a));
        self.limbs[1] = add_raw(self.limbs[1], high(a));
    }

    /// Adds `a b`; the `b` of all such terms together, and one for each word added, are at most `2^31`.
    #[inline]
    #[target_feature(enable = "avx2")]
    pub(crate) fn add_small(&mut self, a: V, b: V) {
        self.limbs[0] = add_raw(self.limbs[0], _mm256_mul_epu32(a, b));
        self.limbs[1] = add_raw(self.limbs[1], _mm256_mul_epu32(high(a), b));
    }

    /// Adds `a b`.
    #[inline]
    #[target_feature(enable = "avx2")]
    pub(crate) fn add_product(&mut self, a: V, b: V) {
        let (low_low, second, upper) = product(a, b);
        self.limbs[0] = add_raw(self.limbs[0], low(low_low));
        self.limbs[1] = add_raw(self.limbs[1], low(second));
        self.limbs[2] = add_raw(self.limbs[2], low(upper));
        self.limbs[3] = add_raw(self.limbs[3], high(upper));
    }

    /// Returns a word of the sum's class.
    #[inline]
    #[target_feature(enable = "avx2")]
    pub(crate) fn finish(self) -> V {
        let [first, second, third, fourth] = self.limbs;
        // 2^64 = 2^32 - 1 and 2^96 = -1. What is subtracted is below 2^44: that much of 2^20 p is in the low half.
        let minus = add_raw(third, fourth);
        let low = sub_raw(add_raw(first, splat((1 << 20) + (1 << 44))), minus);
        let high = add_raw(
            add_raw(second, third),
            splat((1 << 52) - (1 << 20) - (1 << 12)),
        );
        join(low, high)
    }
}

/// Returns three vectors of which `a b` is the low 32 bits of the first, at `2^32` those of the second, and at `2^64`
/// the third.
#[inline]
#[target_feature(enable = "avx2")]
fn product(a: V, b: V) -> (V, V, V) {
    let (a_high, b_high) = (high(a), high(b));
    let low_low = _mm256_mul_epu32(a, b);
    let low_high = _mm256_mul_epu32(a, b_high);
    let high_low = _mm256_mul_epu32(a_high, b);
    let high_high = _mm256_mul_epu32(a_high, b_high);
    // Neither sum carries: (2^32 - 1)^2 + (2^32 - 1) < 2^64.
    let middle = add_raw(low_high, high(low_low));
    let second = add_raw(high_low, low(middle));
    let upper = add_raw(add_raw(high_high, high(middle)), high(second));
    (low_low, second, upper)
}
