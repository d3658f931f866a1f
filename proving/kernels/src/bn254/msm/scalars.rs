//! Scalars made ready for windows: zeros dropped, signs split off, short ones apart from long ones.

use ark_bn254::Fr;
use ark_ff::{BigInt, BigInteger, PrimeField};
use rayon::prelude::*;

/// Bits of the largest magnitude: half of the order is below `2^253`.
const MAGNITUDE_BITS: usize = 253;

/// Bits of magnitudes that count as short.
const SHORT_BITS: usize = 64;

/// The fewest and most bits of a window.
pub(super) const WINDOW_BITS: std::ops::RangeInclusive<usize> = 4..=17;

/// Scalars of one or more sums. Each is split once and serves every sum over the same scalars.
#[derive(Clone, Debug)]
pub struct Scalars {
    len: usize,
    window_bits: usize,
    short: Vec<Short>,
    /// References of the long ones, see [`reference`].
    long: Vec<u32>,
    /// Magnitudes of the long ones plus the bias of every window but the top one, see [`Scalars::digits`].
    biased: Vec<[u64; 4]>,
}

/// A scalar below `2^64` or above the order minus that.
#[derive(Clone, Copy, Debug)]
struct Short {
    reference: u32,
    magnitude: u64,
}

/// A non-zero digit of a scalar.
pub(super) struct Digit {
    /// The base's index and the sign, see [`reference`].
    pub(super) reference: u32,
    /// The magnitude less one.
    pub(super) bucket: u32,
}

/// A base with a sign: twice the index, plus one when the base is subtracted. The top bit stays free for the trees.
fn reference(index: usize, negative: bool) -> u32 {
    (index as u32) << 1 | u32::from(negative)
}

impl Scalars {
    /// The most scalars that references can name.
    pub const MAX_LEN: usize = 1 << 30;

    /// Splits scalars.
    ///
    /// # Panics
    ///
    /// If there are more than [`Self::MAX_LEN`].
    pub fn new(scalars: &[Fr]) -> Self {
        Self::with_windows(scalars, best_window_bits)
    }

    /// [`Self::new`] with a window for so many short and so many long scalars.
    pub(super) fn with_windows(
        scalars: &[Fr],
        window_bits: impl FnOnce(usize, usize) -> usize,
    ) -> Self {
        assert!(scalars.len() <= Self::MAX_LEN, "too many scalars");
        const CHUNK: usize = 1 << 14;
        let parts: Vec<_> = scalars
            .par_chunks(CHUNK)
            .enumerate()
            .map(|(chunk, scalars)| split(chunk * CHUNK, scalars))
            .collect();
        let (mut short, mut long, mut biased) = (Vec::new(), Vec::new(), Vec::new());
        for (part_short, part_long, part_magnitudes) in parts {
            short.extend(part_short);
            long.extend(part_long);
            biased.extend(part_magnitudes);
        }
        let window_bits = window_bits(short.len(), long.len());
        let bias = bias(window_bits);
        biased.par_iter_mut().for_each(|magnitude| {
            let mut sum = BigInt(*magnitude);
            let overflow = sum.add_with_carry(&BigInt(bias));
            assert!(!overflow, "a magnitude and the bias are below 2^254");
            *magnitude = sum.0;
        });
        Self {
            len: scalars.len(),
            window_bits,
            short,
            long,
            biased,
        }
    }

