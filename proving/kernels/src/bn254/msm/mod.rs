//! Multi-scalar multiplication in G1 and G2: `Σ sᵢ·Pᵢ` over public points.
//!
//! Pippenger's method with signed windows. The points of one bucket are added pairwise in affine coordinates, in rounds
//! of a tree: an affine addition costs three multiplications and an inversion, and thousands of additions share one
//! inversion. Scalars with few bits have few non-zero digits, so zeros cost nothing and ones one addition; no case of
//! its own is needed for them.
//!
//! Time depends on the scalars. A prover that must hide its witness from whoever shares its processor must not use it.

mod batch;
mod group;
#[cfg(target_arch = "x86_64")]
mod ifma;
#[cfg(target_arch = "x86_64")]
mod lanes;
mod point;
mod scalars;
mod tree;
mod window;

use ark_bn254::{G1Projective, G2Projective};
use ark_ff::AdditiveGroup;
use rayon::prelude::*;

pub use group::{G1, G2, Group};
pub use point::{G1Point, G2Point, Point};
pub use scalars::Scalars;

use crate::Path;

/// One sum: scalar `i` belongs to base `i`.
#[derive(Clone, Copy, Debug)]
pub struct Sum<'a, G: Group> {
    /// The points, as many as there are scalars.
    pub bases: &'a [G::Point],
    /// The scalars.
    pub scalars: &'a Scalars,
}

/// Computes sums of both groups in one schedule over the threads of the current pool.
///
/// # Panics
///
/// If a sum has not as many bases as scalars.
pub fn sums<const M: usize, const N: usize>(
    path: Path,
    g1: [Sum<'_, G1>; M],
    g2: [Sum<'_, G2>; N],
) -> ([G1Projective; M], [G2Projective; N]) {
    // The windows of the second group take longest: they come first, so that no thread starts one when others end.
    let mut tasks: Vec<(bool, usize, usize)> = Vec::new();
    tasks.extend(windows(&g2).map(|(sum, window)| (true, sum, window)));
    tasks.extend(windows(&g1).map(|(sum, window)| (false, sum, window)));
    let totals: Vec<WindowTotal> = tasks
        .par_iter()
        .with_max_len(1)
        .map(|&(second, sum, window)| {
            if second {
                WindowTotal::G2(window::total(path, &g2[sum], window))
            } else {
                WindowTotal::G1(window::total(path, &g1[sum], window))
            }
        })
        .collect();

    let mut totals = totals.into_iter();
    let g2 = g2.map(|sum| {
        let count = sum.scalars.num_windows();
        let of_sum = totals.by_ref().take(count).filter_map(WindowTotal::g2);
        combine::<G2>(&sum, of_sum.collect())
    });
    let g1 = g1.map(|sum| {
        let count = sum.scalars.num_windows();
        let of_sum = totals.by_ref().take(count).filter_map(WindowTotal::g1);
        combine::<G1>(&sum, of_sum.collect())
    });
    (g1, g2)
}

enum WindowTotal {
    G1(G1Projective),
    G2(G2Projective),
}

impl WindowTotal {
    fn g1(self) -> Option<G1Projective> {
        match self {
            Self::G1(total) => Some(total),
            Self::G2(_) => None,
        }
    }

    fn g2(self) -> Option<G2Projective> {
        match self {
            Self::G2(total) => Some(total),
            Self::G1(_) => None,
        }
    }
}

/// Every (sum, window) of a list.
fn windows<'a, G: Group>(sums: &'a [Sum<'_, G>]) -> impl Iterator<Item = (usize, usize)> + 'a {
    sums.iter().enumerate().flat_map(|(index, sum)| {
        assert_eq!(
            sum.bases.len(),
            sum.scalars.len(),
            "every scalar has its base"
        );
        (0..sum.scalars.num_windows()).map(move |window| (index, window))
    })
}

/// `Σ 2^(c·i)·totalᵢ` from the top window down.
fn combine<G: Group>(sum: &Sum<'_, G>, totals: Vec<G::Total>) -> G::Total {
    let mut result = G::Total::default();
    for total in totals.into_iter().rev() {
        for _ in 0..sum.scalars.window_bits() {
            result.double_in_place();
        }
        result += total;
    }
    result
}

#[cfg(test)]
mod tests;
