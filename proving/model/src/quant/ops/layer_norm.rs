//! Every row brought to mean 0 and variance 1, then scaled and shifted per column.
//!
//! A row `x` of `n` int8 lanes becomes the lanes `y`. Committed are the `Epsilon` E, one for all rows, and for each
//! column a scale `w` of 16 bits and a bias `b` of 25. All sums are exact:
//!
//! ```text
//! s    = sum x[j]         q = sum x[j]^2
//! D[j] = n * x[j] - s                            |D[j]| <= 255 * n
//! W    = n * q - s^2 + E                         n^2 times variance and epsilon:  E <= W <= n^2 * 2^15
//! r^2 * W <= 2^48 < (r + 1)^2 * W                r = floor(2^24 / sqrt(W))
//! D[j] * (2r + 1) * w[j] + b[j] * 2^17 + 2^32 = v[j] * 2^33 + u[j]        0 <= u[j] < 2^33
//! y[j] = min(127, max(-128, v[j]))
//! ```
//!
//! `(2r + 1) / 2^25` is `1 / sqrt(W)` to one part in `2r`. The scale means `w / 2^8` output lanes for one standard
//! deviation, the bias `b / 2^16` lanes, the output's zero point included. Rounding is half up.
//!
//! Each hint (r, v, u) has one solution. E is at least `n^2 / 16`: a variance of a sixteenth of a squared lane, less
//! than the rounding to lanes itself adds (a twelfth). So `r <= 2^26 / n`, and with `r * W <= 2^32 * n` all products that
//! the middle line needs stay far below the modulus: a circuit checks both ranges, then
//! `r * (r * W) <= 2^48 < r * (r * W) + 2 * r * W + W`.

use serde::{Deserialize, Serialize};

use super::{NodeTrace, Operand, Operator, single};
use crate::quant::model::NodeData;
use crate::quant::sections::{Part, SectionSpec};
use crate::quant::tensor::{Lanes, TensorSpec};

/// The hint r is in steps of 2 to minus this.
pub const ROOT_BITS: u32 = 24;

/// Fraction bits of a scale.
pub const SCALE_BITS: u32 = 8;

/// Fraction bits of a bias.
pub const BIAS_BITS: u32 = 16;

/// What divides the scaled row: the two steps of `2r + 1` and the scale's.
pub const NORM_SHIFT: u32 = ROOT_BITS + 1 + SCALE_BITS;

/// The largest absolute bias: two whole ranges of lanes and a bit.
pub const BIAS_MAX: i32 = (1 << 24) - 1;

/// Elements of a row; with more, r would have too few bits.
pub const MAX_WIDTH: usize = 1 << 11;

const _: () = {
    assert!(LayerNorm::numerator_bound(MAX_WIDTH) < 1 << 48);
    assert!(LayerNorm::root_product_bound(MAX_WIDTH) < 1 << 62);
    assert!(LayerNorm::epsilon_max(MAX_WIDTH) <= i32::MAX as i64);
};

/// The normalization of every row of the last dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LayerNorm {
    /// Lanes of a row.
    pub width: usize,
}

/// The hints of one row. Lists have one entry for each column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerNormRow {
    /// The sum s.
    pub sum: i64,
    /// The sum of squares q.
    pub squares: i64,
    /// The variance with epsilon, W.
    pub variance: i64,
    /// The reciprocal root r.
    pub root: i64,
    /// The lanes before they are clamped, v.
    pub quotients: Vec<i64>,
    /// The remainders u.
    pub remainders: Vec<i64>,
}

impl LayerNorm {
    /// Returns the smallest committed epsilon: a variance of a sixteenth.
    #[must_use]
    pub const fn epsilon_min(width: usize) -> i64 {
        let squared = (width * width) as i64;
        (squared + 15) / 16
    }

    /// Returns the largest committed epsilon: a variance of 2^8.
    #[must_use]
    pub const fn epsilon_max(width: usize) -> i64 {
        ((width * width) as i64) << 8
    }

    /// Returns the largest W: a variance of lanes is at most `(255 / 2)^2`, less than 2^14.
    #[must_use]
    pub const fn variance_bound(width: usize) -> u128 {
        ((width * width) as u128) << 15
    }

    /// Returns the largest r: the root of the smallest epsilon is at least a quarter of the width.
    #[must_use]
    pub const fn root_bound(width: usize) -> u128 {
        (1 << (ROOT_BITS + 2)) / width as u128
    }

    /// Returns a bound of `r * W <= 2^24 * sqrt(W)`.
    #[must_use]
    pub const fn root_times_variance_bound(width: usize) -> u128 {
        (width as u128) << (ROOT_BITS + 8)
    }

