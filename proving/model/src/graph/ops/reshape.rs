//! Reshape: other dimensions, given by a constant.

use crate::graph::ValueId;
use crate::onnx::limits::MAX_RANK;
use crate::onnx::{ImportError, NodeImport};
use crate::quant::ops::{OpSpec, Reshape};

pub(super) fn import(node: &mut NodeImport<'_>) -> Result<Vec<ValueId>, ImportError> {
    node.expect_inputs(2..=2)?;
    node.expect_attributes(&["allowzero"])?;
    if node.flag("allowzero", false)? {
        return Err(node.bad("allowzero is set, but no tensor here is empty".into()));
    }
    let data = node.data_or_class(0)?;
    let wanted = node.ints(1)?;
    if node.is_class(data.id) {
        return Ok(vec![data.id]);
    }
    let shape = resolve(&data.shape, wanted).ok_or_else(|| {
        node.bad(format!(
            "cannot reshape {:?} to {:?}",
            data.shape,
            &wanted[..wanted.len().min(MAX_RANK + 1)]
        ))
    })?;
    Ok(vec![node.movement(
        OpSpec::Reshape(Reshape { shape }),
        &[data.id],
    )?])
}

/// Returns the dimensions that `wanted` means: 0 copies the old one, a single -1 takes what is left.
fn resolve(old: &[usize], wanted: &[i64]) -> Option<Vec<usize>> {
    if wanted.len() > MAX_RANK {
        return None;
    }
    let mut shape = Vec::with_capacity(wanted.len());
    let mut free = None;
    for (index, &size) in wanted.iter().enumerate() {
        shape.push(match size {
            0 => *old.get(index)?,
            -1 if free.is_none() => {
                free = Some(index);
                1
            }
            _ => usize::try_from(size).ok()?,
        });
    }
    let elements: usize = old.iter().product();
    let given = shape
        .iter()
        .try_fold(1_usize, |product, &size| product.checked_mul(size))?;
    if let Some(index) = free {
        shape[index] = elements.checked_div(given)?;
    }
    (shape
        .iter()
        .try_fold(1_usize, |product, &size| product.checked_mul(size))?
        == elements)
        .then_some(shape)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resolves_onnx_shapes() {
        let check = |old: &[usize], wanted: &[i64], expected: Option<&[usize]>| {
            assert_eq!(resolve(old, wanted).as_deref(), expected);
        };
        check(&[1, 1, 28, 28], &[1, 784], Some(&[1, 784]));
        check(&[1, 1, 28, 28], &[0, -1], Some(&[1, 784]));
        check(&[1, 6], &[-1, 4], None);
        check(&[1, 6], &[-1, -1], None);
        check(&[1, 6], &[1, 5], None);
        check(&[1, 6], &[1, 2, 0], None);
        check(&[1, 6], &[-6], None);
        check(&[1, 6], &[i64::MAX, i64::MAX], None);
    }
}
