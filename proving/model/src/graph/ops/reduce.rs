//! ReduceSum, ReduceMean and ReduceMax: the reduced dimensions come last and are one window.

use super::average_pool::pool;
use crate::graph::ValueId;
use crate::onnx::{ImportError, NodeImport};
use crate::quant::ops::{MaxPool, OpSpec, Reshape, Transpose, Window};
use crate::quant::tensor::elements;

pub(super) fn import_sum(node: &mut NodeImport<'_>) -> Result<Vec<ValueId>, ImportError> {
    import(node, Reduction::Sum)
}

pub(super) fn import_mean(node: &mut NodeImport<'_>) -> Result<Vec<ValueId>, ImportError> {
    import(node, Reduction::Mean)
}

pub(super) fn import_max(node: &mut NodeImport<'_>) -> Result<Vec<ValueId>, ImportError> {
    import(node, Reduction::Max)
}

#[derive(Clone, Copy, PartialEq)]
enum Reduction {
    Sum,
    Mean,
    Max,
}

fn import(node: &mut NodeImport<'_>, reduction: Reduction) -> Result<Vec<ValueId>, ImportError> {
    node.expect_inputs(1..=2)?;
    node.expect_attributes(&["axes", "keepdims", "noop_with_empty_axes"])?;
    let data = node.data(0)?;
    let rank = data.shape.len();
    let mut reduced = vec![false; rank];
    match node.ints_either("axes", 1)? {
        None | Some([]) if node.flag("noop_with_empty_axes", false)? => return Ok(vec![data.id]),
        None | Some([]) => reduced = vec![true; rank],
        Some(axes) => {
            for &axis in axes {
                reduced[node.axis_of(axis, rank)?] = true;
            }
        }
    }
    let keep = node.flag("keepdims", true)?;
    let mut shape = Vec::new();
    for (axis, &size) in data.shape.iter().enumerate() {
        match (reduced[axis], keep) {
            (false, _) => shape.push(size),
            (true, true) => shape.push(1),
            (true, false) => {}
        }
    }
    let order = |last: bool| {
        (0..rank)
            .filter(|&axis| reduced[axis] == last)
            .collect::<Vec<_>>()
    };
    let sizes = |axes: &[usize]| {
        elements(
            &axes
                .iter()
                .map(|&axis| data.shape[axis])
                .collect::<Vec<_>>(),
        )
    };
    let (outer, inner) = (sizes(&order(false)), sizes(&order(true)));
    let permutation = [order(false), order(true)].concat();
    let mut value = data.id;
    if !permutation.iter().copied().eq(0..rank) {
        value = node.movement(OpSpec::Transpose(Transpose { permutation }), &[value])?;
    }
    let rows = Reshape {
        shape: vec![1, outer, inner],
    };
    value = node.movement(OpSpec::Reshape(rows), &[value])?;
    let window = Window::new(&[inner]);
    value = match reduction {
        Reduction::Max => node.movement(OpSpec::MaxPool(MaxPool { window }), &[value])?,
        _ => pool(node, value, window, reduction == Reduction::Mean)?,
    };
    Ok(vec![
        node.movement(OpSpec::Reshape(Reshape { shape }), &[value])?,
    ])
}
