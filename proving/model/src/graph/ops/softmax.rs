//! Softmax: along any axis, which is made the last; masked scores before it become part of it.

use super::{Op, r#where};
use crate::graph::ValueId;
use crate::onnx::{ImportError, NodeImport};
use crate::quant::ops::{OpSpec, Reshape, Runs, Transpose};

/// The largest number that means "left out" in place of a score or added to it: its exponential is 1.2e-7 of that of
/// a score of zero, and a share has 8 bits.
///
/// It is one of the few numbers of a file that decide the circuit: which columns count is structure, as in a mask of
/// truth values. No training makes a constant of zeros and such numbers and nothing else.
const MASKED: f32 = -16.0;

pub(super) fn import(node: &mut NodeImport<'_>) -> Result<Vec<ValueId>, ImportError> {
    node.expect_inputs(1..=1)?;
    node.expect_attributes(&["axis"])?;
    let data = node.data(0)?;
    let rank = data.shape.len();
    let default = if node.opset() < 13 { 1 } else { -1 };
    let axis = node.axis_of(node.int("axis", default)?, rank)?;
    if node.opset() < 13 {
        // All dimensions from the axis on are one row.
        let (outer, inner) = data.shape.split_at(axis);
        let shape = vec![outer.iter().product(), inner.iter().product()];
        return reshaped(node, data.id, shape, &data.shape);
    }
    if axis + 1 == rank {
        return Ok(vec![rows(node, data.id, &data.shape)?]);
    }
    let mut permutation: Vec<usize> = (0..rank).collect();
    permutation.swap(axis, rank - 1);
    let turn = OpSpec::Transpose(Transpose { permutation });
    let turned = node.movement(turn.clone(), &[data.id])?;
    let shape = node.inferred(&turn, &[data.id])?;
    let shares = node.emit(Op::Softmax(Runs::new()), &[turned], shape)?;
    Ok(vec![node.movement(turn, &[shares])?])
}

fn reshaped(
    node: &mut NodeImport<'_>,
    id: ValueId,
    inner: Vec<usize>,
    outer: &[usize],
) -> Result<Vec<ValueId>, ImportError> {
    if inner.last() == outer.last() {
        return Ok(vec![rows(node, id, outer)?]);
    }
    let reshape = |shape: &[usize]| {
        OpSpec::Reshape(Reshape {
            shape: shape.to_vec(),
        })
    };
    let flat = node.movement(reshape(&inner), &[id])?;
    let shares = node.emit(Op::Softmax(Runs::new()), &[flat], inner)?;
    Ok(vec![node.movement(reshape(outer), &[shares])?])
}

/// Adds the softmax of rows, with the mask that its input has.
fn rows(node: &mut NodeImport<'_>, id: ValueId, shape: &[usize]) -> Result<ValueId, ImportError> {
    let (id, runs) = masked(node, id, shape).unwrap_or((id, Runs::new()));
    if let Some(row) = runs.iter().position(|run| run[0] == run[1]) {
        return Err(node.bad(format!("the mask leaves nothing of row {row}")));
    }
    node.emit(Op::Softmax(runs), &[id], shape.to_vec())
}

/// Returns the scores behind a mask and the runs that it keeps. A constant that is added is a mask if each of its numbers
/// keeps or leaves out a score, and some do either.
fn masked(node: &NodeImport<'_>, id: ValueId, shape: &[usize]) -> Option<(ValueId, Runs)> {
    let producer = node.producer(id)?;
    let runs = match &producer.op {
        Op::Mask(mask, value) if *value <= MASKED => mask.runs.clone(),
        Op::Affine(affine) => {
            let (None, Some(shift)) = (&affine.scale, &affine.shift) else {
                return None;
            };
            let keeps: Vec<bool> = shift.iter().map(|&shift| shift == 0.0).collect();
            let is_mask = shift.iter().all(|&shift| shift == 0.0 || shift <= MASKED);
            if !is_mask || !keeps.contains(&true) || !keeps.contains(&false) {
                return None;
            }
            r#where::runs(&affine.shape, &keeps, shape).ok()?
        }
        _ => return None,
    };
    Some((producer.inputs[0], runs))
}
