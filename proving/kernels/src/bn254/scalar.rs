//! A BN254 field in 64-bit words, for the portable path: arkworks' own representation (Montgomery form with 2^256), so
//! that no conversion is needed, but without a reduction after every step.
//!
//! The *bound* of a value is the `k` for which it is below `k·p`. Four words hold any value below 2^256, which is above
//! `5.28·p`. A product of bounds `k` and `l` has bound `1 + k·l/5.28`: values of bound 2 stay below it.

use super::limbs::subtract;
use ark_ff::{Field, Fp, MontBackend, MontConfig, PrimeField};

/// An integer below 2^256, the lowest word first.
pub type Words = [u64; 4];

/// A constant factor `d`, as the integers `d·2^64(i+1) mod p` for each word `i` of the other factor.
///
/// Word by word, the other factor meets integers that are reduced already: the sum of the products has 320 bits, and one
/// Montgomery step makes an element of it instead of four.
#[derive(Clone, Copy, Debug)]
pub struct Factor {
    /// The integers, or what is left to `p` if that is less: then the word counts by its complement.
    rows: [Words; 4],
    /// All ones for words that count by their complement.
    flips: Words,
    /// What makes up for the complements: `x·r = (2^64 - 1 - x)·(p - r) - (2^64 - 1)·(p - r)` modulo `p`.
    start: Words,
}

impl Factor {
    /// Prepares a constant.
    pub fn new<C: MontConfig<4>>(element: &Fp<MontBackend<C, 4>, 4>) -> Self {
        let step = Fp::<MontBackend<C, 4>, 4>::from(2u64).pow([64]);
        let most = Fp::from(u64::MAX);
        let mut row = *element;
        let mut start = Fp::from(0u64);
        let (mut rows, mut flips) = ([[0; 4]; 4], [0; 4]);
        for i in 0..4 {
            row *= step;
            let (plain, rest) = (row.into_bigint(), (-row).into_bigint());
            rows[i] = plain.min(rest).0;
            if rest < plain {
                flips[i] = u64::MAX;
                start += row * most;
            }
        }
        Self {
            rows,
            flips,
            start: start.into_bigint().0,
        }
    }
}

/// Returns the Montgomery product. Takes `a` of bound 4.2 and any `b`; gives bound `1 + k·l/5.28`.
#[inline(always)]
pub fn mul<C: MontConfig<4>>(a: &Words, b: &Words) -> Words {
    let p = &C::MODULUS.0;
    let mut t = [0u64; 4];
    for &word in b {
        // With a below 4.28p, no carry leaves the fifth word ("no-carry" variant of gnark).
        let (low, mut upper) = multiply_add(t[0], a[0], word, 0);
        let m = low.wrapping_mul(C::INV);
        let (_, mut lower) = multiply_add(low, m, p[0], 0);
        for j in 1..4 {
            let sum;
            (sum, upper) = multiply_add(t[j], a[j], word, upper);
            (t[j - 1], lower) = multiply_add(sum, m, p[j], lower);
        }
        t[3] = upper.wrapping_add(lower);
    }
    t
}

/// Returns the Montgomery square; bounds as in [`mul`].
#[inline(always)]
pub fn square<C: MontConfig<4>>(a: &Words) -> Words {
    // Products of different words, then twice that, then the squares.
    let (t1, over) = multiply_add(0, a[0], a[1], 0);
    let (t2, over) = multiply_add(0, a[0], a[2], over);
    let (t3, t4) = multiply_add(0, a[0], a[3], over);
    let (t3, over) = multiply_add(t3, a[1], a[2], 0);
    let (t4, t5) = multiply_add(t4, a[1], a[3], over);
    let (t5, t6) = multiply_add(t5, a[2], a[3], 0);
    let once = [0, t1, t2, t3, t4, t5, t6, 0];
    let mut t = [0; 8];
    let mut carry = false;
    for i in 0..4 {
        let (low, high) = multiply_add(0, a[i], a[i], 0);
        let below = if i == 0 { 0 } else { once[2 * i - 1] >> 63 };
        (t[2 * i], carry) = (once[2 * i] << 1 | below).carrying_add(low, carry);
        (t[2 * i + 1], carry) =
            (once[2 * i + 1] << 1 | once[2 * i] >> 63).carrying_add(high, carry);
    }
    // The lower half is reduced alone and ends at most at p; the upper half is added at the end.
    let p = &C::MODULUS.0;
    let mut low = [t[0], t[1], t[2], t[3]];
    for _ in 0..4 {
        let m = low[0].wrapping_mul(C::INV);
        let (_, mut over) = multiply_add(low[0], m, p[0], 0);
        for j in 1..4 {
            (low[j - 1], over) = multiply_add(low[j], m, p[j], over);
        }
        low[3] = over;
    }
    add(&low, &[t[4], t[5], t[6], t[7]])
}

