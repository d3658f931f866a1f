//! The permutation of a block of states, once for each path.
//!
//! A round's matrix has entries of at most 6 bits and row sums of at most 264. A state that is split into halves of 32
//! bits can therefore be multiplied three times before a half leaves its 64-bit word: the halves are only joined and
//! reduced modulo `p` where the next power needs it. In the partial rounds that is the first element alone; the others
//! are reduced every third round. The sparse matrices that spare scalar code multiplications (Poseidon paper, appendix
//! B) would cost more here than the matrix itself, which is shifts and additions; of that appendix only the constants
//! are taken: those of partial rounds are moved until they meet the first element alone.

use super::{BLOCK, Poseidon, WIDTH};
use crate::Path;

/// As many states as a block holds, element by element: `block[i][k]` is element `i` of state `k`.
pub(super) type Block = [[u64; BLOCK]; WIDTH];

/// Permutes every state of the block. Words in: any; out: any.
pub(super) fn permute_block(path: Path, poseidon: &Poseidon, block: &mut Block) {
    match path {
        #[cfg(target_arch = "x86_64")]
        Path::Avx512 if path.is_available() => {
            // SAFETY: the processor has AVX-512 F, as was just asked.
            unsafe { avx512::permute_block(poseidon, block) }
        }
        #[cfg(target_arch = "x86_64")]
        Path::Avx2 if path.is_available() => {
            // SAFETY: the processor has AVX2, as was just asked.
            unsafe { avx2::permute_block(poseidon, block) }
        }
        _ => scalar::permute_block(poseidon, block),
    }
}

/// Permutes one state. Words in: any; out: any.
pub(super) fn permute_one(poseidon: &Poseidon, state: &mut [u64; WIDTH]) {
    let mut group = [*state];
    scalar::permute(poseidon, &mut group);
    *state = group[0];
}