    /// Returns a bound of `(r + 1)^2 * W` for all r and `r * W` within their bounds, honest or not.
    #[must_use]
    pub const fn root_product_bound(width: usize) -> u128 {
        let product = Self::root_times_variance_bound(width);
        Self::root_bound(width) * product + 2 * product + Self::variance_bound(width)
    }

    /// Returns the largest absolute value of `D * (2r + 1) * w + b * 2^17 + 2^32`.
    ///
    /// One of n numbers is at most `sqrt(n - 1)` standard deviations from their mean, so that
    /// `|D| * 2r <= 2^25 * sqrt(n)`.
    #[must_use]
    pub const fn numerator_bound(width: usize) -> u128 {
        let mut root = 1_u128;
        while root * root < width as u128 {
            root += 1;
        }
        let scaled = ((root << (ROOT_BITS + 1)) + 255 * width as u128) << 15;
        scaled + ((BIAS_MAX as u128) << (NORM_SHIFT - BIAS_BITS)) + (1 << (NORM_SHIFT - 1))
    }

    /// Returns the hints of every row.
    #[must_use]
    pub fn rows(&self, data: &NodeData, lanes: &[i32]) -> Vec<LayerNormRow> {
        let rows = lanes.chunks_exact(self.width);
        rows.map(|row| self.hints(data, row)).collect()
    }

    fn hints(&self, data: &NodeData, row: &[i32]) -> LayerNormRow {
        let n = i64::try_from(self.width).expect("widths are limited");
        let lanes = || row.iter().map(|&lane| i64::from(lane));
        let sum: i64 = lanes().sum();
        let squares: i64 = lanes().map(|lane| lane * lane).sum();
        let epsilon = i64::from(data.part(Part::Epsilon)[0]);
        let variance = n * squares - sum * sum + epsilon;
        // The root of the floor is the floor of the root; W is positive.
        let root = ((1_i64 << (2 * ROOT_BITS)) / variance).isqrt();
        let columns = data.part(Part::ColumnScales).iter();
        let columns = columns.zip(data.part(Part::Bias));
        let numerators = lanes().zip(columns).map(|(lane, (&scale, &bias))| {
            let centered = n * lane - sum;
            let bias = i64::from(bias) << (NORM_SHIFT - BIAS_BITS);
            centered * (2 * root + 1) * i64::from(scale) + bias + (1 << (NORM_SHIFT - 1))
        });
        let (quotients, remainders) = numerators
            .map(|numerator| {
                let quotient = numerator >> NORM_SHIFT;
                (quotient, numerator - (quotient << NORM_SHIFT))
            })
            .unzip();
        LayerNormRow {
            sum,
            squares,
            variance,
            root,
            quotients,
            remainders,
        }
    }
}

impl Operator for LayerNorm {
    fn name(&self) -> &'static str {
        "layer_norm"
    }

    fn infer(&self, inputs: &[&TensorSpec]) -> Result<TensorSpec, String> {
        let input = single(inputs)?;
        if self.width == 0 || self.width > MAX_WIDTH {
            return Err(format!("rows of {}, expected 1 to {MAX_WIDTH}", self.width));
        }
        if input.width() != self.width {
            return Err(format!(
                "takes rows of {}, but shape {:?} reaches it",
                self.width, input.shape
            ));
        }
        Ok(input.clone())
    }

    fn sections(&self, node: usize, _: Lanes) -> Vec<SectionSpec> {
        let narrow = |epsilon: i64| i32::try_from(epsilon).unwrap_or(i32::MAX);
        let (min, max) = (Self::epsilon_min(self.width), Self::epsilon_max(self.width));
        vec![
            SectionSpec::int32(node, Part::Epsilon, 1, narrow(min), narrow(max)),
            SectionSpec::int16(node, Part::ColumnScales, self.width, -32767, 32767),
            SectionSpec::int32(node, Part::Bias, self.width, -BIAS_MAX, BIAS_MAX),
        ]
    }

    fn run(&self, data: &NodeData, inputs: &[Operand<'_>], _: Lanes) -> NodeTrace {
        let rows = self.rows(data, inputs[0].lanes);
        let lane = |quotient: i64| {
            let clamped = quotient.clamp(i8::MIN.into(), i8::MAX.into());
            i32::try_from(clamped).expect("clamped to the int8 range")
        };
        let quotients = rows.into_iter().flat_map(|row| row.quotients);
        NodeTrace::of(quotients.map(lane).collect())
    }
}
