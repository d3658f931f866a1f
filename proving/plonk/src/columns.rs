//! A table of field words that lies in columns.

/// Columns of equal length, one after the other. Words are field elements modulo the order, not always canonical.
#[derive(Clone, Debug, Default)]
pub(crate) struct Columns {
    words: Vec<u64>,
    rows: usize,
}

impl Columns {
    /// Takes words that are whole columns of `rows`.
    ///
    /// # Panics
    /// If they are not.
    pub(crate) fn new(words: Vec<u64>, rows: usize) -> Self {
        assert!(rows > 0 && words.len().is_multiple_of(rows), "a table has whole columns");
        Self { words, rows }
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) fn count(&self) -> usize {
        self.words.len() / self.rows
    }

    pub(crate) fn column(&self, index: usize) -> &[u64] {
        &self.words[index * self.rows..][..self.rows]
    }

    pub(crate) fn all(&self) -> Vec<&[u64]> {
        self.words.chunks_exact(self.rows).collect()
    }

    pub(crate) fn words(&self) -> &[u64] {
        &self.words
    }

    pub(crate) fn into_words(self) -> Vec<u64> {
        self.words
    }

    pub(crate) fn words_mut(&mut self) -> &mut [u64] {
        &mut self.words
    }
}

/// Returns an index with its lowest `bits` bits in reverse order; it has no others.
pub(crate) fn reverse_bits(index: usize, bits: usize) -> usize {
    // A shift by all bits happens for `bits = 0`, where the index is 0.
    index.reverse_bits().checked_shr(usize::BITS - bits as u32).unwrap_or(0)
}
