//! The permutation in words.
//!
//! Bounds, in multiples of `p` (see [`crate::bn254::scalar`]): a reduced sum has 1, with a round constant 2; an S-box
//! then gives less than 2. In the partial rounds an element is below 3 + 1 (its product and the sum) and is reduced
//! before an S-box takes it. Sums before a reduction are below `80 · 2·p` or `16 · 4.1·p`, far below 2^262.

use super::Parameters;
use crate::bn254::scalar::{Factor, Sum, Words, add, canonical, mul, mul_factor, square};
use ark_bn254::{Fr, FrConfig};
use ark_ff::{BigInt, Fp};
use std::marker::PhantomData;
use std::sync::OnceLock;

/// The constants of one width as words.
struct Tables {
    width: usize,
    diagonal: Vec<Factor>,
    behind_external: Vec<Vec<Words>>,
    behind_internal: Vec<Words>,
    behind_last_internal: Vec<Words>,
}

impl Tables {
    fn of_width(width: usize) -> &'static Self {
        static ALL: OnceLock<Vec<Tables>> = OnceLock::new();
        ALL.get_or_init(|| Parameters::all().iter().map(Self::new).collect())
            .iter()
            .find(|tables| tables.width == width)
            .expect("widths are 4, 8 and 16")
    }

    fn new(parameters: &Parameters) -> Self {
        let words = |elements: &[Fr]| {
            elements
                .iter()
                .map(|element| element.0.0)
                .collect::<Vec<_>>()
        };
        let (internal, last) = parameters.behind_internal();
        Self {
            width: parameters.width,
            diagonal: parameters
                .diagonal_minus_one
                .iter()
                .map(Factor::new)
                .collect(),
            behind_external: parameters
                .behind_external()
                .iter()
                .map(|elements| words(elements))
                .collect(),
            behind_internal: words(internal),
            behind_last_internal: words(last),
        }
    }
}

/// Returns the element of canonical words.
pub(super) fn element(words: Words) -> Fr {
    Fp(BigInt(words), PhantomData)
}

/// Permutes a state of bound 2, gives canonical words.
pub(super) fn permute<const T: usize>(state: &mut [Words; T]) {
    let tables = Tables::of_width(T);
    let (first, last) = tables
        .behind_external
        .split_at(tables.behind_external.len() / 2 + 1);
    external(state, &first[0]);
    for constants in &first[1..] {
        state.iter_mut().for_each(sbox);
        external(state, constants);
    }
    let diagonal: &[Factor; T] = tables
        .diagonal
        .as_slice()
        .try_into()
        .expect("a factor for each element");
    for constant in &tables.behind_internal {
        internal_round(state, diagonal);
        state[0] = reduced_sum(&state[0], constant);
    }
    internal_round(state, diagonal);
    for (element, constant) in state.iter_mut().zip(&tables.behind_last_internal) {
        *element = reduced_sum(element, constant);
    }
    for constants in last {
        state.iter_mut().for_each(sbox);
        external(state, constants);
    }
    for element in state {
        *element = canonical::<FrConfig>(element);
    }
}

/// Returns `a + b` of bound 1.
#[inline(always)]
fn reduced_sum(a: &Words, b: &Words) -> Words {
    Sum::new(a).plus_value(b).reduce::<FrConfig>()
}

/// Raises to the fifth power.
#[inline(always)]
fn sbox(x: &mut Words) {
    let fourth = square::<FrConfig>(&square::<FrConfig>(x));
    *x = mul::<FrConfig>(x, &fourth);
}

/// The S-box of a partial round and its matrix, all ones plus a diagonal.
///
/// The three products of the S-box wait for one another; the products of the other elements stand between them, so that
/// the processor has other work.
#[inline(always)]
fn internal_round<const T: usize>(state: &mut [Words; T], diagonal: &[Factor; T]) {
    let mut sum = Sum::new(&state[1]);
    for element in &state[2..] {
        sum = sum.plus_value(element);
    }
    let third = (T - 1) / 3;
    let x = state[0];
    let second = square::<FrConfig>(&x);
    scale(&mut state[1..=third], &diagonal[1..=third]);
    let fourth = square::<FrConfig>(&second);
    scale(
        &mut state[third + 1..=2 * third],
        &diagonal[third + 1..=2 * third],
    );
    state[0] = mul::<FrConfig>(&x, &fourth);
    scale(&mut state[2 * third + 1..], &diagonal[2 * third + 1..]);
    let sum = sum.plus_value(&state[0]).reduce::<FrConfig>();
    scale(&mut state[..1], &diagonal[..1]);
    for element in state {
        *element = add(element, &sum);
    }
}

/// Multiplies each element with its factor.
#[inline(always)]
fn scale(elements: &mut [Words], factors: &[Factor]) {
    for (element, factor) in elements.iter_mut().zip(factors) {
        *element = mul_factor::<FrConfig>(element, factor);
    }
}

/// Multiplies each four elements with the 4x4 matrix of the paper (its appendix B), adds to each element the sum of
/// its position over the fours if there are several, then constants.
#[inline(always)]
fn external<const T: usize>(state: &mut [Words; T], constants: &[Words]) {
    let mut sums = [Sum::new(&[0; 4]); T];
    for (group, out) in state.chunks_exact(4).zip(sums.chunks_exact_mut(4)) {
        let [a, b, c, d] = [0, 1, 2, 3].map(|i| Sum::new(&group[i]));
        let t0 = a.plus(&b);
        let t1 = c.plus(&d);
        let t2 = b.plus(&b).plus(&t1);
        let t3 = d.plus(&d).plus(&t0);
        let t4 = t1.times_four().plus(&t3);
        let t5 = t0.times_four().plus(&t2);
        out.copy_from_slice(&[t3.plus(&t5), t5, t2.plus(&t4), t4]);
    }
    if T > 4 {
        for position in 0..4 {
            let mut total = sums[position];
            for group in 1..T / 4 {
                total = total.plus(&sums[4 * group + position]);
            }
            for group in 0..T / 4 {
                sums[4 * group + position] = sums[4 * group + position].plus(&total);
            }
        }
    }
    for ((element, sum), constant) in state.iter_mut().zip(&sums).zip(constants) {
        *element = add(&sum.reduce::<FrConfig>(), constant);
    }
}
