//! The type of a value: dimensions and lane.

use assay_statement::Lane;
use serde::{Deserialize, Serialize};

use super::limits::{MAX_ACTIVATIONS, MAX_RANK};

/// The type of a value: row-major dimensions as ONNX has them, a batch dimension of 1 included, and its lanes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TensorSpec {
    /// The dimensions, outermost first.
    pub shape: Vec<usize>,
    /// The integers that the elements are.
    pub lane: Lane,
}

/// The lanes that a node reads and gives: what the widths of its data and accumulators depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lanes {
    /// The widest of its inputs, int8 without any.
    pub inputs: Lane,
    /// Its result's.
    pub result: Lane,
}

impl Lanes {
    /// Of a node of int8 values.
    pub const INT8: Self = Self {
        inputs: Lane::Int8,
        result: Lane::Int8,
    };

    /// Of a node of int16 values.
    pub const INT16: Self = Self {
        inputs: Lane::Int16,
        result: Lane::Int16,
    };

    /// Returns the lanes of a node with these inputs and this result.
    #[must_use]
    pub fn of(inputs: &[&TensorSpec], result: Lane) -> Self {
        let widest = inputs.iter().map(|tensor| tensor.lane);
        let widest = widest.max_by_key(|lane| lane.bits());
        Self {
            inputs: widest.unwrap_or(Lane::Int8),
            result,
        }
    }
}

impl TensorSpec {
    /// Returns an int16 tensor of this shape.
    #[must_use]
    pub fn int16(shape: &[usize]) -> Self {
        Self {
            shape: shape.to_vec(),
            lane: Lane::Int16,
        }
    }

    /// Returns an int8 tensor of this shape.
    #[must_use]
    pub fn int8(shape: &[usize]) -> Self {
        Self {
            shape: shape.to_vec(),
            lane: Lane::Int8,
        }
    }

    /// Returns the number of elements, saturated.
    #[must_use]
    pub fn elements(&self) -> usize {
        elements(&self.shape)
    }

    /// Returns the last dimension, 1 without any.
    #[must_use]
    pub fn width(&self) -> usize {
        self.shape.last().copied().unwrap_or(1)
    }

    /// Returns the number of rows of the last dimension.
    #[must_use]
    pub fn rows(&self) -> usize {
        elements(&self.shape[..self.shape.len().saturating_sub(1)])
    }

    /// Checks the dimensions against the limits; says what is wrong.
    pub fn check(&self) -> Result<(), String> {
        check_shape(&self.shape)
    }
}

/// Checks dimensions against the limits; says what is wrong.
pub(crate) fn check_shape(shape: &[usize]) -> Result<(), String> {
    if shape.len() > MAX_RANK {
        return Err(format!("rank {}, the limit is {MAX_RANK}", shape.len()));
    }
    if shape.contains(&0) {
        return Err(format!("shape {shape:?} has no elements"));
    }
    if elements(shape) > MAX_ACTIVATIONS {
        return Err(format!(
            "shape {shape:?} has more than {MAX_ACTIVATIONS} elements, which is the limit"
        ));
    }
    Ok(())
}

/// Returns the product of dimensions, saturated.
pub(crate) fn elements(shape: &[usize]) -> usize {
    shape
        .iter()
        .fold(1_usize, |product, &size| product.saturating_mul(size))
}

/// Returns how far apart neighbors of each dimension lie in a row-major tensor.
#[must_use]
pub fn strides(shape: &[usize]) -> Vec<usize> {
    (0..shape.len())
        .map(|axis| elements(&shape[axis + 1..]))
        .collect()
}

/// Calls `visit` with the coordinates of every element in row-major order.
pub(crate) fn for_each_index(shape: &[usize], mut visit: impl FnMut(&[usize])) {
    if shape.contains(&0) {
        return;
    }
    let mut index = vec![0; shape.len()];
    loop {
        visit(&index);
        let mut axis = shape.len();
        loop {
            if axis == 0 {
                return;
            }
            axis -= 1;
            index[axis] += 1;
            if index[axis] < shape[axis] {
                break;
            }
            index[axis] = 0;
        }
    }
}
