//! Digit files (`ASYDIGIT`): labeled pictures for calibration, measuring and asking.

use std::path::Path;

use anyhow::{Context, bail};

use crate::files;

const MAGIC: &[u8; 8] = b"ASYDIGIT";
const HEADER_BYTES: usize = 16;

/// The largest picture side: real ones have 28.
const MAX_SIDE: usize = 4_096;

/// Labeled pictures with pixels from 0 to 255.
#[derive(Clone, Debug)]
pub struct Samples {
    pixels: usize,
    records: Vec<u8>,
}

/// One of them.
#[derive(Clone, Copy, Debug)]
pub struct Sample<'a> {
    /// The pixels, row by row.
    pub pixels: &'a [u8],
    /// What it shows.
    pub label: u8,
}

impl Samples {
    /// Reads a digit file.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let bytes = files::read_large(path)?;
        Self::parse(&bytes).with_context(|| path.display().to_string())
    }

    /// Reads the bytes of a digit file.
    pub fn parse(bytes: &[u8]) -> anyhow::Result<Self> {
        if bytes.len() < HEADER_BYTES || &bytes[..8] != MAGIC {
            bail!("not a digit file: expected it to begin with ASYDIGIT");
        }
        let count = u32::from_le_bytes([bytes[8], bytes[9], bytes[10], bytes[11]]) as usize;
        let rows = usize::from(u16::from_le_bytes([bytes[12], bytes[13]]));
        let columns = usize::from(u16::from_le_bytes([bytes[14], bytes[15]]));
        if rows == 0 || columns == 0 || rows > MAX_SIDE || columns > MAX_SIDE {
            bail!("pictures of {rows} by {columns}: expected 1 to {MAX_SIDE}");
        }
        let pixels = rows * columns;
        let expected = count.checked_mul(pixels + 1);
        let records = bytes[HEADER_BYTES..].to_vec();
        if expected != Some(records.len()) {
            bail!(
                "{count} pictures of {pixels} pixels do not fill {} bytes",
                records.len()
            );
        }
        Ok(Self { pixels, records })
    }

    /// Returns the number of pictures.
    pub fn len(&self) -> usize {
        self.records.len() / (self.pixels + 1)
    }

    /// Returns whether there is none.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Returns a picture.
    pub fn get(&self, index: usize) -> anyhow::Result<Sample<'_>> {
        let record = self.records.chunks_exact(self.pixels + 1).nth(index);
        let Some((label, pixels)) = record.and_then(<[u8]>::split_last) else {
            bail!(
                "there is no picture {index}: expected less than {}",
                self.len()
            );
        };
        Ok(Sample {
            pixels,
            label: *label,
        })
    }

    /// Returns all of them.
    pub fn iter(&self) -> impl Iterator<Item = Sample<'_>> {
        self.records
            .chunks_exact(self.pixels + 1)
            .filter_map(<[u8]>::split_last)
            .map(|(label, pixels)| Sample {
                pixels,
                label: *label,
            })
    }
}

impl Sample<'_> {
    /// Returns the floats that the example models take: pixels from 0 to 1.
    pub fn to_floats(self) -> Vec<f32> {
        self.pixels
            .iter()
            .map(|&pixel| f32::from(pixel) / 255.0)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(count: u32, rows: u16, columns: u16, records: &[u8]) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(count.to_le_bytes());
        bytes.extend(rows.to_le_bytes());
        bytes.extend(columns.to_le_bytes());
        bytes.extend(records);
        bytes
    }

    #[test]
    fn pictures_come_with_their_labels() {
        let samples = Samples::parse(&file(2, 1, 2, &[0, 255, 7, 51, 0, 3])).unwrap();
        assert_eq!(samples.len(), 2);
        let second = samples.get(1).unwrap();
        assert_eq!((second.pixels, second.label), (&[51, 0][..], 3));
        assert_eq!(second.to_floats(), [0.2, 0.0]);
        assert!(samples.get(2).is_err());
    }

    #[test]
    fn files_that_contradict_themselves_are_refused() {
        for bytes in [
            b"ASYDIGIT".to_vec(),
            file(2, 1, 2, &[0; 5]),
            file(1, 0, 2, &[]),
            file(u32::MAX, 4_096, 4_096, &[0; 9]),
            b"NOTDIGIT\0\0\0\0\0\0\0\0".to_vec(),
        ] {
            assert!(Samples::parse(&bytes).is_err());
        }
    }
}