/// Writes the module of a path: `GROUPS` vectors of states are permuted side by side, so that the long chain of the
/// first element's powers in one is hidden behind the other's work.
macro_rules! permutation {
    ($name:ident, $groups:literal, $(#[$feature:meta])?) => {
        mod $name {
            use super::{BLOCK, Block, Poseidon, WIDTH};
            use crate::goldilocks::lanes::$name::*;
            use crate::goldilocks::poseidon::constants::Split;

            const GROUPS: usize = $groups;

            #[inline]
            $(#[$feature])?
            pub(super) fn permute_block(poseidon: &Poseidon, block: &mut Block) {
                for start in (0..BLOCK).step_by(GROUPS * LANES) {
                    let mut states = [[splat(0); WIDTH]; GROUPS];
                    for (i, words) in block.iter().enumerate() {
                        let (vectors, _) = words[start..].as_chunks::<LANES>();
                        for (state, vector) in states.iter_mut().zip(vectors) {
                            state[i] = load(vector);
                        }
                    }
                    permute(poseidon, &mut states);
                    for (i, words) in block.iter_mut().enumerate() {
                        let (vectors, _) = words[start..].as_chunks_mut::<LANES>();
                        for (state, vector) in states.iter().zip(vectors) {
                            store(vector, state[i]);
                        }
                    }
                }
            }

            $(#[$feature])?
            pub(super) fn permute<const G: usize>(poseidon: &Poseidon, states: &mut [[V; WIDTH]; G]) {
                for state in states.iter_mut() {
                    for (element, constant) in state.iter_mut().zip(&poseidon.first) {
                        *element = add_canonical(*element, splat(*constant));
                    }
                }
                let [rounds @ .., last] = &poseidon.beginning;
                for constants in rounds {
                    for state in states.iter_mut() {
                        let (low, high) = full_round(state, constants);
                        *state = joined(&low, &high);
                    }
                }
                let mut halves = [([splat(0); WIDTH], [splat(0); WIDTH]); G];
                for (half, state) in halves.iter_mut().zip(states.iter()) {
                    *half = full_round(state, last);
                }
                for (r, constant) in poseidon.partial.iter().enumerate() {
                    partial_round(&mut halves, *constant);
                    // The full round before has used one of the three products without reduction.
                    if r % 3 == 1 {
                        for (low, high) in halves.iter_mut() {
                            reduce_tail(low, high);
                        }
                    }
                }
                let [first, rounds @ ..] = &poseidon.end;
                for ((low, high), state) in halves.iter_mut().zip(states.iter_mut()) {
                    add_constants(low, high, first);
                    *state = joined(low, high);
                }
                for constants in rounds {
                    for state in states.iter_mut() {
                        let (low, high) = full_round(state, constants);
                        *state = joined(&low, &high);
                    }
                }
            }

            /// Powers, matrix, next constants. The halves are below 2^42.
            #[inline]
            $(#[$feature])?
            fn full_round(state: &[V; WIDTH], constants: &Split) -> ([V; WIDTH], [V; WIDTH]) {
                let mut lows = [splat(0); WIDTH];
                let mut highs = [splat(0); WIDTH];
                for i in 0..WIDTH {
                    let power = seventh_power(state[i]);
                    lows[i] = low(power);
                    highs[i] = high(power);
                }
                matrix(&mut lows);
                matrix(&mut highs);
                add_constants(&mut lows, &mut highs, constants);
                (lows, highs)
            }

            /// The first element's power and constant, then the matrix. Halves grow by less than 9 bits.
            #[inline]
            $(#[$feature])?
            fn partial_round<const G: usize>(halves: &mut [([V; WIDTH], [V; WIDTH]); G], constant: (u64, u64)) {
                let mut firsts = [splat(0); G];
                for (first, (lows, highs)) in firsts.iter_mut().zip(halves.iter()) {
                    *first = seventh_power(join(lows[0], highs[0]));
                }
                for (first, (lows, highs)) in firsts.iter().zip(halves.iter_mut()) {
                    lows[0] = add_raw(low(*first), splat(constant.0));
                    highs[0] = add_raw(high(*first), splat(constant.1));
                    matrix(lows);
                    matrix(highs);
                }
            }

            #[inline]
            $(#[$feature])?
            fn reduce_tail(lows: &mut [V; WIDTH], highs: &mut [V; WIDTH]) {
                for i in 1..WIDTH {
                    let word = join(lows[i], highs[i]);
                    lows[i] = low(word);
                    highs[i] = high(word);
                }
            }

            #[inline]
            $(#[$feature])?
            fn add_constants(lows: &mut [V; WIDTH], highs: &mut [V; WIDTH], constants: &Split) {
                for i in 0..WIDTH {
                    lows[i] = add_raw(lows[i], splat(constants.low[i]));
                    highs[i] = add_raw(highs[i], splat(constants.high[i]));
                }
            }

            #[inline]
            $(#[$feature])?
            fn joined(lows: &[V; WIDTH], highs: &[V; WIDTH]) -> [V; WIDTH] {
                let mut state = [splat(0); WIDTH];
                for i in 0..WIDTH {
                    state[i] = join(lows[i], highs[i]);
                }
                state
            }

            #[inline]
            $(#[$feature])?
            fn seventh_power(x: V) -> V {
                let second = square(x);
                let third = mul(second, x);
                mul(third, square(second))
            }

            /// Multiplies by the circulant matrix and adds the diagonal one's part, all modulo 2^64: if the result is
            /// below 2^64 as an integer it is that integer, whatever the intermediate values are.
            ///
            /// The state is a polynomial modulo `x^12 - 1 = (x^3 - 1)(x^3 + 1)(x^6 + 1)` and the matrix multiplies it
            /// by the polynomial of its first column. Modulo the three factors that column, divided by what taking
            /// the remainders together would divide by, is `16 (1, 2, 1)`, `(-1, -8, 2)` and `(2, -4, 16, 1, -1, -1)`.
            #[inline]
            $(#[$feature])?
            fn matrix(s: &mut [V; WIDTH]) {
                let diagonal = shl::<3>(s[0]);
                let mut a = [splat(0); 6];
                let mut d = [splat(0); 6];
                for i in 0..6 {
                    a[i] = add_raw(s[i], s[i + 6]);
                    d[i] = sub_raw(s[i], s[i + 6]);
                }
                let mut e = [splat(0); 3];
                let mut f = [splat(0); 3];
                for i in 0..3 {
                    e[i] = add_raw(a[i], a[i + 3]);
                    f[i] = sub_raw(a[i], a[i + 3]);
                }
                let total = add_raw(add_raw(e[0], e[1]), e[2]);
                let p = [
                    shl::<4>(add_raw(total, e[2])),
                    shl::<4>(add_raw(total, e[0])),
                    shl::<4>(add_raw(total, e[1])),
                ];
                let q = [
                    sub_raw(sub_raw(shl::<3>(f[2]), f[0]), add_raw(f[1], f[1])),
                    sub_raw(splat(0), add_raw(add_raw(shl::<3>(f[0]), f[1]), add_raw(f[2], f[2]))),
                    sub_raw(sub_raw(add_raw(f[0], f[0]), shl::<3>(f[1])), f[2]),
                ];
                let w = negacyclic(&d);
                for i in 0..3 {
                    let (sum, difference) = (add_raw(p[i], q[i]), sub_raw(p[i], q[i]));
                    s[i] = add_raw(sum, w[i]);
                    s[i + 6] = sub_raw(sum, w[i]);
                    s[i + 3] = add_raw(difference, w[i + 3]);
                    s[i + 9] = sub_raw(difference, w[i + 3]);
                }
                s[0] = add_raw(s[0], diagonal);
            }

            /// The product with `2 - 4x + 16x^2 + x^3 - x^4 - x^5` modulo `x^6 + 1`.
            #[inline]
            $(#[$feature])?
            fn negacyclic(d: &[V; 6]) -> [V; 6] {
                // 2 (a + 2 (4 b - c)), the part of the large coefficients.
                let large = |a, b, c| {
                    let inner = sub_raw(shl::<2>(b), c);
                    let sum = add_raw(a, add_raw(inner, inner));
                    add_raw(sum, sum)
                };
                // 2 (a - 2 (4 b + c)), where two terms have come round with a minus.
                let turned = |a, b, c| {
                    let inner = add_raw(shl::<2>(b), c);
                    let sum = sub_raw(a, add_raw(inner, inner));
                    add_raw(sum, sum)
                };
                // 2 (a - 2 (4 b - c)), where one has.
                let half_turned = |a, b, c| {
                    let inner = sub_raw(shl::<2>(b), c);
                    let sum = sub_raw(a, add_raw(inner, inner));
                    add_raw(sum, sum)
                };
                [
                    add_raw(half_turned(d[0], d[4], d[5]), sub_raw(add_raw(d[1], d[2]), d[3])),
                    add_raw(turned(d[1], d[5], d[0]), sub_raw(add_raw(d[2], d[3]), d[4])),
                    add_raw(large(d[2], d[0], d[1]), sub_raw(add_raw(d[3], d[4]), d[5])),
                    add_raw(large(d[3], d[1], d[2]), add_raw(add_raw(d[0], d[4]), d[5])),
                    add_raw(large(d[4], d[2], d[3]), sub_raw(add_raw(d[1], d[5]), d[0])),
                    add_raw(large(d[5], d[3], d[4]), sub_raw(d[2], add_raw(d[0], d[1]))),
                ]
            }
        }
    };
}

permutation!(scalar, 1,);
#[cfg(target_arch = "x86_64")]
permutation!(avx2, 2, #[target_feature(enable = "avx2")]);
#[cfg(target_arch = "x86_64")]
permutation!(avx512, 2, #[target_feature(enable = "avx512f")]);
