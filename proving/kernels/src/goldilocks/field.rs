//! The field, one element at a time.
//!
//! A value is a `u64` that stands for itself modulo `p`; all 2^64 words are allowed. A word below `p` is called
//! canonical. Every function here takes any words and, but for [`canonical`], returns any word of the right class.

use std::hint::select_unpredictable;

/// The field's order, `p = 2^64 - 2^32 + 1`.
pub const ORDER: u64 = 0xffff_ffff_0000_0001;

/// `2^64 mod p = 2^32 - 1`: what a carry out of 64 bits is worth.
pub(crate) const EPSILON: u64 = 0xffff_ffff;

/// The generator of the multiplicative group that plonky2 takes; also the shift of its cosets.
pub const GENERATOR: u64 = 14_293_326_489_335_486_720;

/// The largest `k` such that the field has a root of unity of order `2^k`.
pub const TWO_ADICITY: u32 = 32;

/// Returns the representative below `p`.
#[inline(always)]
pub fn canonical(a: u64) -> u64 {
    a.min(a.wrapping_sub(ORDER))
}

/// Returns `a + b`.
#[inline(always)]
pub fn add(a: u64, b: u64) -> u64 {
    add_canonical(a, canonical(b))
}

/// Returns `a + b` for `b <= p`, or any `a` and `b` with `a + b < 2^64 + p`.
#[inline(always)]
pub(crate) fn add_canonical(a: u64, b: u64) -> u64 {
    let (sum, carry) = a.overflowing_add(b);
    // The wrapped sum is below p, so this cannot carry again.
    sum.wrapping_add(select_unpredictable(carry, EPSILON, 0))
}

/// Returns `a - b`.
#[inline(always)]
pub fn sub(a: u64, b: u64) -> u64 {
    sub_canonical(a, canonical(b))
}

/// Returns `a - b` for `b <= p`.
#[inline(always)]
pub(crate) fn sub_canonical(a: u64, b: u64) -> u64 {
    let (difference, borrow) = a.overflowing_sub(b);
    // The wrapped difference is at least 2^64 - p = EPSILON, so this cannot borrow again.
    difference.wrapping_sub(select_unpredictable(borrow, EPSILON, 0))
}

/// Returns `-a`, canonical.
#[inline(always)]
pub fn neg(a: u64) -> u64 {
    match canonical(a) {
        0 => 0,
        a => ORDER - a,
    }
}

/// Returns `a b`.
#[inline(always)]
pub fn mul(a: u64, b: u64) -> u64 {
    reduce(u128::from(a) * u128::from(b))
}

/// Returns `a b + c`; the whole sum fits into 128 bits.
#[inline(always)]
pub fn mul_add(a: u64, b: u64, c: u64) -> u64 {
    reduce((u128::from(a) * u128::from(b)).wrapping_add(u128::from(c)))
}

/// Returns a word of the class of `x`, from `2^64 = 2^32 - 1` and `2^96 = -1` modulo `p`.
#[inline(always)]
pub(crate) fn reduce(x: u128) -> u64 {
    let (low, high) = (x as u64, (x >> 64) as u64);
    let (mut difference, borrow) = low.overflowing_sub(high >> 32);
    if borrow {
        // Rare: the branch is predicted, which is cheaper than a conditional move on every product.
        difference = difference.wrapping_sub(EPSILON);
    }
    // The product is at most (2^32 - 1)^2 < p.
    add_canonical(difference, (high & EPSILON).wrapping_mul(EPSILON))
}

/// Returns `base^exponent`.
pub fn pow(base: u64, mut exponent: u64) -> u64 {
    let (mut power, mut square) = (1, base);
    while exponent > 0 {
        if exponent & 1 == 1 {
            power = mul(power, square);
        }
        square = mul(square, square);
        exponent >>= 1;
    }
    power
}

/// Returns `1 / a`, canonical; `None` if `a` is zero.
pub fn inverse(a: u64) -> Option<u64> {
    // Fermat: a^(p - 1) = 1.
    (canonical(a) != 0).then(|| canonical(pow(a, ORDER - 2)))
}

/// Returns the root of unity of order `2^log_n` that plonky2 takes, canonical; `None` if the field has none.
pub fn root_of_unity(log_n: u32) -> Option<u64> {
    let cofactor = (ORDER - 1) >> TWO_ADICITY;
    (log_n <= TWO_ADICITY).then(|| canonical(pow(GENERATOR, cofactor << (TWO_ADICITY - log_n))))
}
