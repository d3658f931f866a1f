//! Add and Sub: of two values, or of a value and a constant.

use super::Op;
use crate::graph::ValueId;
use crate::onnx::{ImportError, NodeImport};
use crate::quant::tensor::elements;

/// `data * scale + shift`, the constants broadcast to the data.
///
/// Which of the two there are follows from the operator, never from the numbers: a sum with zeros is a sum.
#[derive(Debug, Clone, PartialEq)]
pub struct Affine {
    /// The dimensions of the constants, aligned with the data's at the last one: each is 1 or the data's.
    pub shape: Vec<usize>,
    /// What the data are multiplied with; `None` of an operator that only adds.
    pub scale: Option<Vec<f32>>,
    /// What is added; `None` of an operator that only multiplies.
    pub shift: Option<Vec<f32>>,
}

impl Affine {
    /// Returns the factor and the term of an element of the constants, one and zero where there are none.
    fn pair(&self, index: usize) -> (f32, f32) {
        let at = |values: &Option<Vec<f32>>, neutral: f32| {
            values.as_ref().map_or(neutral, |values| values[index])
        };
        (at(&self.scale, 1.0), at(&self.shift, 0.0))
    }

    /// Returns factor and term if each is a single number.
    #[must_use]
    pub fn single(&self) -> Option<(f32, f32)> {
        (elements(&self.shape) == 1).then(|| self.pair(0))
    }

    /// Returns the single number that is added, of an operator that does nothing else.
    #[must_use]
    pub fn single_term(&self) -> Option<f32> {
        match (&self.scale, self.shift.as_deref()) {
            (None, Some(&[term])) => Some(term),
            _ => None,
        }
    }

    /// Returns whether every constant is a number.
    pub(super) fn is_finite(&self) -> bool {
        let mut numbers = self.scale.iter().chain(&self.shift).flatten();
        numbers.all(|number| number.is_finite())
    }

    /// Returns the constants as one pair for each channel, if they depend on nothing but the dimension `axis` of
    /// data of this shape.
    #[must_use]
    pub fn per_channel(&self, data: &[usize], axis: usize) -> Option<Vec<(f32, f32)>> {
        let channels = *data.get(axis)?;
        let place = axis.checked_sub(data.len().checked_sub(self.shape.len())?);
        let constant_elsewhere =
            (self.shape.iter().enumerate()).all(|(index, &size)| size == 1 || Some(index) == place);
        match (constant_elsewhere, elements(&self.shape)) {
            (true, 1) => Some(vec![self.pair(0); channels]),
            (true, count) if count == channels => {
                Some((0..count).map(|index| self.pair(index)).collect())
            }
            _ => None,
        }
    }
}

pub(super) fn import(node: &mut NodeImport<'_>) -> Result<Vec<ValueId>, ImportError> {
    if node.is_data(0) && node.is_data(1) {
        return import_two(node, false);
    }
    // Addition commutes: exporters write the constant on either side.
    let constant = usize::from(node.is_data(0));
    let shift = |values: &[f32]| (None, Some(values.to_vec()));
    import_affine(node, constant, shift)
}

pub(super) fn import_sub(node: &mut NodeImport<'_>) -> Result<Vec<ValueId>, ImportError> {
    if node.is_data(0) && node.is_data(1) {
        return import_two(node, true);
    }
    match node.is_data(0) {
        true => import_affine(node, 1, |values| {
            (None, Some(values.iter().map(|value| -value).collect()))
        }),
        false => import_affine(node, 0, |values| {
            (Some(vec![-1.0; values.len()]), Some(values.to_vec()))
        }),
    }
}

fn import_two(node: &mut NodeImport<'_>, subtract: bool) -> Result<Vec<ValueId>, ImportError> {
    node.expect_inputs(2..=2)?;
    node.expect_attributes(&[])?;
    let (ids, shape) = super::expand::broadcast_two(node)?;
    Ok(vec![node.emit(Op::Add { subtract }, &ids, shape)?])
}

/// Reads an operator that is affine in its data; `affine` gives scale and shift for the elements of its constant.
pub(super) fn import_affine(
    node: &mut NodeImport<'_>,
    constant: usize,
    affine: impl Fn(&[f32]) -> (Option<Vec<f32>>, Option<Vec<f32>>),
) -> Result<Vec<ValueId>, ImportError> {
    node.expect_inputs(2..=2)?;
    node.expect_attributes(&[])?;
    let data = node.data(1 - constant)?;
    let (shape, values) = node.floats(constant)?;
    check_broadcast(shape, &data.shape).map_err(|reason| node.bad(reason))?;
    let (scale, shift) = affine(values);
    let affine = Affine {
        shape: shape.to_vec(),
        scale,
        shift,
    };
    if !affine.is_finite() {
        return Err(node.bad("the constant holds a value that cannot be divided by".into()));
    }
    Ok(vec![node.emit(
        Op::Affine(affine),
        &[data.id],
        data.shape,
    )?])
}

/// Checks that a constant broadcasts to the data without making it larger.
pub(super) fn check_broadcast(shape: &[usize], data: &[usize]) -> Result<(), String> {
    let mut pairs = shape.iter().rev().zip(data.iter().rev());
    if shape.len() <= data.len() && pairs.all(|(&size, &of)| size == 1 || size == of) {
        return Ok(());
    }
    Err(format!(
        "constant has shape {shape:?}, which does not fit {data:?}"
    ))
}

/// Returns a constant as one value for each of `width` outputs of a row.
pub(super) fn broadcast_row(
    shape: &[usize],
    values: &[f32],
    width: usize,
) -> Result<Vec<f32>, String> {
    match (elements(shape), shape.last()) {
        (1, _) => Ok(vec![values[0]; width]),
        (count, Some(&last)) if count == width && last == width && shape.len() <= 2 => {
            Ok(values.to_vec())
        }
        _ => Err(format!(
            "constant has shape {shape:?}, expected [{width}] or one value"
        )),
    }
}
