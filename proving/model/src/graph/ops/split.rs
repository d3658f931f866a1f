//! Split: one slice for each result.

use crate::graph::ValueId;
use crate::onnx::{ImportError, NodeImport};
use crate::quant::limits::MAX_NODE_INPUTS;
use crate::quant::ops::{OpSpec, Slice};

pub(super) fn import(node: &mut NodeImport<'_>) -> Result<Vec<ValueId>, ImportError> {
    node.expect_inputs(1..=2)?;
    node.expect_attributes(&["axis", "num_outputs", "split"])?;
    let data = node.data(0)?;
    let axis = node.axis_of(node.int("axis", 0)?, data.shape.len())?;
    let (size, outputs) = (data.shape[axis], node.outputs());
    if !(1..=MAX_NODE_INPUTS).contains(&outputs) {
        return Err(node.bad(format!(
            "{outputs} outputs, expected 1 to {MAX_NODE_INPUTS}"
        )));
    }
    let sizes: Vec<usize> = match node.ints_either("split", 1)? {
        Some(sizes) => {
            let sizes = sizes.iter().take(outputs + 1);
            sizes
                .map(|&size| usize::try_from(size).unwrap_or(0))
                .collect()
        }
        None => {
            // Equal parts, the last one smaller.
            let part = size.div_ceil(outputs);
            (0..outputs)
                .map(|index| size.saturating_sub(index * part).min(part))
                .collect()
        }
    };
    let sum = sizes
        .iter()
        .try_fold(0_usize, |sum, &size| sum.checked_add(size));
    if sizes.len() != outputs || sizes.contains(&0) || sum != Some(size) {
        return Err(node.bad(format!(
            "cannot split an axis of {size} into {outputs} parts of {sizes:?}"
        )));
    }
    let mut results = Vec::new();
    let mut start = 0;
    for part in sizes {
        let mut slice = Slice {
            starts: vec![0; data.shape.len()],
            sizes: data.shape.clone(),
            steps: vec![1; data.shape.len()],
        };
        slice.starts[axis] = start;
        slice.sizes[axis] = part;
        results.push(node.movement(OpSpec::Slice(slice), &[data.id])?);
        start += part;
    }
    Ok(results)
}
