//! Add and Sub: of two values, or of a value and a constant.

use super::Op;
use crate::graph::ValueId;
use crate::onnx::{ImportError, NodeImport};
use crate::quant::tensor::elements;

/// `data * scale + shift`, the constants broadcast to the data.
#[derive(Debug, Clone, PartialEq)]
pub struct Affine {
    /// The dimensions of both constants, aligned with the data's at the last one: each is 1 or the data's.
    pub shape: Vec<usize>,
    /// What the data are multiplied with.
    pub scale: Vec<f32>,
    /// What is added.
    pub shift: Vec<f32>,
}

impl Affine {
    /// Returns the constants as one pair for each channel, if they depend on nothing but the dimension `axis` of
    /// data of this shape.
    #[must_use]
    pub fn per_channel(&self, data: &[usize], axis: usize) -> Option<Vec<(f32, f32)>> {
        let channels = *data.get(axis)?;
        let place = axis.checked_sub(data.len().checked_sub(self.shape.len())?);
        let constant_elsewhere =
            (self.shape.iter().enumerate()).all(|(index, &size)| size == 1 || Some(index) == place);
        let pairs = self.scale.iter().copied().zip(self.shift.iter().copied());
        match (constant_elsewhere, self.scale.len()) {
            (true, 1) => Some(pairs.cycle().take(channels).collect()),
            (true, count) if count == channels => Some(pairs.collect()),
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
    import_affine(node, constant, |constant| (1.0, constant))
}

pub(super) fn import_sub(node: &mut NodeImport<'_>) -> Result<Vec<ValueId>, ImportError> {
    if node.is_data(0) && node.is_data(1) {
        return import_two(node, true);
    }
    match node.is_data(0) {
        true => import_affine(node, 1, |constant| (1.0, -constant)),
        false => import_affine(node, 0, |constant| (-1.0, constant)),
    }
}

fn import_two(node: &mut NodeImport<'_>, subtract: bool) -> Result<Vec<ValueId>, ImportError> {
    node.expect_inputs(2..=2)?;
    node.expect_attributes(&[])?;
    let (ids, shape) = super::expand::broadcast_two(node)?;
    Ok(vec![node.emit(Op::Add { subtract }, &ids, shape)?])
}

/// Reads an operator that is affine in its data; `affine` gives scale and shift of a constant's element.
pub(super) fn import_affine(
    node: &mut NodeImport<'_>,
    constant: usize,
    affine: impl Fn(f32) -> (f32, f32),
) -> Result<Vec<ValueId>, ImportError> {
    node.expect_inputs(2..=2)?;
    node.expect_attributes(&[])?;
    let data = node.data(1 - constant)?;
    let (shape, values) = node.floats(constant)?;
    check_broadcast(shape, &data.shape).map_err(|reason| node.bad(reason))?;
    let (scale, shift): (Vec<f32>, Vec<f32>) = values.iter().map(|&value| affine(value)).unzip();
    if !scale.iter().chain(&shift).all(|value| value.is_finite()) {
        return Err(node.bad("the constant holds a value that cannot be divided by".into()));
    }
    let affine = Affine {
        shape: shape.to_vec(),
        scale,
        shift,
    };
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
