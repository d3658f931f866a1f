//! The permutation of eight states at a time.
//!
//! Bounds, in multiples of `p` (see [`crate::bn254::ifma`]): a reduced sum has 1; an S-box then gives less than 2. In
//! the partial rounds an element is below 6 (its product), a reduced sum and a constant, so below 8 + 2^-19, and an S-box
//! gives less than 2. Sums before a reduction are below `80 · 8·p` and far from what they may be.

use super::Parameters;
use crate::bn254::ifma::{Factor, FrLanes, Sum};
use crate::bn254::limbs::split;
use ark_bn254::{Fr, FrConfig};
use std::array::from_fn;
use std::sync::OnceLock;

type Limbs = [u64; 5];

/// The constants of one width as limbs of 52 bits.
struct Tables {
    width: usize,
    diagonal: Vec<Factor<FrConfig>>,
    behind_external: Vec<Vec<Limbs>>,
    behind_internal: Vec<Limbs>,
    behind_last_internal: Vec<Limbs>,
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
        // From the Montgomery factor 2^256 to 2^260.
        let limbs = |element: &Fr| split((*element * Fr::from(16u64)).0.0);
        let all = |elements: &[Fr]| elements.iter().map(limbs).collect::<Vec<_>>();
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
                .map(|elements| all(elements))
                .collect(),
            behind_internal: all(internal),
            behind_last_internal: all(last),
        }
    }
}

/// Permutes any number of states.
#[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
pub(super) fn permute_all<const T: usize>(states: &mut [[Fr; T]]) {
    for chunk in states.chunks_mut(8) {
        // What is missing to eight is computed for the last state again, and dropped.
        let row = |lane: usize| lane.min(chunk.len() - 1);
        let mut lanes: [FrLanes; T] =
            from_fn(|i| FrLanes::load(from_fn(|lane| &chunk[row(lane)][i])));
        permute(&mut lanes);
        for (i, lanes) in lanes.into_iter().enumerate() {
            for (state, element) in chunk.iter_mut().zip(lanes.store()) {
                state[i] = element;
            }
        }
    }
}

/// Permutes eight states of bound 4.
#[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
pub(super) fn permute<const T: usize>(state: &mut [FrLanes; T]) {
    let tables = Tables::of_width(T);
    let (first, last) = tables
        .behind_external
        .split_at(tables.behind_external.len() / 2 + 1);
    external(state, &first[0]);
    for constants in &first[1..] {
        full_round(state, constants);
    }
    let diagonal: &[Factor<FrConfig>; T] = tables
        .diagonal
        .as_slice()
        .try_into()
        .expect("a factor for each element");
    state[0] = sbox(state[0]);
    let mut total = sum(state);
    for constant in &tables.behind_internal {
        total = internal_round(state, diagonal, total, constant);
    }
    for (i, constant) in tables.behind_last_internal.iter().enumerate() {
        state[i] = state[i].mul_factor(&diagonal[i], total.plus_constant(constant));
    }
    for constants in last {
        full_round(state, constants);
    }
}

/// The matrix of a partial round, all ones plus a diagonal, from the sum of the state; then the S-box of the next round.
/// Returns the next sum.
///
/// The three products of the S-box wait for one another; the products of the other elements stand between them, so that
/// the processor has other work.
#[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
#[inline]
fn internal_round<const T: usize>(
    state: &mut [FrLanes; T],
    diagonal: &[Factor<FrConfig>; T],
    total: Sum<FrConfig>,
    constant: &Limbs,
) -> Sum<FrConfig> {
    let third = (T - 1) / 3;
    let x = state[0].mul_factor(&diagonal[0], total.plus_constant(constant));
    let second = x.square();
    scale(&mut state[1..=third], &diagonal[1..=third], total);
    let fourth = second.square();
    scale(
        &mut state[third + 1..=2 * third],
        &diagonal[third + 1..=2 * third],
        total,
    );
    state[0] = fourth.mul(x);
    scale(
        &mut state[2 * third + 1..],
        &diagonal[2 * third + 1..],
        total,
    );
    sum(state)
}

/// Multiplies each element with its factor and adds the sum.
#[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
#[inline]
fn scale(elements: &mut [FrLanes], factors: &[Factor<FrConfig>], total: Sum<FrConfig>) {
    for (element, factor) in elements.iter_mut().zip(factors) {
        *element = element.mul_factor(factor, total);
    }
}

/// The S-boxes of a full round, its matrix, and constants.
#[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
fn full_round<const T: usize>(state: &mut [FrLanes; T], constants: &[Limbs]) {
    for element in state.iter_mut() {
        *element = sbox(*element);
    }
    external(state, constants);
}

/// Raises to the fifth power.
#[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
#[inline]
fn sbox(x: FrLanes) -> FrLanes {
    x.square().square().mul(x)
}

/// Returns the reduced sum of the elements.
#[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
#[inline]
fn sum<const T: usize>(state: &[FrLanes; T]) -> Sum<FrConfig> {
    // The first element comes last: it is ready last.
    let mut sum = Sum::new(state[T - 1]);
    for element in state[..T - 1].iter().rev() {
        sum = sum.plus(Sum::new(*element));
    }
    Sum::new(sum.reduce())
}

/// Multiplies each four elements with the 4x4 matrix of the paper (its appendix B), adds to each element the sum of
/// its position over the fours if there are several, then constants.
#[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
fn external<const T: usize>(state: &mut [FrLanes; T], constants: &[Limbs]) {
    let mut sums = state.map(|element| Sum::new(element));
    for group in sums.chunks_exact_mut(4) {
        let [a, b, c, d] = [group[0], group[1], group[2], group[3]];
        let t0 = a.plus(b);
        let t1 = c.plus(d);
        let t2 = b.double().plus(t1);
        let t3 = d.double().plus(t0);
        let t4 = t1.double().double().plus(t3);
        let t5 = t0.double().double().plus(t2);
        group.copy_from_slice(&[t3.plus(t5), t5, t2.plus(t4), t4]);
    }
    if T > 4 {
        for position in 0..4 {
            let mut total = sums[position];
            for group in 1..T / 4 {
                total = total.plus(sums[4 * group + position]);
            }
            for group in 0..T / 4 {
                sums[4 * group + position] = sums[4 * group + position].plus(total);
            }
        }
    }
    for i in 0..T {
        state[i] = sums[i].plus_constant(&constants[i]).reduce();
    }
}
