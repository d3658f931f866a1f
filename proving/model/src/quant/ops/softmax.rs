//! The share of each element's exponential in those of its row, without division by the sum.
//!
//! A row `x` of int8 lanes, of which the columns `first..end` count, becomes the lanes `y`. With the committed table
//! `T`, whose entry `d` stands for `2^EXP_BITS * e^(-d * scale)`, so that `T[0] = 2^EXP_BITS` is no secret:
//!
//! ```text
//! m       = max x[j]                            m >= x[j], and m - x[j] = 0 for some j
//! e[j]    = T[m - x[j]]
//! S       = sum e[j]                            2^EXP_BITS <= S <= width * 2^EXP_BITS
//! NUMERATOR = R * S + t                         0 <= t < S
//! e[j] * R + 2^(SHARE_SHIFT-1) = v[j] * 2^SHARE_SHIFT + u[j]       0 <= u[j] < 2^SHARE_SHIFT
//! y[j]    = v[j] - 128                          0 <= v[j] < 256
//! ```
//!
//! Sums are over the columns that count; every other column is the lane -128, zero, and has no hint. Each hint (m, R,
//! t, v, u) has one solution: t and u are remainders. `R` is `2^30 / S` less half a step and one, so that no share
//! reaches 256 and nothing is clamped: `e[j] <= S` gives `e[j] * R + 2^21 <= NUMERATOR + 2^21 < 2^30`.
//!
//! The result means `share = (y + 128) / 256`. With exact exponentials it is off by less than `(1 + share) / 2 + 2^-7`
//! steps: half a step of rounding, the half step taken off `2^30`, and `e[j] / 2^SHARE_SHIFT` for the rounding of R.

use serde::{Deserialize, Serialize};

use super::mask::{Runs, check_runs};
use super::{NodeTrace, Operand, Operator, single};
use crate::quant::model::NodeData;
use crate::quant::sections::{Part, SectionSpec};
use crate::quant::tensor::{Lanes, TensorSpec};

/// Entry 0 of the table is `2^EXP_BITS`; the others are at most one less.
pub const EXP_BITS: u32 = 15;

/// Entries that are committed: the differences 1 to 255.
pub const ENTRIES: usize = 255;

/// Shares are divided by 2 to this.
pub const SHARE_SHIFT: u32 = 22;

/// What the sum of exponentials divides: `2^30 - 2^21 - 1`.
pub const NUMERATOR: i64 = (1 << (SHARE_SHIFT + 8)) - (1 << (SHARE_SHIFT - 1)) - 1;

/// Elements of a row: with more, the largest sum of exponentials would leave R below one.
pub const MAX_WIDTH: usize = 1 << 14;

const _: () = {
    // R is at least one, and of at most EXP_BITS bits.
    assert!(NUMERATOR >= (MAX_WIDTH as i64) << EXP_BITS);
    assert!(NUMERATOR >> EXP_BITS < 1 << EXP_BITS);
    // The largest share is the last of 256.
    assert!((NUMERATOR + (1 << (SHARE_SHIFT - 1))) >> SHARE_SHIFT == 255);
};

/// The softmax of every row of the last dimension.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Softmax {
    /// The columns that count in each row of the last two dimensions; none means all in every row.
    pub runs: Runs,
}

/// The hints of one row. Lists have one entry for each column that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoftmaxRow {
    /// The first column that counts.
    pub first: usize,
    /// The largest lane, m.
    pub max: i32,
    /// The table's entries, e.
    pub exponentials: Vec<i64>,
    /// Their sum, S.
    pub sum: i64,
    /// The quotient R.
    pub reciprocal: i64,
    /// The remainder t.
    pub remainder: i64,
    /// The shares v.
    pub shares: Vec<i64>,
    /// The remainders u.
    pub share_remainders: Vec<i64>,
}

impl Softmax {
    /// Returns the columns of a row that count; rows are numbered through all dimensions but the last.
    #[must_use]
    pub fn columns(&self, row: usize, width: usize) -> std::ops::Range<usize> {
        match row.checked_rem(self.runs.len()) {
            Some(row) => self.runs[row][0]..self.runs[row][1],
            None => 0..width,
        }
    }

    /// Returns the largest sum of exponentials of rows of this width.
    #[must_use]
    pub const fn sum_bound(width: usize) -> u128 {
        (width as u128) << EXP_BITS
    }

    /// Returns the hints of every row.
    #[must_use]
    pub fn rows(&self, data: &NodeData, input: Operand<'_>) -> Vec<SoftmaxRow> {
        let width = input.tensor.width();
        let rows = input.lanes.chunks_exact(width).enumerate();
        rows.map(|(index, row)| {
            let columns = self.columns(index, width);
            hints(columns.start, &row[columns], data.part(Part::Exponentials))
        })
        .collect()
    }
}

fn hints(first: usize, lanes: &[i32], table: &[i32]) -> SoftmaxRow {
    let max = lanes.iter().copied().max().unwrap_or(0);
    let exponential = |&lane: &i32| match (max - lane).unsigned_abs() as usize {
        0 => 1 << EXP_BITS,
        difference => i64::from(table[difference - 1]),
    };
    let exponentials: Vec<i64> = lanes.iter().map(exponential).collect();
    let sum: i64 = exponentials.iter().sum();
    let reciprocal = NUMERATOR / sum;
    let rounded = |e: &i64| e * reciprocal + (1 << (SHARE_SHIFT - 1));
    SoftmaxRow {
        first,
        max,
        sum,
        reciprocal,
        remainder: NUMERATOR - reciprocal * sum,
        shares: exponentials
            .iter()
            .map(|e| rounded(e) >> SHARE_SHIFT)
            .collect(),
        share_remainders: (exponentials.iter())
            .map(|e| rounded(e) & ((1 << SHARE_SHIFT) - 1))
            .collect(),
        exponentials,
    }
}

impl Operator for Softmax {
    fn name(&self) -> &'static str {
        "softmax"
    }

    fn infer(&self, inputs: &[&TensorSpec]) -> Result<TensorSpec, String> {
        let input = single(inputs)?;
        let width = input.width();
        if width > MAX_WIDTH {
            return Err(format!("rows of {width}, the limit is {MAX_WIDTH}"));
        }
        if !self.runs.is_empty() {
            check_runs(&self.runs, &input.shape)?;
            if let Some(row) = self.runs.iter().position(|run| run[0] == run[1]) {
                return Err(format!("no column of row {row} counts"));
            }
        }
        Ok(input.clone())
    }

    fn sections(&self, node: usize, _: Lanes) -> Vec<SectionSpec> {
        let section = SectionSpec::int16(node, Part::Exponentials, ENTRIES, 0, (1 << EXP_BITS) - 1);
        vec![section]
    }

    fn run(&self, data: &NodeData, inputs: &[Operand<'_>], _: Lanes) -> NodeTrace {
        let width = inputs[0].tensor.width();
        let mut lanes = vec![i32::from(i8::MIN); inputs[0].lanes.len()];
        let rows = self.rows(data, inputs[0]);
        for (result, row) in lanes.chunks_exact_mut(width).zip(rows) {
            for (lane, share) in result[row.first..].iter_mut().zip(row.shares) {
                let share = i32::try_from(share).expect("shares are below 256");
                *lane += share;
            }
        }
        NodeTrace::of(lanes)
    }
}
