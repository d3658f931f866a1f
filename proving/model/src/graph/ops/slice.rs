//! Slice: some elements of each axis, at equal steps.

use crate::graph::ValueId;
use crate::onnx::{ImportError, NodeImport};
use crate::quant::ops::{OpSpec, Slice};

pub(super) fn import(node: &mut NodeImport<'_>) -> Result<Vec<ValueId>, ImportError> {
    node.expect_inputs(1..=5)?;
    node.expect_attributes(&["axes", "ends", "starts"])?;
    let data = node.data(0)?;
    let rank = data.shape.len();
    let missing = || node.bad("starts and ends must be given".into());
    let starts = node.ints_either("starts", 1)?.ok_or_else(missing)?;
    let ends = node.ints_either("ends", 2)?.ok_or_else(missing)?;
    let axes = node.ints_either("axes", 3)?;
    let steps = node.has(4).then(|| node.ints(4)).transpose()?;
    let count = starts.len();
    let counts = [Some(ends), axes, steps].map(|list| list.map_or(count, <[i64]>::len));
    if count > rank || counts != [count; 3] {
        return Err(node.bad(format!(
            "{count} starts and {counts:?} ends, axes and steps, expected as many of each, at most {rank}"
        )));
    }
    let mut slice = Slice {
        starts: vec![0; rank],
        sizes: data.shape.clone(),
        steps: vec![1; rank],
    };
    for index in 0..count {
        let axis = match axes {
            Some(axes) => node.axis_of(axes[index], rank)?,
            None => index,
        };
        let step = steps.map_or(1, |steps| steps[index]);
        let size = data.shape[axis];
        let (start, count) = resolve(size, starts[index], ends[index], step).ok_or_else(|| {
            node.bad(format!(
                "{}..{} by {step} of an axis of {size} holds no element",
                starts[index], ends[index]
            ))
        })?;
        slice.starts[axis] = start;
        slice.sizes[axis] = count;
        // A step beyond the axis is never taken.
        slice.steps[axis] = if count == 1 {
            1
        } else {
            i32::try_from(step).map_err(|_| node.bad(format!("step {step} is too long")))?
        };
    }
    if slice.sizes == data.shape && slice.steps.iter().all(|&step| step == 1) {
        return Ok(vec![data.id]);
    }
    Ok(vec![node.movement(OpSpec::Slice(slice), &[data.id])?])
}

/// Returns the first element and the count of elements that ONNX's clamping gives; `None` if there are none.
fn resolve(size: usize, start: i64, end: i64, step: i64) -> Option<(usize, usize)> {
    let size = i64::try_from(size).ok()?;
    let from_end = |at: i64| if at < 0 { at.saturating_add(size) } else { at };
    let (first, distance) = if step > 0 {
        let (start, end) = (from_end(start).clamp(0, size), from_end(end).clamp(0, size));
        (start, end - start)
    } else {
        let (start, end) = (
            from_end(start).clamp(0, size - 1),
            from_end(end).clamp(-1, size - 1),
        );
        (start, start - end)
    };
    if distance <= 0 || step == 0 {
        return None;
    }
    let count = usize::try_from(distance)
        .ok()?
        .div_ceil(usize::try_from(step.unsigned_abs()).ok()?);
    Some((usize::try_from(first).ok()?, count))
}

#[cfg(test)]
mod tests {
    use super::resolve;

    #[test]
    fn clamps_as_onnx_does() {
        let check = |start, end, step, expected| assert_eq!(resolve(5, start, end, step), expected);
        check(0, 5, 1, Some((0, 5)));
        check(1, -1, 1, Some((1, 3)));
        check(-2, i64::MAX, 1, Some((3, 2)));
        check(0, 5, 2, Some((0, 3)));
        check(4, i64::MIN, -1, Some((4, 5)));
        check(-1, 0, -2, Some((4, 2)));
        check(i64::MAX, 1, -3, Some((4, 1)));
        check(3, 3, 1, None);
        check(0, 5, 0, None);
        check(0, 5, -1, None);
        check(0, 5, i64::MIN, None);
    }
}
