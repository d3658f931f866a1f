//! LayerNormalization, and the operators that exporters write in its place.

use super::{Op, Unary};
use crate::graph::ValueId;
use crate::onnx::{ImportError, NodeImport};
use crate::quant::ops::{OpSpec, Reshape};
use crate::quant::tensor::elements;

/// Rows of the last dimension brought to mean 0 and variance 1, then scaled and shifted per column.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerNorm {
    /// What is added to the variance.
    pub epsilon: f32,
    /// What each column is multiplied with.
    pub scale: Vec<f32>,
    /// What is added to each column.
    pub shift: Vec<f32>,
}

pub(super) fn import(node: &mut NodeImport<'_>) -> Result<Vec<ValueId>, ImportError> {
    node.expect_inputs(2..=3)?;
    node.expect_attributes(&["axis", "epsilon", "stash_type"])?;
    let data = node.data(0)?;
    let axis = node.axis_of(node.int("axis", -1)?, data.shape.len())?;
    let width = elements(&data.shape[axis..]);
    let column = |index: usize| {
        let (shape, values) = node.floats(index)?;
        match values {
            &[value] => Ok(vec![value; width]),
            _ if *shape == data.shape[axis..] => Ok(values.to_vec()),
            _ => Err(node.bad(format!(
                "constant has shape {shape:?}, expected {:?}",
                &data.shape[axis..]
            ))),
        }
    };
    let norm = LayerNorm {
        epsilon: epsilon(node, node.float("epsilon", 1e-5)?)?,
        scale: column(1)?,
        shift: if node.has(2) {
            column(2)?
        } else {
            vec![0.0; width]
        },
    };
    let rows = [&data.shape[..axis], &[width]].concat();
    let reshape = |shape: &[usize]| {
        OpSpec::Reshape(Reshape {
            shape: shape.to_vec(),
        })
    };
    let id = node.movement(reshape(&rows), &[data.id])?;
    let id = node.emit(Op::LayerNorm(norm), &[id], rows)?;
    Ok(vec![node.movement(reshape(&data.shape), &[id])?])
}

fn epsilon(node: &NodeImport<'_>, epsilon: f32) -> Result<f32, ImportError> {
    if epsilon >= 0.0 {
        return Ok(epsilon);
    }
    Err(node.bad(format!("epsilon is {epsilon}, expected at least 0")))
}

/// A quotient of two values that is written as a normalization.
struct Quotient {
    /// What is normalized.
    data: ValueId,
    epsilon: f32,
    /// The powers that make squares and their root.
    powers: [f32; 2],
}

/// Returns the normalization that a quotient of two values is, `(x - mean) / sqrt(mean((x - mean)^2) + epsilon)` over
/// the last dimension, and what it normalizes. With other powers or a negative epsilon such a quotient is refused, so
/// that these numbers decide nothing.
pub(super) fn of_quotient(
    node: &NodeImport<'_>,
    dividend: ValueId,
    divisor: ValueId,
) -> Result<Option<(ValueId, LayerNorm)>, ImportError> {
    let Some(quotient) = quotient(node, dividend, divisor) else {
        return Ok(None);
    };
    if quotient.powers != [2.0, 0.5] {
        return Err(node.bad(format!(
            "is written as a normalization with powers {:?}, expected 2 and 0.5",
            quotient.powers
        )));
    }
    let width = node.shape(quotient.data).last().copied().unwrap_or(1);
    let norm = LayerNorm {
        epsilon: epsilon(node, quotient.epsilon)?,
        scale: vec![1.0; width],
        shift: vec![0.0; width],
    };
    Ok(Some((quotient.data, norm)))
}

/// Reads a quotient by its operators alone.
fn quotient(node: &NodeImport<'_>, dividend: ValueId, divisor: ValueId) -> Option<Quotient> {
    let data = centered(node, dividend)?;
    let root = node.producer(behind_moves(node, divisor))?;
    let root_power = match root.op {
        Op::Unary(Unary::Sqrt) => 0.5,
        Op::Unary(Unary::Pow(power)) => power,
        _ => return None,
    };
    let variance = node.producer(root.inputs[0])?;
    let (squares, epsilon) = match &variance.op {
        Op::Affine(affine) => (variance.inputs[0], affine.single_term()?),
        _ => (root.inputs[0], 0.0),
    };
    let width = node.shape(data).last().copied()?;
    let squared = node.producer(mean_input(node, squares, width)?)?;
    let power = match squared.op {
        Op::Unary(Unary::Pow(power)) => power,
        Op::Mul if squared.inputs[0] == squared.inputs[1] => 2.0,
        _ => return None,
    };
    // Exporters may compute the difference twice.
    (centered(node, squared.inputs[0])? == data).then_some(Quotient {
        data,
        epsilon,
        powers: [power, root_power],
    })
}

/// Returns x if a value is x less the mean of its last dimension.
fn centered(node: &NodeImport<'_>, id: ValueId) -> Option<ValueId> {
    let producer = node.producer(id)?;
    let (Op::Add { subtract: true }, &[data, mean]) = (&producer.op, producer.inputs.as_slice())
    else {
        return None;
    };
    let width = node.shape(data).last().copied()?;
    (mean_input(node, mean, width)? == data).then_some(data)
}

/// Returns x if a value is the mean of rows of this width, of x with this last dimension.
fn mean_input(node: &NodeImport<'_>, id: ValueId, width: usize) -> Option<ValueId> {
    let producer = node.producer(behind_moves(node, id))?;
    let Op::Pool(pool) = &producer.op else {
        return None;
    };
    if !pool.mean || pool.sum.window != crate::quant::ops::Window::new(&[width]) {
        return None;
    }
    let pooled = producer.inputs[0];
    if node.shape(pooled).last() != Some(&width) {
        return None;
    }
    // Reshapes of the same last dimension keep the rows.
    let mut source = pooled;
    while let Some(producer) = node.producer(source)
        && matches!(producer.op, Op::Move(OpSpec::Reshape(_)))
    {
        source = producer.inputs[0];
    }
    (node.shape(source).last() == Some(&width)).then_some(source)
}

/// Returns what a value is before it was reshaped or repeated, its rows being single numbers.
fn behind_moves(node: &NodeImport<'_>, mut id: ValueId) -> ValueId {
    while let Some(producer) = node.producer(id)
        && matches!(
            producer.op,
            Op::Move(OpSpec::Reshape(_) | OpSpec::Expand(_))
        )
    {
        id = producer.inputs[0];
    }
    id
}
