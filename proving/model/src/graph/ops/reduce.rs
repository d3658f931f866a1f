//! ReduceSum, ReduceMean, ReduceMax and ReduceMin: the reduced dimensions come last and are one window.

use super::average_pool::pool;
use crate::graph::ValueId;
use crate::onnx::{ImportError, NodeImport};
use crate::quant::ops::{Concat, MaxPool, Min, OpSpec, Reshape, Slice, Transpose, Window};
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

pub(super) fn import_min(node: &mut NodeImport<'_>) -> Result<Vec<ValueId>, ImportError> {
    import(node, Reduction::Min)
}

#[derive(Clone, Copy, PartialEq)]
enum Reduction {
    Sum,
    Mean,
    Max,
    Min,
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
        Reduction::Min => smallest(node, value, outer, inner)?,
        _ => pool(node, value, window, reduction == Reduction::Mean)?,
    };
    Ok(vec![
        node.movement(OpSpec::Reshape(Reshape { shape }), &[value])?,
    ])
}

/// Adds the smallest of each row of `[1, outer, inner]`: halves are compared until one column is left.
fn smallest(
    node: &mut NodeImport<'_>,
    mut id: ValueId,
    outer: usize,
    mut inner: usize,
) -> Result<ValueId, ImportError> {
    while inner > 1 {
        let half = inner / 2;
        let part = |start: usize, size: usize| {
            OpSpec::Slice(Slice {
                starts: vec![0, 0, start],
                sizes: vec![1, outer, size],
                steps: vec![1; 3],
            })
        };
        let first = node.movement(part(0, half), &[id])?;
        let second = node.movement(part(half, half), &[id])?;
        let smaller = node.movement(OpSpec::Min(Min {}), &[first, second])?;
        id = if inner.is_multiple_of(2) {
            smaller
        } else {
            let last = node.movement(part(inner - 1, 1), &[id])?;
            node.movement(OpSpec::Concat(Concat { axis: 2 }), &[smaller, last])?
        };
        inner = half + inner % 2;
    }
    Ok(id)
}
