//! The committed data of a node: which parts, which lanes, which widths.

use std::fmt;

use assay_statement::Lane;
use serde::{Deserialize, Serialize};

use super::limits::{MULTIPLIER_MAX, bias_max, bias_min};
use super::tensor::Lanes;

/// What a section of the committed data holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Weights, row-major: all products of output 0, then of output 1, ...
    Weights,
    /// Where each output's accumulator starts.
    Bias,
    /// Requantization multipliers.
    Multipliers,
    /// The lane that stands for zero in the node's result.
    OutputZeroPoint,
    /// The lane that stands for zero in each of the node's inputs: what padding holds.
    InputZeroPoint,
    /// What a table gives for each lane, -128 first.
    Table,
    /// The lanes of a parameter.
    Values,
    /// What a softmax has in place of `e^-x` for each difference of lanes, 1 first.
    Exponentials,
    /// What a normalization adds to every variance.
    Epsilon,
    /// What a normalization multiplies each column with.
    ColumnScales,
    /// Which feature each inner node of a tree compares.
    Features,
    /// What with.
    Thresholds,
    /// What each leaf of a tree adds.
    Leaves,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Weights => "weights",
            Self::Bias => "bias",
            Self::Multipliers => "multipliers",
            Self::OutputZeroPoint => "output zero point",
            Self::InputZeroPoint => "input zero point",
            Self::Table => "table",
            Self::Values => "values",
            Self::Exponentials => "exponentials",
            Self::Epsilon => "epsilon",
            Self::ColumnScales => "column scales",
            Self::Features => "features",
            Self::Thresholds => "thresholds",
            Self::Leaves => "leaves",
        })
    }
}

/// One section of the committed data: which node, which part, which lanes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SectionSpec {
    /// Index into [`crate::Architecture::nodes`].
    pub node: usize,
    /// What it holds.
    pub part: Part,
    /// Lane type of the values.
    pub lane: Lane,
    /// How many values.
    pub len: usize,
    /// How many values pack together: `len` is a multiple of it, and each row starts a new element.
    pub row: usize,
    /// The smallest value allowed.
    pub min: i32,
    /// The largest value allowed.
    pub max: i32,
}

impl SectionSpec {
    /// Returns how many elements the values pack into.
    #[must_use]
    pub fn elements(&self) -> usize {
        let rows = self.len.checked_div(self.row).unwrap_or(0);
        rows.saturating_mul(self.lane.elements(self.row))
    }

    /// Returns a section of int8 values that packs as one.
    pub(crate) const fn int8(node: usize, part: Part, len: usize) -> Self {
        Self {
            node,
            part,
            lane: Lane::Int8,
            len,
            row: len,
            min: i8::MIN as i32,
            max: i8::MAX as i32,
        }
    }

    /// Returns a section of values of a lane, int8 or int16, all of them allowed, that packs as one.
    pub(crate) const fn of_lane(node: usize, part: Part, len: usize, lane: Lane) -> Self {
        match lane {
            Lane::Int8 => Self::int8(node, part, len),
            Lane::Int16 | Lane::Int32 => {
                Self::int16(node, part, len, i16::MIN as i32, i16::MAX as i32)
            }
        }
    }

    /// Returns a section of int16 values from `min` to `max` that packs as one.
    pub(crate) const fn int16(node: usize, part: Part, len: usize, min: i32, max: i32) -> Self {
        Self {
            node,
            part,
            lane: Lane::Int16,
            len,
            row: len,
            min,
            max,
        }
    }

    /// Returns a section of int32 values from `min` to `max` that packs as one.
    pub(crate) const fn int32(node: usize, part: Part, len: usize, min: i32, max: i32) -> Self {
        Self {
            node,
            part,
            lane: Lane::Int32,
            len,
            row: len,
            min,
            max,
        }
    }

    /// Returns a section of `len` multipliers.
    pub(crate) const fn multipliers(node: usize, len: usize) -> Self {
        let max = MULTIPLIER_MAX.cast_signed();
        Self::int32(node, Part::Multipliers, len, 0, max)
    }

    /// Returns the sections of a product of two values: one multiplier, the zero points of both and of the result.
    pub(crate) fn of_two(node: usize, lanes: Lanes) -> Vec<Self> {
        vec![
            Self::multipliers(node, 1),
            Self::of_lane(node, Part::InputZeroPoint, 2, lanes.inputs),
            Self::of_lane(node, Part::OutputZeroPoint, 1, lanes.result),
        ]
    }

    /// Returns the sections that every product with weights has: weights, biases, multipliers, output zero point.
    pub(crate) fn of_product(
        node: usize,
        outputs: usize,
        products: usize,
        lanes: Lanes,
    ) -> Vec<Self> {
        let len = outputs.saturating_mul(products);
        let weights = Self {
            row: products,
            ..Self::int8(node, Part::Weights, len)
        };
        let (min, max) = (
            bias_min(products, lanes.inputs),
            bias_max(products, lanes.inputs),
        );
        vec![
            weights,
            Self::int32(node, Part::Bias, outputs, min, max),
            Self::multipliers(node, outputs),
            Self::of_lane(node, Part::OutputZeroPoint, 1, lanes.result),
        ]
    }
}