/// Returns `x·d` of bound 3 for any `x`; the result has the Montgomery factor of `x`.
///
/// Rows are below `p / 2`, so that the sum of the products is below `(2·2^64 + 1)·p`, and the Montgomery step adds at
/// most `2^64·p` to it.
#[inline(always)]
pub fn mul_factor<C: MontConfig<4>>(x: &Words, d: &Factor) -> Words {
    let mut t = [d.start[0], d.start[1], d.start[2], d.start[3], 0];
    for i in 0..4 {
        add_product(&mut t, x[i] ^ d.flips[i], &d.rows[i]);
    }
    let m = t[0].wrapping_mul(C::INV);
    add_product(&mut t, m, &C::MODULUS.0);
    [t[1], t[2], t[3], t[4]]
}

/// Adds `word·row`; what leaves the fifth word is lost.
#[inline(always)]
fn add_product(t: &mut [u64; 5], word: u64, row: &Words) {
    let mut over = 0;
    for j in 0..4 {
        (t[j], over) = multiply_add(t[j], word, row[j], over);
    }
    t[4] = t[4].wrapping_add(over);
}

/// Returns the sum, which must be below 2^256.
#[inline(always)]
pub fn add(a: &Words, b: &Words) -> Words {
    let mut out = [0; 4];
    let mut carry = false;
    for i in 0..4 {
        (out[i], carry) = a[i].carrying_add(b[i], carry);
    }
    out
}

/// Takes bound 2, gives the canonical integer.
#[inline(always)]
pub fn canonical<C: MontConfig<4>>(a: &Words) -> Words {
    let (less, below) = subtract(*a, C::MODULUS.0);
    if below { *a } else { less }
}

/// A sum on its way: five words, below 2^262.
#[derive(Clone, Copy, Debug)]
pub struct Sum([u64; 5]);

impl Sum {
    /// Starts with a value.
    #[inline(always)]
    pub fn new(a: &Words) -> Self {
        Self([a[0], a[1], a[2], a[3], 0])
    }

    /// Returns the sum with another one.
    #[inline(always)]
    pub fn plus(&self, other: &Self) -> Self {
        let mut out = [0; 5];
        let mut carry = false;
        for i in 0..5 {
            (out[i], carry) = self.0[i].carrying_add(other.0[i], carry);
        }
        Self(out)
    }

    /// Returns four times the sum.
    #[inline(always)]
    pub fn times_four(&self) -> Self {
        let t = &self.0;
        let mut out = [t[0] << 2; 5];
        for i in 1..5 {
            out[i] = (t[i] << 2) | (t[i - 1] >> 62);
        }
        Self(out)
    }

    /// Returns the sum with a value.
    #[inline(always)]
    pub fn plus_value(&self, other: &Words) -> Self {
        self.plus(&Self::new(other))
    }

    /// Returns the value modulo `p`, with bound 1 + 2^-40.
    ///
    /// The quotient is estimated from the 64 bits above 2^198, never too high: `floor(2^119 / (floor(p / 2^198) + 1))`
    /// has 64 bits.
    #[inline(always)]
    pub fn reduce<C: MontConfig<4>>(&self) -> Words {
        let p = &C::MODULUS.0;
        let inverse = const { ((1u128 << 119) / ((C::MODULUS.0[3] >> 6) as u128 + 1)) as u64 };
        let t = &self.0;
        let top = (t[4] << 58) | (t[3] >> 6);
        let q = ((u128::from(top) * u128::from(inverse)) >> 119) as u64;
        let mut out = [0; 4];
        let (mut over, mut borrow) = (0, false);
        for i in 0..4 {
            let product;
            (product, over) = multiply_add(0, q, p[i], over);
            (out[i], borrow) = t[i].borrowing_sub(product, borrow);
        }
        out
    }
}

/// Returns the low and the high word of `t + a·b + carry`.
#[inline(always)]
fn multiply_add(t: u64, a: u64, b: u64, carry: u64) -> (u64, u64) {
    let wide = u128::from(t) + u128::from(a) * u128::from(b) + u128::from(carry);
    (wide as u64, (wide >> 64) as u64)
}

#[cfg(test)]
mod tests;
