//! One lane: [`crate::goldilocks::field`] under the names of the vector modules.

use crate::goldilocks::field::{self, EPSILON, reduce};

pub(crate) use field::{add, add_canonical, canonical, mul, sub, sub_canonical};

/// One word.
pub(crate) type V = u64;

/// Words of a vector.
pub(crate) const LANES: usize = 1;

#[inline(always)]
pub(crate) fn load(words: &[u64; LANES]) -> V {
    words[0]
}

#[inline(always)]
pub(crate) fn store(words: &mut [u64; LANES], v: V) {
    words[0] = v;
}

#[inline(always)]
pub(crate) fn splat(word: u64) -> V {
    word
}

#[inline(always)]
pub(crate) fn add_raw(a: V, b: V) -> V {
    a.wrapping_add(b)
}

#[inline(always)]
pub(crate) fn sub_raw(a: V, b: V) -> V {
    a.wrapping_sub(b)
}

#[inline(always)]
pub(crate) fn shl<const BITS: u32>(a: V) -> V {
    a << BITS
}

/// The low 32 bits of each word.
#[inline(always)]
pub(crate) fn low(a: V) -> V {
    a & EPSILON
}

/// The high 32 bits of each word, moved down.
#[inline(always)]
pub(crate) fn high(a: V) -> V {
    a >> 32
}

#[inline(always)]
pub(crate) fn square(a: V) -> V {
    mul(a, a)
}

/// Returns a word of the class of `low + 2^32 high`, for `high` up to `2^64 - 2^32`.
#[inline(always)]
pub(crate) fn join(low: V, high: V) -> V {
    let high = high.wrapping_add(low >> 32);
    // The product is at most (2^32 - 1)^2 < p.
    add_canonical(
        (low & EPSILON) | (high << 32),
        (high >> 32).wrapping_mul(EPSILON),
    )
}

/// One lane has nothing to take apart; no caller asks for it.
#[inline(always)]
pub(crate) fn interleave<const SIZE: usize>(a: V, b: V) -> (V, V) {
    (a, b)
}

/// A sum of products that is reduced once: the sums of their low and their high words.
#[derive(Clone, Copy)]
pub(crate) struct Accumulator {
    low: u128,
    high: u128,
}

impl Accumulator {
    /// Begins with a word.
    #[inline(always)]
    pub(crate) fn new(word: V) -> Self {
        Self {
            low: u128::from(word),
            high: 0,
        }
    }

    /// Adds a word.
    #[inline(always)]
    pub(crate) fn add(&mut self, a: V) {
        self.low = self.low.wrapping_add(u128::from(a));
    }

    /// Adds `a b`; the `b` of all such terms together, and one for each word added, are at most `2^31`.
    #[inline(always)]
    pub(crate) fn add_small(&mut self, a: V, b: V) {
        self.low = self.low.wrapping_add(u128::from(a) * u128::from(b));
    }

    /// Adds `a b`.
    #[inline(always)]
    pub(crate) fn add_product(&mut self, a: V, b: V) {
        let product = u128::from(a) * u128::from(b);
        self.low = self.low.wrapping_add(product & u128::from(u64::MAX));
        self.high = self.high.wrapping_add(product >> 64);
    }

    /// Returns a word of the sum's class.
    #[inline(always)]
    pub(crate) fn finish(self) -> V {
        // Both sums are below 2^96, and 2^128 = -2^32.
        let high = self.high.wrapping_add(self.low >> 64);
        let sum = (high << 64) | (self.low & u128::from(u64::MAX));
        sub_canonical(reduce(sum), (high >> 64 << 32) as u64)
    }
}
