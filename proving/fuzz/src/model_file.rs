//! `.assay` files taken apart, as `assay_model::quant::file` describes them, and put together with a digest that is right:
//! else every change would be refused at the digest.

use rand::Rng;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::json::{Pool, mutate};
use crate::mutate::damage;

/// Where the digest, the header's length and the header start.
const DIGEST_AT: usize = 12;
const LENGTH_AT: usize = 44;
const HEADER_AT: usize = 48;

/// The parts of a model file.
#[derive(Debug, Clone)]
pub struct Parts {
    /// Magic and version.
    start: Vec<u8>,
    /// The header.
    pub header: Value,
    /// The committed data.
    data: Vec<u8>,
}

impl Parts {
    /// Takes a file apart; `None` where it has not the parts.
    #[must_use]
    pub fn read(file: &[u8]) -> Option<Self> {
        let length = file.get(LENGTH_AT..HEADER_AT)?.try_into().ok()?;
        let length = u32::from_le_bytes(length) as usize;
        let (header, data) = file[HEADER_AT..].split_at_checked(length)?;
        Some(Self {
            start: file[..DIGEST_AT].to_vec(),
            header: serde_json::from_slice(header).ok()?,
            data: data.to_vec(),
        })
    }

    /// Changes the header, or the data.
    pub fn change(&mut self, pool: &Pool, rng: &mut impl Rng) {
        if rng.gen_bool(0.5) {
            mutate(&mut self.header, pool, rng);
        } else {
            damage(&mut self.data, rng);
        }
    }

    /// Puts the file together; now and then with another length of its header.
    #[must_use]
    pub fn write(&self, rng: &mut impl Rng) -> Vec<u8> {
        let header = self.header.to_string().into_bytes();
        let mut length = u32::try_from(header.len()).unwrap_or(u32::MAX);
        if rng.gen_bool(0.05) {
            length = [0, length.wrapping_add(1), length / 2, u32::MAX][rng.gen_range(0..4)];
        }
        let body = [&length.to_le_bytes()[..], &header, &self.data].concat();
        [&self.start[..], &Sha256::digest(&body), &body].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::Parts;
    use crate::format::Format;
    use crate::input::rng;
    use crate::seeds::Seeds;

    #[test]
    fn every_model_seed_is_taken_apart_and_put_together_again() {
        let seeds = Seeds::load().unwrap();
        let models = seeds.files().iter();
        let models = models.filter(|file| file.format == Format::Model);
        let mut count = 0;
        for file in models {
            let parts = Parts::read(&file.bytes).unwrap();
            // A case of this source of chance leaves the length as it is.
            let again = Parts::read(&parts.write(&mut rng(0, 0))).unwrap();
            assert_eq!((again.header, again.data), (parts.header, parts.data));
            count += 1;
        }
        assert!(count > 5, "{count}");
    }
}
