//! Rows of a table that lies in columns.

use rayon::prelude::*;

use super::FftError;

/// Rows of a rayon task: with 64 columns at a time they are 32 KiB, a first-level cache.
const ROWS: usize = 64;

/// Returns the table in rows: row `i`, of `columns.len()` words, is `columns[0][i], columns[1][i], ...`. Columns in
/// bit-reversed order give the leaves of plonky2's Merkle tree. Words are copied as they are.
pub fn rows<C: AsRef<[u64]> + Sync>(columns: &[C]) -> Result<Vec<u64>, FftError> {
    let Some(count) = columns.first().map(|column| column.as_ref().len()) else {
        return Ok(Vec::new());
    };
    if let Some(column) = columns.iter().find(|column| column.as_ref().len() != count) {
        return Err(FftError::Length {
            expected: count,
            got: column.as_ref().len(),
        });
    }
    let width = columns.len();
    let mut table = vec![0; count * width];
    table
        .par_chunks_mut(ROWS * width)
        .enumerate()
        .for_each(|(task, rows)| {
            let start = task * ROWS;
            for (group, columns) in columns.chunks(ROWS).enumerate() {
                for (i, row) in rows.chunks_exact_mut(width).enumerate() {
                    let words = &mut row[group * ROWS..];
                    for (word, column) in words.iter_mut().zip(columns) {
                        *word = column.as_ref()[start + i];
                    }
                }
            }
        });
    Ok(table)
}
