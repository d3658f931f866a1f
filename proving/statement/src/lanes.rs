//! How small integers share a field element.

use serde::{Deserialize, Serialize};

use crate::StatementError;

/// The integer type of packed values.
///
/// A value is offset into the unsigned range of its type; lane 0 takes the least significant bits of an
/// element, and lanes beyond the last value are zero bits. Elements stay below 2^56, so packing is
/// injective for a given count of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// Signed 8-bit values, 7 to an element.
    Int8 = 1,
    /// Signed 16-bit values, 3 to an element.
    Int16 = 2,
    /// Signed 32-bit values, 1 to an element.
    Int32 = 3,
}

impl Lane {
    /// Returns the bits of a lane.
    #[must_use]
    pub const fn bits(self) -> u32 {
        match self {
            Self::Int8 => 8,
            Self::Int16 => 16,
            Self::Int32 => 32,
        }
    }

    /// Returns how many lanes share an element.
    #[must_use]
    pub const fn per_element(self) -> usize {
        match self {
            Self::Int8 => 7,
            Self::Int16 => 3,
            Self::Int32 => 1,
        }
    }

    /// Returns what is added to a signed value before packing.
    #[must_use]
    pub const fn offset(self) -> i64 {
        1 << (self.bits() - 1)
    }

    /// Returns the smallest value.
    #[must_use]
    pub const fn min(self) -> i64 {
        -self.offset()
    }

    /// Returns the largest value.
    #[must_use]
    pub const fn max(self) -> i64 {
        self.offset() - 1
    }

    /// Returns how many elements hold `lanes` values.
    #[must_use]
    pub const fn elements(self, lanes: usize) -> usize {
        lanes.div_ceil(self.per_element())
    }

    /// Packs values; refuses one that is out of range.
    pub fn pack(self, values: &[i64]) -> Result<Vec<u64>, StatementError> {
        let (min, max) = (self.min(), self.max());
        if let Some(index) = values.iter().position(|value| !(min..=max).contains(value)) {
            return Err(StatementError::LaneOutOfRange {
                index,
                got: values[index],
                min,
                max,
            });
        }
        let lane =
            |value: i64| u64::try_from(value + self.offset()).expect("the value is in range");
        Ok(values
            .chunks(self.per_element())
            .map(|chunk| {
                chunk
                    .iter()
                    .rev()
                    .fold(0, |word, &value| word << self.bits() | lane(value))
            })
            .collect())
    }

    /// Returns values as little-endian two's complement bytes, the form in which inputs and outputs travel inline and in
    /// blobs; refuses a value that is out of range.
    pub fn to_bytes(self, values: &[i64]) -> Result<Vec<u8>, StatementError> {
        self.pack(values)?;
        let width = self.bits() as usize / 8;
        Ok(values
            .iter()
            .flat_map(|value| value.to_le_bytes().into_iter().take(width))
            .collect())
    }

    /// Reads values from their bytes; refuses bytes that are no whole number of lanes.
    pub fn from_bytes(self, bytes: &[u8]) -> Result<Vec<i64>, StatementError> {
        let width = self.bits() as usize / 8;
        let chunks = bytes.chunks_exact(width);
        if !chunks.remainder().is_empty() {
            return Err(StatementError::PartialLane {
                width,
                got: bytes.len(),
            });
        }
        let sign = |last: u8| if last & 0x80 == 0 { 0 } else { u8::MAX };
        Ok(chunks
            .map(|chunk| {
                let mut value = [sign(chunk[width - 1]); 8];
                value[..width].copy_from_slice(chunk);
                i64::from_le_bytes(value)
            })
            .collect())
    }

    /// Reads `count` values from their packed elements; refuses wrong counts and bits beyond the lanes.
    pub fn unpack(self, elements: &[u64], count: usize) -> Result<Vec<i64>, StatementError> {
        if elements.len() != self.elements(count) {
            return Err(StatementError::BadPacking {
                element: elements.len(),
            });
        }
        let mask = (1 << self.bits()) - 1;
        let mut values = Vec::with_capacity(count);
        for (element, &word) in elements.iter().enumerate() {
            let mut rest = word;
            for _ in 0..self.per_element().min(count - values.len()) {
                let lane = i64::try_from(rest & mask).expect("a lane has at most 32 bits");
                values.push(lane - self.offset());
                rest >>= self.bits();
            }
            if rest != 0 {
                return Err(StatementError::BadPacking { element });
            }
        }
        Ok(values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_read_back_and_partial_lanes_are_refused() {
        for lane in [Lane::Int8, Lane::Int16, Lane::Int32] {
            let values = [lane.min(), -1, 0, 1, lane.max()];
            let bytes = lane.to_bytes(&values).unwrap();
            assert_eq!(bytes.len(), values.len() * lane.bits() as usize / 8);
            assert_eq!(lane.from_bytes(&bytes).unwrap(), values);
            assert!(lane.to_bytes(&[lane.max() + 1]).is_err());
        }
        assert_eq!(Lane::Int32.to_bytes(&[3]).unwrap(), [3, 0, 0, 0]);
        let refused = Lane::Int16.from_bytes(&[1, 2, 3]);
        assert_eq!(
            refused,
            Err(StatementError::PartialLane { width: 2, got: 3 })
        );
    }
}
