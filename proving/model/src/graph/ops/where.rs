//! Where: a mask if the condition and one side are constant, else a choice by a comparison.

use super::Op;
use super::expand::broadcast_values;
use crate::graph::ValueId;
use crate::onnx::{ImportError, NodeImport};
use crate::quant::ops::{Mask, OpSpec, Runs, Where};

pub(super) fn import(node: &mut NodeImport<'_>) -> Result<Vec<ValueId>, ImportError> {
    node.expect_inputs(3..=3)?;
    node.expect_attributes(&[])?;
    if node.is_data(0) {
        let values = [
            node.data(0)?,
            node.data_or_parameter(1)?,
            node.data_or_parameter(2)?,
        ];
        let (ids, shape) = broadcast_values(node, values)?;
        return Ok(vec![node.emit(
            Op::Move(OpSpec::Where(Where {})),
            &ids,
            shape,
        )?]);
    }
    let (shape, condition) = node.bools(0)?;
    let (index, keeps) = if node.is_data(1) {
        (1, true)
    } else {
        (2, false)
    };
    let data = node.data(index)?;
    let &[value] = node.floats(3 - index)?.1 else {
        return Err(node.bad("the other value is not one number".into()));
    };
    let keeps: Vec<bool> = condition.iter().map(|&side| side == keeps).collect();
    let runs = runs(shape, &keeps, &data.shape).map_err(|reason| node.bad(reason))?;
    let mask = Op::Mask(Mask { runs }, value);
    Ok(vec![node.emit(mask, &[data.id], data.shape)?])
}

/// Returns the run of columns that a constant mask keeps in each row of the data's last two dimensions.
pub(super) fn runs(shape: &[usize], keeps: &[bool], data: &[usize]) -> Result<Runs, String> {
    let misfit = || format!("a mask of shape {shape:?} for {data:?}, expected one of all matrices");
    let [.., rows, columns] = *data else {
        return Err(misfit());
    };
    // Dimensions that the mask leaves out are 1.
    let mut matrix = [1, 1];
    for (index, &size) in shape.iter().rev().enumerate() {
        match index {
            0 => matrix[1] = size,
            1 => matrix[0] = size,
            _ if size == 1 && index < data.len() => {}
            _ => return Err(misfit()),
        }
    }
    if ![1, rows].contains(&matrix[0]) || ![1, columns].contains(&matrix[1]) {
        return Err(misfit());
    }
    let kept = |row: usize, column: usize| {
        let at = |index: usize, size: usize| if size == 1 { 0 } else { index };
        keeps[at(row, matrix[0]) * matrix[1] + at(column, matrix[1])]
    };
    (0..rows)
        .map(|row| {
            let first = (0..columns).position(|column| kept(row, column));
            let Some(first) = first else {
                return Ok([0, 0]);
            };
            let end = first
                + (first..columns)
                    .take_while(|&column| kept(row, column))
                    .count();
            if (end..columns).any(|column| kept(row, column)) {
                return Err(format!(
                    "row {row} of the mask keeps columns that are not one run"
                ));
            }
            Ok([first, end])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::runs;

    #[test]
    fn runs_are_those_of_the_mask() {
        let causal = [true, false, false, true, true, false];
        let expected = vec![[0, 1], [0, 2]];
        assert_eq!(runs(&[1, 2, 3], &causal, &[1, 4, 2, 3]), Ok(expected));
        assert_eq!(runs(&[3], &causal[3..], &[2, 3]), Ok(vec![[0, 2], [0, 2]]));
        assert_eq!(runs(&[1], &[false], &[2, 3]), Ok(vec![[0, 0], [0, 0]]));
        assert!(runs(&[3], &[true, false, true], &[2, 3]).is_err());
        assert!(runs(&[2, 3], &causal, &[3, 2]).is_err());
        assert!(runs(&[2, 2, 3], &[true; 12], &[2, 2, 3]).is_err());
    }
}
