//! The layers of a transform and products element by element, once for each path.

use crate::Path;

/// Runs a function of the path's module.
macro_rules! dispatch {
    ($path:expr, $function:ident($($argument:expr),*)) => {
        match $path {
            #[cfg(target_arch = "x86_64")]
            Path::Avx512 if $path.is_available() => {
                // SAFETY: the processor has AVX-512 F, as was just asked.
                unsafe { avx512::$function($($argument),*) }
            }
            #[cfg(target_arch = "x86_64")]
            Path::Avx2 if $path.is_available() => {
                // SAFETY: the processor has AVX2, as was just asked.
                unsafe { avx2::$function($($argument),*) }
            }
            _ => scalar::$function($($argument),*),
        }
    };
}

/// Transforms words in natural order to values in bit-reversed order. `words` has a power of two of elements; the
/// powers of the root for blocks of `2 h` words are `roots[h..2 h]`, canonical.
pub(super) fn decimate_in_frequency(path: Path, words: &mut [u64], roots: &[u64]) {
    dispatch!(path, decimate_in_frequency(words, roots))
}

/// Transforms words in bit-reversed order to values in natural order, with roots as in [`decimate_in_frequency`].
pub(super) fn decimate_in_time(path: Path, words: &mut [u64], roots: &[u64]) {
    dispatch!(path, decimate_in_time(words, roots))
}

/// Writes `to[i] = from[i] * factors[i]` as far as all three go.
pub(super) fn products(path: Path, to: &mut [u64], from: &[u64], factors: &[u64]) {
    dispatch!(path, products(to, from, factors))
}

/// Multiplies every word by the factor.
pub(super) fn scale(path: Path, words: &mut [u64], factor: u64) {
    dispatch!(path, scale(words, factor))
}

macro_rules! layers {
    ($name:ident, $(#[$feature:meta])?) => {
        mod $name {
            use crate::goldilocks::field;
            use crate::goldilocks::lanes::$name::*;

            $(#[$feature])?
            pub(super) fn decimate_in_frequency(words: &mut [u64], roots: &[u64]) {
                let mut half = words.len() / 2;
                while half >= LANES {
                    let (factors, _) = roots[half..2 * half].as_chunks::<LANES>();
                    for block in words.chunks_exact_mut(2 * half) {
                        let (left, right) = block.split_at_mut(half);
                        let (left, _) = left.as_chunks_mut::<LANES>();
                        let (right, _) = right.as_chunks_mut::<LANES>();
                        for ((left, right), factor) in left.iter_mut().zip(right).zip(factors) {
                            let (u, v) = split(load(left), load(right), load(factor));
                            store(left, u);
                            store(right, v);
                        }
                    }
                    half /= 2;
                }
                if words.len() >= 2 * LANES {
                    inner::<4, true>(words, roots);
                    inner::<2, true>(words, roots);
                    inner::<1, true>(words, roots);
                } else {
                    while half > 0 {
                        for block in words.chunks_exact_mut(2 * half) {
                            for j in 0..half {
                                let (u, v) = (block[j], block[half + j]);
                                block[j] = field::add(u, v);
                                block[half + j] = field::mul(field::sub(u, v), roots[half + j]);
                            }
                        }
                        half /= 2;
                    }
                }
            }

            $(#[$feature])?
            pub(super) fn decimate_in_time(words: &mut [u64], roots: &[u64]) {
                let mut half = 1;
                if words.len() >= 2 * LANES {
                    inner::<1, false>(words, roots);
                    inner::<2, false>(words, roots);
                    inner::<4, false>(words, roots);
                    half = LANES;
                }
                while half < words.len() && half < LANES {
                    for block in words.chunks_exact_mut(2 * half) {
                        for j in 0..half {
                            let (u, v) = (block[j], field::mul(block[half + j], roots[half + j]));
                            block[j] = field::add(u, v);
                            block[half + j] = field::sub(u, v);
                        }
                    }
                    half *= 2;
                }
                while half < words.len() {
                    let (factors, _) = roots[half..2 * half].as_chunks::<LANES>();
                    for block in words.chunks_exact_mut(2 * half) {
                        let (left, right) = block.split_at_mut(half);
                        let (left, _) = left.as_chunks_mut::<LANES>();
                        let (right, _) = right.as_chunks_mut::<LANES>();
                        for ((left, right), factor) in left.iter_mut().zip(right).zip(factors) {
                            let (u, v) = merge(load(left), load(right), load(factor));
                            store(left, u);
                            store(right, v);
                        }
                    }
                    half *= 2;
                }
            }

            /// A layer whose halves of `HALF` words are parts of a vector; nothing if they are not.
            #[inline]
            $(#[$feature])?
            fn inner<const HALF: usize, const IN_FREQUENCY: bool>(words: &mut [u64], roots: &[u64]) {
                if HALF >= LANES {
                    return;
                }
                let factor: [u64; LANES] = std::array::from_fn(|k| roots[HALF + k % HALF]);
                let factor = load(&factor);
                let (vectors, _) = words.as_chunks_mut::<LANES>();
                let (pairs, _) = vectors.as_chunks_mut::<2>();
                for [first, second] in pairs {
                    let (u, v) = interleave::<HALF>(load(first), load(second));
                    let (u, v) = if IN_FREQUENCY { split(u, v, factor) } else { merge(u, v, factor) };
                    let (u, v) = interleave::<HALF>(u, v);
                    store(first, u);
                    store(second, v);
                }
            }

            /// `u + v` and `(u - v) w`.
            #[inline]
            $(#[$feature])?
            fn split(u: V, v: V, w: V) -> (V, V) {
                let v = canonical(v);
                (add_canonical(u, v), mul(sub_canonical(u, v), w))
            }

            /// `u + v w` and `u - v w`.
            #[inline]
            $(#[$feature])?
            fn merge(u: V, v: V, w: V) -> (V, V) {
                let v = canonical(mul(v, w));
                (add_canonical(u, v), sub_canonical(u, v))
            }

            $(#[$feature])?
            pub(super) fn products(to: &mut [u64], from: &[u64], factors: &[u64]) {
                let length = to.len().min(from.len()).min(factors.len());
                let (to, to_rest) = to[..length].as_chunks_mut::<LANES>();
                let (from, from_rest) = from[..length].as_chunks::<LANES>();
                let (factors, factors_rest) = factors[..length].as_chunks::<LANES>();
                for ((to, from), factor) in to.iter_mut().zip(from).zip(factors) {
                    store(to, mul(load(from), load(factor)));
                }
                for ((to, from), factor) in to_rest.iter_mut().zip(from_rest).zip(factors_rest) {
                    *to = field::mul(*from, *factor);
                }
            }

            $(#[$feature])?
            pub(super) fn scale(words: &mut [u64], factor: u64) {
                let (vectors, rest) = words.as_chunks_mut::<LANES>();
                let factors = splat(factor);
                for vector in vectors {
                    store(vector, mul(load(vector), factors));
                }
                for word in rest {
                    *word = field::mul(*word, factor);
                }
            }
        }
    };
}

layers!(scalar,);
#[cfg(target_arch = "x86_64")]
layers!(avx2, #[target_feature(enable = "avx2")]);
#[cfg(target_arch = "x86_64")]
layers!(avx512, #[target_feature(enable = "avx512f")]);