    /// The number of scalars, zeros included.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Says whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(super) fn window_bits(&self) -> usize {
        self.window_bits
    }

    pub(super) fn num_windows(&self) -> usize {
        num_windows(self.window_bits)
    }

    pub(super) fn num_buckets(&self) -> usize {
        1 << (self.window_bits - 1)
    }

    /// The non-zero digits of one window, each scalar being `Σ digitᵢ·2^(c·i)` with digits in `-2^(c-1)..2^(c-1)`.
    ///
    /// Signed digits need the carry of the windows below. Adding `2^(c-1)` at every window but the top one has brought
    /// the carries where they belong; what a window reads is its digit plus `2^(c-1)`. The top window is not signed.
    pub(super) fn digits(&self, window: usize) -> impl Iterator<Item = Digit> + '_ {
        let bits = self.window_bits;
        let offset = bits * window;
        let is_top = window + 1 == self.num_windows();
        let half = if is_top { 0 } else { 1i64 << (bits - 1) };
        let mask = (1u64 << bits) - 1;
        let digit = move |reference: u32, value: u64| {
            let digit = value as i64 - half;
            (digit != 0).then(|| Digit {
                reference: reference ^ u32::from(digit < 0),
                bucket: digit.unsigned_abs() as u32 - 1,
            })
        };
        // Beyond the window that takes the last carry, short scalars have no digits.
        let short_bias = low_half(bias(bits));
        let short: &[Short] = if offset < SHORT_BITS + bits {
            &self.short
        } else {
            &[]
        };
        let of_short = short.iter().filter_map(move |short| {
            let sum = u128::from(short.magnitude) + short_bias;
            digit(short.reference, (sum >> offset) as u64 & mask)
        });
        let (word, shift) = (offset / 64, offset % 64);
        let of_long = self
            .long
            .iter()
            .zip(&self.biased)
            .filter_map(move |(&reference, words)| {
                let mut value = words[word] >> shift;
                if shift + bits > 64 && word < 3 {
                    value |= words[word + 1] << (64 - shift);
                }
                digit(reference, value & mask)
            });
        of_short.chain(of_long)
    }
}

fn split(start: usize, scalars: &[Fr]) -> (Vec<Short>, Vec<u32>, Vec<[u64; 4]>) {
    let (mut short, mut long, mut magnitudes) = (Vec::new(), Vec::new(), Vec::new());
    for (offset, scalar) in scalars.iter().enumerate() {
        let value = scalar.into_bigint();
        if value.is_zero() {
            continue;
        }
        let negative = value > Fr::MODULUS_MINUS_ONE_DIV_TWO;
        let magnitude = if negative {
            let mut magnitude = Fr::MODULUS;
            let borrow = magnitude.sub_with_borrow(&value);
            assert!(!borrow, "a canonical scalar is below the modulus");
            magnitude
        } else {
            value
        };
        let reference = reference(start + offset, negative);
        if let [magnitude, 0, 0, 0] = magnitude.0 {
            short.push(Short {
                reference,
                magnitude,
            });
        } else {
            long.push(reference);
            magnitudes.push(magnitude.0);
        }
    }
    (short, long, magnitudes)
}

/// One bit more than a magnitude, for the carry into the top window.
fn num_windows(window_bits: usize) -> usize {
    (MAGNITUDE_BITS + 1).div_ceil(window_bits)
}

/// `2^(c-1)` at every window but the top one.
fn bias(window_bits: usize) -> [u64; 4] {
    let mut words = [0; 4];
    for window in 0..num_windows(window_bits) - 1 {
        let bit = window_bits * (window + 1) - 1;
        words[bit / 64] |= 1 << (bit % 64);
    }
    words
}

/// What matters of the bias for short scalars: their last digit ends below bit 128.
fn low_half(words: [u64; 4]) -> u128 {
    // The sum must not overflow; a bias at the highest bit belongs to a window that no short scalar reaches.
    (u128::from(words[0]) | u128::from(words[1]) << 64) & (u128::MAX >> 1)
}

/// The window that needs the fewest additions: one for each digit, and two for each bucket of each window.
fn best_window_bits(short: usize, long: usize) -> usize {
    let additions = |bits: &usize| {
        let buckets = 1usize << (bits - 1);
        let of_long = num_windows(*bits) * (long + 2 * buckets);
        of_long + short * (SHORT_BITS / bits).min(2)
    };
    WINDOW_BITS
        .min_by_key(additions)
        .expect("the range is not empty")
}
