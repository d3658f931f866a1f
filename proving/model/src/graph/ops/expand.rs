//! Expand: dimensions of 1 repeated.

use crate::graph::ValueId;
use crate::onnx::limits::MAX_RANK;
use crate::onnx::{Data, ImportError, NodeImport};
use crate::quant::ops::{Expand, OpSpec};

pub(super) fn import(node: &mut NodeImport<'_>) -> Result<Vec<ValueId>, ImportError> {
    node.expect_inputs(2..=2)?;
    node.expect_attributes(&[])?;
    let data = node.data(0)?;
    let wanted = node.ints(1)?;
    let shape = broadcast(&data.shape, wanted).ok_or_else(|| {
        node.bad(format!(
            "cannot expand {:?} to {:?}",
            data.shape,
            &wanted[..wanted.len().min(MAX_RANK + 1)]
        ))
    })?;
    if shape == data.shape {
        return Ok(vec![data.id]);
    }
    Ok(vec![
        node.movement(OpSpec::Expand(Expand { shape }), &[data.id])?,
    ])
}

/// Returns the node's two values, each repeated to the shape that both broadcast to, and that shape.
pub(super) fn broadcast_two(
    node: &mut NodeImport<'_>,
) -> Result<([ValueId; 2], Vec<usize>), ImportError> {
    let both = [node.data_or_parameter(0)?, node.data_or_parameter(1)?];
    broadcast_values(node, both)
}

/// Returns values, each repeated to the shape that all broadcast to, and that shape.
pub(super) fn broadcast_values<const N: usize>(
    node: &mut NodeImport<'_>,
    values: [Data; N],
) -> Result<([ValueId; N], Vec<usize>), ImportError> {
    let mut shape = Vec::new();
    for data in &values {
        let wanted: Option<Vec<i64>> = (data.shape.iter())
            .map(|&size| i64::try_from(size).ok())
            .collect();
        let larger = wanted.and_then(|wanted| broadcast(&shape, wanted.as_slice()));
        shape = larger.ok_or_else(|| {
            let [first, .., last] = values.each_ref().map(|data| &data.shape)[..] else {
                return node.bad("no values".into());
            };
            node.bad(format!("shapes {first:?} and {last:?} do not fit"))
        })?;
    }
    let mut ids = [0; N];
    for (id, data) in ids.iter_mut().zip(values) {
        *id = data.id;
        if data.shape != shape {
            let shape = shape.clone();
            *id = node.movement(OpSpec::Expand(Expand { shape }), &[data.id])?;
        }
    }
    Ok((ids, shape))
}

/// Returns the shape that two shapes broadcast to.
fn broadcast(data: &[usize], wanted: &[i64]) -> Option<Vec<usize>> {
    let rank = data.len().max(wanted.len());
    if rank > MAX_RANK {
        return None;
    }
    (0..rank)
        .map(|axis| {
            let have = (axis + data.len())
                .checked_sub(rank)
                .map_or(1, |at| data[at]);
            let want = (axis + wanted.len())
                .checked_sub(rank)
                .map_or(1, |at| wanted[at]);
            match usize::try_from(want).ok()? {
                0 => None,
                want if want == have || have == 1 => Some(want),
                1 => Some(have),
                _ => None,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::broadcast;

    #[test]
    fn broadcasts_as_onnx_does() {
        let check = |data: &[usize], wanted: &[i64], expected: Option<&[usize]>| {
            assert_eq!(broadcast(data, wanted).as_deref(), expected);
        };
        check(&[1, 3, 1], &[2, 1, 6], Some(&[2, 3, 6]));
        check(&[3, 1], &[2, 1, 6], Some(&[2, 3, 6]));
        check(&[1, 4], &[1], Some(&[1, 4]));
        check(&[1, 4], &[3], None);
        check(&[1, 4], &[-1], None);
        check(&[1], &[1; 7], None);
    }
}
