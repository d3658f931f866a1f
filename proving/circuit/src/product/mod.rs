//! Products that the prover supplies and the circuit checks at random points (Freivalds).
//!
//! A product is `Y[j][t] = Σ_k W[j][k]·X[k][t]` for `N` outputs `j` at `T` positions `t`. The sums `Y` are free
//! targets. With the challenges `a`, `b` of [`crate::challenge`] the circuit checks
//!
//! ```text
//! Σ_j b^(N-1-j) Σ_t a^(T-1-t) Y[j][t] = Σ_j b^(N-1-j) Σ_k W[j][k]·S[k],   S[k] = Σ_t a^(T-1-t) X[k][t]
//! ```
//!
//! in the quadratic extension of the field, of p^2 > 2^127.99 elements. It costs about one use of each weight, of
//! each input and of each sum, whatever `T` is; a direct product uses each weight `T` times.
//!
//! # Soundness
//!
//! Let `E[j][t] = Y[j][t] - Σ_k W[j][k]·X[k][t]` in the field. The check says that the polynomial
//! `Σ E[j][t] A^(T-1-t) B^(N-1-j)` is zero at `(a, b)`. Every cell has its own monomial, so the polynomial is zero
//! exactly if every sum is right; else it vanishes at a random point with probability at most
//! `(T - 1 + N - 1) / p^2` (Schwartz, Zippel), and the point is a hash of everything that `E` is made of. With one
//! base for both directions cells of equal `j + t` would share a monomial, and +d here and -d there would pass.
//!
//! The same holds where `W` is not committed but lanes of another value: then the right side is
//! `Σ_k R[k]·S[k]` with `R[k] = Σ_j b^(N-1-j) W[j][k]`.
//!
//! All nodes' checks share the point. Of the first node that is wrong, its other factor is a function of model and input
//! and its `E` fixed before the point is (see [`crate::challenge`]). The probability that its check passes is bounded as
//! above, and summed over which node is the first. Degrees of a model of at most 2^22 values
//! ([`assay_model::quant::limits::MAX_ALL_ACTIVATIONS`]) sum to less than 2^22, so a prover that tries one transcript
//! passes with a wrong sum with probability below 2^22 / 2^127.99 < 2^-105; for LeNet-5 the degrees sum to
//! (783 + 5) + (99 + 15) = 902, hence below 2^-118. Trying `n` transcripts multiplies it by `n`.
//!
//! In the integers: `|Σ_k W·X|` is at most `K·2^14`, or `K·255^2` of lanes less zero points, and of int16 lanes `K·2^22` or
//! `K·65535^2`; all of them below the accumulators' 2^38 (`assay_model::quant::limits`) and so far below p/2. The check is one
//! of field elements, so a sum that passes is that integer. Nothing else bounds the sums.

mod sums;
mod weights;

pub use sums::total;

use assay_model::Window;
use plonky2::iop::target::Target;

use crate::challenge::{Challenges, Ext};
use crate::cost::Purpose;
use crate::layout::Layout;
use sums::{Line, Windows, double_sum, horner, power, window_sums};
use weights::weighted_sum_of_groups;

/// A product whose sums the prover supplies.
pub struct Product {
    /// The node that it belongs to.
    pub node: usize,
    /// Where the evaluator has the first of these sums among the node's.
    pub first: usize,
    /// Where outputs of a position are beside each other: how far it is from one position to the next.
    pub stride: usize,
    /// The sums without biases, `[outputs][positions]`.
    pub sums: Vec<Vec<Target>>,
    /// What they are sums of products of.
    pub factors: Factors,
}

/// The two factors of a product.
pub enum Factors {
    /// Committed weights and lanes.
    Weights {
        /// Packed weights, one row for each output.
        weights: Vec<Vec<Target>>,
        /// What the weights meet.
        inputs: Inputs,
    },
    /// Lanes of two values, each less its zero point.
    Lanes {
        /// `[inner][positions]`.
        left: Vec<Vec<Target>>,
        /// `[inner][outputs]`.
        right: Vec<Vec<Target>>,
        /// The zero point of each.
        zero_points: [Target; 2],
    },
}

/// The factor of a product that weights meet.
pub enum Inputs {
    /// `[inputs][positions]`.
    Columns(Vec<Vec<Target>>),
    /// The windows of padded channels.
    Windows {
        /// `[channels][height][width]`, padding included.
        channels: Vec<Vec<Vec<Target>>>,
        /// Where windows lie, along the two dimensions.
        shape: [Windows; 2],
        /// Outputs and channels are split into so many groups.
        groups: usize,
    },
}

impl Inputs {
    /// Returns the windows over `[channels][height][width]`, which include the padding that `window` says.
    pub fn windows(
        channels: Vec<Vec<Vec<Target>>>,
        window: &Window,
        output: &[usize],
        groups: usize,
    ) -> Self {
        let axis = |axis: usize| Windows {
            count: output[axis],
            stride: window.strides[axis],
            offsets: (0..window.kernel[axis])
                .map(|tap| tap * window.dilations[axis])
                .collect(),
        };
        // One spatial dimension is a single row of a plane.
        let shape = match output.len() {
            1 => [Windows::single(), axis(0)],
            _ => [axis(0), axis(1)],
        };
        Self::Windows {
            channels,
            shape,
            groups,
        }
    }

