//! A table of field words that lies in columns.

/// Columns of equal length. Words are field elements modulo the order, not always canonical.
#[derive(Clone, Debug, Default)]
pub(crate) struct Columns {
    columns: Vec<Vec<u64>>,
}

impl Columns {
    /// Takes columns of equal length.
    pub(crate) fn new(columns: Vec<Vec<u64>>) -> Self {
        debug_assert!(
            columns
                .windows(2)
                .all(|pair| pair[0].len() == pair[1].len())
        );
        Self { columns }
    }

    /// Returns a table of zeros.
    pub(crate) fn zeros(count: usize, rows: usize) -> Self {
        Self::new(vec![vec![0; rows]; count])
    }

    pub(crate) fn rows(&self) -> usize {
        self.columns.first().map_or(0, Vec::len)
    }

    pub(crate) fn count(&self) -> usize {
        self.columns.len()
    }

    pub(crate) fn column(&self, index: usize) -> &[u64] {
        &self.columns[index]
    }

    pub(crate) fn all(&self) -> &[Vec<u64>] {
        &self.columns
    }

    pub(crate) fn all_mut(&mut self) -> &mut [Vec<u64>] {
        &mut self.columns
    }

    pub(crate) fn into_all(self) -> Vec<Vec<u64>> {
        self.columns
    }

    /// Cuts the table into tables of `rows` rows, the last with what is left.
    pub(crate) fn blocks_mut(&mut self, rows: usize) -> Vec<Vec<&mut [u64]>> {
        let mut blocks: Vec<Vec<&mut [u64]>> = Vec::new();
        blocks.resize_with(self.rows().div_ceil(rows), Vec::new);
        for column in &mut self.columns {
            for (block, part) in blocks.iter_mut().zip(column.chunks_mut(rows)) {
                block.push(part);
            }
        }
        blocks
    }
}

/// Returns an index with its lowest `bits` bits in reverse order; it has no others.
pub(crate) fn reverse_bits(index: usize, bits: usize) -> usize {
    // A shift by all bits happens for `bits = 0`, where the index is 0.
    index
        .reverse_bits()
        .checked_shr(usize::BITS - bits as u32)
        .unwrap_or(0)
}
