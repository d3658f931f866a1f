//! From and to arkworks elements: between eight rows of four 64-bit words and five vectors of 52-bit limbs, and
//! between the Montgomery factors 2^256 and 2^260.

use super::{Element, LIMB_MASK, Lanes, broadcast, carry};
use ark_ff::{BigInt, Fp, MontConfig};
use std::arch::x86_64::*;
use std::marker::PhantomData;

impl<C: MontConfig<4>> Lanes<C> {
    /// Loads eight elements, one a lane; gives bound 1 + 2^-20.
    ///
    /// `a·2^260` is `16 · (a·2^256)`: the words are cut into limbs four bits higher, and the result is below `16p`.
    #[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
    #[inline]
    pub fn load(elements: [&Element<C>; 8]) -> Self {
        let w = load_words(elements.map(|element| &element.0.0));
        let mask = _mm512_set1_epi64(LIMB_MASK as i64);
        let join = |low, high| _mm512_and_si512(_mm512_or_si512(low, high), mask);
        let limbs = [
            _mm512_and_si512(_mm512_slli_epi64::<4>(w[0]), mask),
            join(_mm512_srli_epi64::<48>(w[0]), _mm512_slli_epi64::<16>(w[1])),
            join(_mm512_srli_epi64::<36>(w[1]), _mm512_slli_epi64::<28>(w[2])),
            join(_mm512_srli_epi64::<24>(w[2]), _mm512_slli_epi64::<40>(w[3])),
            _mm512_srli_epi64::<12>(w[3]),
        ];
        Self::new(limbs).reduce()
    }

    /// Loads eight integers below 2^256, one a lane.
    #[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
    #[inline]
    pub fn load_integers(integers: [&[u64; 4]; 8]) -> Self {
        let w = load_words(integers);
        let mask = _mm512_set1_epi64(LIMB_MASK as i64);
        let join = |low, high| _mm512_and_si512(_mm512_or_si512(low, high), mask);
        let limbs = [
            _mm512_and_si512(w[0], mask),
            join(_mm512_srli_epi64::<52>(w[0]), _mm512_slli_epi64::<12>(w[1])),
            join(_mm512_srli_epi64::<40>(w[1]), _mm512_slli_epi64::<24>(w[2])),
            join(_mm512_srli_epi64::<28>(w[2]), _mm512_slli_epi64::<36>(w[3])),
            _mm512_srli_epi64::<16>(w[3]),
        ];
        Self::new(limbs).mul(Self::new(broadcast(Self::FACTOR)))
    }

    /// Returns the eight elements, canonical.
    ///
    /// One Montgomery step of four bits divides by 16; it gives less than `(2p + 15p) / 16`, so that one subtraction
    /// makes it canonical.
    #[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
    #[inline]
    pub fn store(self) -> [Element<C>; 8] {
        let zero = _mm512_setzero_si512();
        let p = broadcast(Self::P);
        let neg_inv = _mm512_set1_epi64(Self::NEG_INV as i64);
        let mut t = self.limbs;
        let m = _mm512_and_si512(
            _mm512_madd52lo_epu64(zero, t[0], neg_inv),
            _mm512_set1_epi64(15),
        );
        for i in 0..5 {
            t[i] = _mm512_madd52lo_epu64(t[i], m, p[i]);
        }
        for i in 0..4 {
            t[i + 1] = _mm512_madd52hi_epu64(t[i + 1], m, p[i]);
        }
        let mut t = carry(t);
        let mask = _mm512_set1_epi64(LIMB_MASK as i64);
        for i in 0..4 {
            let high = _mm512_and_si512(_mm512_slli_epi64::<48>(t[i + 1]), mask);
            t[i] = _mm512_or_si512(_mm512_srli_epi64::<4>(t[i]), high);
        }
        t[4] = _mm512_srli_epi64::<4>(t[4]);
        let t = Self::new(t).canonical().limbs;
        let words = [
            _mm512_or_si512(t[0], _mm512_slli_epi64::<52>(t[1])),
            _mm512_or_si512(_mm512_srli_epi64::<12>(t[1]), _mm512_slli_epi64::<40>(t[2])),
            _mm512_or_si512(_mm512_srli_epi64::<24>(t[2]), _mm512_slli_epi64::<28>(t[3])),
            _mm512_or_si512(_mm512_srli_epi64::<36>(t[3]), _mm512_slli_epi64::<16>(t[4])),
        ];
        store_words(words).map(|words| Fp(BigInt(words), PhantomData))
    }
}

/// Returns word `i` of each row in vector `i`.
#[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
#[inline]
fn load_words(rows: [&[u64; 4]; 8]) -> [__m512i; 4] {
    // SAFETY: each reference is to 32 readable bytes, and the load asks for no alignment.
    let half = |i: usize| unsafe { _mm256_loadu_si256(rows[i].as_ptr().cast()) };
    let pair = |i: usize| _mm512_inserti64x4::<1>(_mm512_castsi256_si512(half(i)), half(i + 4));
    let (r0, r1, r2, r3) = (pair(0), pair(1), pair(2), pair(3));
    let even = [_mm512_unpacklo_epi64(r0, r1), _mm512_unpacklo_epi64(r2, r3)];
    let odd = [_mm512_unpackhi_epi64(r0, r1), _mm512_unpackhi_epi64(r2, r3)];
    let low = _mm512_setr_epi64(0, 1, 8, 9, 4, 5, 12, 13);
    let high = _mm512_setr_epi64(2, 3, 10, 11, 6, 7, 14, 15);
    [
        _mm512_permutex2var_epi64(even[0], low, even[1]),
        _mm512_permutex2var_epi64(odd[0], low, odd[1]),
        _mm512_permutex2var_epi64(even[0], high, even[1]),
        _mm512_permutex2var_epi64(odd[0], high, odd[1]),
    ]
}

/// The inverse of [`load_words`].
#[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
#[inline]
fn store_words(words: [__m512i; 4]) -> [[u64; 4]; 8] {
    let low = _mm512_setr_epi64(0, 1, 8, 9, 4, 5, 12, 13);
    let high = _mm512_setr_epi64(2, 3, 10, 11, 6, 7, 14, 15);
    let even = [words[0], words[2]];
    let odd = [words[1], words[3]];
    // Rows 0, 1 | 4, 5 of the even and of the odd words, then rows 2, 3 | 6, 7.
    let first = [
        _mm512_permutex2var_epi64(even[0], low, even[1]),
        _mm512_permutex2var_epi64(odd[0], low, odd[1]),
    ];
    let second = [
        _mm512_permutex2var_epi64(even[0], high, even[1]),
        _mm512_permutex2var_epi64(odd[0], high, odd[1]),
    ];
    let pairs = [
        _mm512_unpacklo_epi64(first[0], first[1]),
        _mm512_unpackhi_epi64(first[0], first[1]),
        _mm512_unpacklo_epi64(second[0], second[1]),
        _mm512_unpackhi_epi64(second[0], second[1]),
    ];
    let mut rows = [[0u64; 4]; 8];
    for (i, pair) in pairs.into_iter().enumerate() {
        let halves = [
            _mm512_castsi512_si256(pair),
            _mm512_extracti64x4_epi64::<1>(pair),
        ];
        for (row, half) in [i, i + 4].into_iter().zip(halves) {
            // SAFETY: the row has 32 writable bytes, and the store asks for no alignment.
            unsafe { _mm256_storeu_si256(rows[row].as_mut_ptr().cast(), half) };
        }
    }
    rows
}