    /// Returns for each group `S[k]` for each of its inputs.
    fn position_sums(&self, layout: &mut Layout, base: Ext) -> Vec<Vec<Ext>> {
        match self {
            Self::Columns(columns) => {
                vec![
                    columns
                        .iter()
                        .map(|column| horner(layout, base, column))
                        .collect(),
                ]
            }
            Self::Windows {
                channels,
                shape: [rows, columns],
                groups,
            } => plane_sums(layout, base, channels, rows, columns)
                .chunks(channels.len() / groups)
                .map(|group| group.concat())
                .collect(),
        }
    }
}

/// Returns for each channel and tap, row-major, the sum over the tap's positions `(y, x)` of the value there
/// times `base^(T-1-t)` with `t = y·width + x`: `base` to the power of the width for a step along `y`.
fn plane_sums(
    layout: &mut Layout,
    base: Ext,
    channels: &[Vec<Vec<Target>>],
    rows: &Windows,
    columns: &Windows,
) -> Vec<Vec<Ext>> {
    let row_base = power(layout, base, columns.count);
    let row_power = power(layout, row_base, rows.count);
    // Rows that no tap meets have no sums.
    let height = rows.length();
    let lines = channels
        .iter()
        .flat_map(|channel| channel[..height].iter().cloned().map(Line::Base))
        .collect::<Vec<_>>();
    // [tap along x][channel · height]
    let along_rows = window_sums(layout, base, row_base, &lines, columns);
    let taps = along_rows.len();
    let lines = (0..channels.len())
        .flat_map(|channel| {
            let part = |sums: &Vec<Ext>| Line::Ext(sums[channel * height..][..height].to_vec());
            along_rows.iter().map(part).collect::<Vec<_>>()
        })
        .collect::<Vec<_>>();
    // [tap along y][channel · taps along x]
    let along_columns = window_sums(layout, row_base, row_power, &lines, rows);
    (0..channels.len())
        .map(|channel| {
            let part = |sums: &Vec<Ext>| sums[channel * taps..][..taps].to_vec();
            along_columns.iter().flat_map(part).collect()
        })
        .collect()
}

impl Windows {
    /// Returns the windows of a dimension of one.
    fn single() -> Self {
        Self {
            count: 1,
            stride: 1,
            offsets: vec![0],
        }
    }

    /// Returns how many positions the windows span.
    fn length(&self) -> usize {
        let last = self.offsets.last().copied().unwrap_or(0);
        last + (self.count - 1) * self.stride + 1
    }
}

impl Product {
    /// Returns whether a value of the sums has the outputs of a position beside each other, not the positions of
    /// an output.
    pub fn has_outputs_last(&self) -> bool {
        match &self.factors {
            Factors::Weights { inputs, .. } => matches!(inputs, Inputs::Columns(_)),
            Factors::Lanes { .. } => true,
        }
    }

    /// Adds the check. It binds the sums only if the challenges are squeezed after they were absorbed.
    pub fn check(&self, layout: &mut Layout, challenges: Challenges) {
        let Challenges { positions, outputs } = challenges;
        let left = layout.count(Purpose::Products, |layout| {
            double_sum(layout, outputs, positions, &self.sums)
        });
        let right = match &self.factors {
            Factors::Weights { weights, inputs } => {
                let sums = layout.count(Purpose::Products, |layout| {
                    inputs.position_sums(layout, positions)
                });
                let rows = weights.iter().map(Vec::as_slice).collect::<Vec<_>>();
                layout.count(Purpose::Weights, |layout| {
                    weighted_sum_of_groups(layout, outputs, &rows, &sums)
                })
            }
            Factors::Lanes {
                left,
                right,
                zero_points: [left_zero, right_zero],
            } => layout.count(Purpose::Products, |layout| {
                let left = centered_sums(layout, positions, left, *left_zero);
                let right = centered_sums(layout, outputs, right, *right_zero);
                inner_product(layout, &left, &right)
            }),
        };
        layout.connect_pair(left, right);
    }
}

/// Returns for each row `Σ_i base^(n-1-i)·(row[i] - zero_point)`.
fn centered_sums(
    layout: &mut Layout,
    base: Ext,
    rows: &[Vec<Target>],
    zero_point: Target,
) -> Vec<Ext> {
    // All rows are as long as the first, so they share Σ base^(n-1-i)·zero_point.
    let zero_points = vec![zero_point; rows.first().map_or(0, Vec::len)];
    let shared = horner(layout, base, &zero_points);
    rows.iter()
        .map(|row| {
            let sum = horner(layout, base, row);
            layout.builder.sub_extension(sum, shared)
        })
        .collect()
}

/// Returns `Σ_k left[k]·right[k]`.
fn inner_product(layout: &mut Layout, left: &[Ext], right: &[Ext]) -> Ext {
    let zero = layout.builder.zero_extension();
    left.iter().zip(right).fold(zero, |sum, (&left, &right)| {
        layout.make_room(0);
        layout.builder.mul_add_extension(left, right, sum)
    })
}
